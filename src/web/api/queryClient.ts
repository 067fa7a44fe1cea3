import { QueryClient } from "@tanstack/react-query"
import { ApiError } from "./client.ts"

/** What the hub refuses stays refused; what it could not answer is asked twice more. */
const retry = (failures: number, error: unknown): boolean =>
  failures < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500)

export const makeQueryClient = (): QueryClient =>
  new QueryClient({
    defaultOptions: {
      queries: { retry, staleTime: 10_000, gcTime: 5 * 60_000, refetchOnWindowFocus: true },
      mutations: { retry: false }
    }
  })

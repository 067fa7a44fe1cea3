/** The API as hooks: `useApi("alerts.get", { params: { id } })`. Live events keep what they answered up to date. */
import {
  type InfiniteData,
  keepPreviousData,
  type QueryKey,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient
} from "@tanstack/react-query"
import { createContext, useContext, useMemo } from "react"
import { toast } from "../ui/toastStore.ts"
import { ApiError, type Client } from "./client.ts"
import { FIRST_PAGE, isLong, NEXT_PAGE } from "./lists.ts"
import type { AnswerOf, EndpointName, ItemOf, QueryOf, RequestOf } from "./types.ts"

export const ClientContext = createContext<Client | null>(null)

export const useClient = (): Client => {
  const client = useContext(ClientContext)
  if (client === null) throw new Error("useClient belongs inside the shell")
  return client
}

/** Workspace, endpoint, what was asked: live events find what they change by the first two. */
export const keyOf = (client: Client, name: EndpointName, request?: unknown): QueryKey => [
  client.workspace,
  name,
  ...(request === undefined ? [] : [request])
]

interface Options {
  readonly enabled?: boolean
  readonly refetchMillis?: number
  /** Show the answer of the question before while this one is under way. */
  readonly keepPrevious?: boolean
}

export const useApi = <N extends EndpointName>(name: N, request: RequestOf<N>, options: Options = {}) => {
  const client = useClient()
  const { enabled = true, keepPrevious = false, refetchMillis } = options
  return useQuery<Answer<N>>({
    queryKey: keyOf(client, name, request),
    queryFn: ({ signal }) => call(client, name, request, signal) as Promise<Answer<N>>,
    enabled,
    ...(refetchMillis !== undefined && { refetchInterval: refetchMillis }),
    ...(keepPrevious && { placeholderData: keepPreviousData })
  })
}

/** What is asked for is answered with something: nothing is what changes answer. */
type Answer<N extends EndpointName> = Exclude<AnswerOf<N>, undefined>

interface ListOptions extends Options {
  /** Of a list within something: `{ incidentKey }`. */
  readonly params?: Readonly<Record<string, string>>
  /** All its pages are asked for again, the more there are the less often. */
  readonly whole?: boolean
}

/**
 * A page of a list after the other, as one; `fetchNextPage` brings more while `hasNextPage`. Once there is more than
 * the first page, live events bring only its head up to date.
 */
export const useApiList = <N extends EndpointName>(name: N, query: Partial<QueryOf<N>>, options: ListOptions = {}) => {
  const client = useClient()
  const { params, whole = false } = options
  type Page = ListAnswer<ItemOf<N>>
  const pages = useInfiniteQuery<Page, Error, InfiniteData<Page, string | null>, QueryKey, string | null>({
    queryKey: [...keyOf(client, name, query), ...(params === undefined ? [] : [params])],
    queryFn: ({ pageParam, signal }) =>
      call(
        client,
        name,
        { params, query: { limit: pageParam === null ? FIRST_PAGE : NEXT_PAGE, ...query, cursor: pageParam } },
        signal
      ) as Promise<unknown> as Promise<Page>,
    initialPageParam: null,
    getNextPageParam: (last) => last.nextCursor,
    enabled: options.enabled ?? true,
    refetchOnMount: (query) => !isLong(query),
    refetchOnWindowFocus: (query) => !isLong(query),
    refetchOnReconnect: (query) => !isLong(query),
    refetchInterval: (query) => {
      const pages = query.state.data?.pages.length ?? 1
      return options.refetchMillis !== undefined && (pages === 1 || whole) && options.refetchMillis * pages
    },
    ...(options.keepPrevious !== false && { placeholderData: keepPreviousData })
  })
  const rows = useMemo(() => pages.data?.pages.flatMap(({ items }) => items) ?? [], [pages.data])
  return { ...pages, rows }
}

interface ListAnswer<Item> {
  readonly items: ReadonlyArray<Item>
  readonly nextCursor: string | null
}

/** The request's shape was checked where the hook is called; through a type variable the compiler no longer sees it. */
const call = <N extends EndpointName>(client: Client, name: N, request: unknown, signal?: AbortSignal) =>
  (client.call as (name: N, request: unknown, signal?: AbortSignal) => Promise<AnswerOf<N>>)(name, request, signal)

/**
 * Something that changes the hub. On success everything of these groups (`["alerts", "incidents"]`) is asked again; a
 * failure is told as a toast unless `quiet`, where a form shows it itself.
 */
export const useAction = <N extends EndpointName>(
  name: N,
  options: { readonly changes: ReadonlyArray<string>; readonly done?: string; readonly quiet?: boolean }
) => {
  const client = useClient()
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (request: RequestOf<N>): Promise<AnswerOf<N>> => call(client, name, request),
    onSuccess: () => {
      if (options.done !== undefined) toast({ title: options.done })
    },
    onError: (error) => {
      if (options.quiet !== true) toast({ title: messageOf(error), tone: "error" })
    },
    onSettled: () => queries.invalidateQueries({ predicate: ({ queryKey }) => isOf(queryKey, options.changes) })
  })
}

/** Whether a query is of one of these groups of endpoints. */
export const isOf = (queryKey: QueryKey, groups: ReadonlyArray<string>): boolean =>
  typeof queryKey[1] === "string" && groups.includes(queryKey[1].split(".")[0]!)

export const messageOf = (error: unknown): string =>
  error instanceof ApiError || error instanceof Error ? error.message : String(error)

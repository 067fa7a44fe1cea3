/** Shares one live connection among a tab's pages, and keeps what react-query holds up to date with it. */
import { type QueryClient, useQueryClient } from "@tanstack/react-query"
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react"
import { isOf } from "./hooks.ts"
import {
  browser,
  LiveClient,
  type LiveMessage,
  type LivePoints,
  type LiveStatus,
  liveUrl,
  type Subscription
} from "./live.ts"
import { patchAlerts } from "./patch.ts"
import { useSessionActions } from "./session.ts"

interface Live {
  readonly client: LiveClient
  readonly status: LiveStatus
}

const LiveContext = createContext<Live | null>(null)

export const LiveProvider = ({ workspace, children }: { readonly workspace: string; readonly children: ReactNode }) => {
  const queries = useQueryClient()
  const { forget } = useSessionActions()
  const [status, setStatus] = useState<LiveStatus>("connecting")
  const forgetRef = useRef(forget)
  forgetRef.current = forget
  const client = useMemo(() => {
    const refresh = refresher(queries, workspace)
    return new LiveClient(liveUrl(workspace), browser, {
      onStatus: setStatus,
      onEvent: (message) => {
        applyEvent(queries, workspace, message)
        refresh()
      },
      onLost: () => void queries.invalidateQueries(),
      onUnauthorized: () => forgetRef.current()
    })
  }, [queries, workspace])

  useEffect(() => {
    client.start()
    const retry = () => document.visibilityState === "visible" && client.retryNow()
    window.addEventListener("online", retry)
    document.addEventListener("visibilitychange", retry)
    return () => {
      window.removeEventListener("online", retry)
      document.removeEventListener("visibilitychange", retry)
      client.stop()
    }
  }, [client])

  return <LiveContext value={useMemo(() => ({ client, status }), [client, status])}>{children}</LiveContext>
}

export const useLiveStatus = (): LiveStatus => useContext(LiveContext)?.status ?? "connecting"

/** New points of series while the component is shown. `onPoints` may change; null follows nothing. */
export const useLivePoints = (subscription: Subscription | null, onPoints: (points: LivePoints) => void): void => {
  const client = useContext(LiveContext)?.client
  const handler = useRef(onPoints)
  handler.current = onPoints
  const key = subscription === null ? null : JSON.stringify(subscription)
  useEffect(() => {
    if (client === undefined || key === null) return
    return client.follow(JSON.parse(key) as Subscription, (points) => handler.current(points))
  }, [client, key])
}

const applyEvent = (queries: QueryClient, workspace: string, message: LiveMessage): void => {
  if (!message.type.startsWith("alert.")) return
  queries.setQueriesData(
    { predicate: ({ queryKey }) => queryKey[0] === workspace && isOf(queryKey, ["alerts"]) },
    (data: unknown) => patchAlerts(data, message)
  )
}

/** Lists and counts are asked again soon after an event; in a storm of them every two seconds. */
const refresher = (queries: QueryClient, workspace: string): (() => void) => {
  let last = 0
  let timer: number | null = null
  return () => {
    if (timer !== null) return
    timer = window.setTimeout(
      () => {
        timer = null
        last = Date.now()
        void queries.invalidateQueries({
          predicate: ({ queryKey }) =>
            queryKey[0] === workspace && isOf(queryKey, ["alerts", "incidents", "violations"])
        })
      },
      Math.max(SOON_MILLIS, last + AGAIN_MILLIS - Date.now())
    )
  }
}

const SOON_MILLIS = 150
const AGAIN_MILLIS = 2_000

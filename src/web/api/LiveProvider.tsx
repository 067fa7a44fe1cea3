/** Shares one live connection among a tab's pages, and keeps what react-query holds up to date with it. */
import { type QueryClient, type QueryKey, useQueryClient } from "@tanstack/react-query"
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from "react"
import type { Client } from "./client.ts"
import { isOf, useClient } from "./hooks.ts"
import { FIRST_PAGE, isLong, type ListPages, withHead } from "./lists.ts"
import { browser, LiveClient, type LiveMessage, type LiveStatus, liveUrl } from "./live.ts"
import { changeOf, patchRow } from "./patch.ts"
import { useRefreshSession } from "./session.ts"

interface Live {
  readonly client: LiveClient
  readonly status: LiveStatus
}

const LiveContext = createContext<Live | null>(null)

export const LiveProvider = ({ workspace, children }: { readonly workspace: string; readonly children: ReactNode }) => {
  const queries = useQueryClient()
  const api = useClient()
  const refreshSession = useRefreshSession()
  const [status, setStatus] = useState<LiveStatus>("connecting")
  const refreshSessionRef = useRef(refreshSession)
  refreshSessionRef.current = refreshSession
  const client = useMemo(() => {
    const refresh = refresher(() => refreshLists(queries, api))
    let isFirst = true
    return new LiveClient(liveUrl(workspace), browser, {
      onStatus: setStatus,
      onEvent: (message) => {
        applyEvent(queries, workspace, message)
        refresh()
      },
      onLost: () => {
        // The page was loaded a moment ago: only what events change may have been missed.
        if (isFirst) refresh()
        else void queries.invalidateQueries()
        isFirst = false
      },
      // The session may be over, or only this workspace be gone: it says which.
      onUnauthorized: () => void refreshSessionRef.current()
    })
  }, [queries, api, workspace])

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

/** The connection itself, for what follows many series. */
export const useLiveClient = (): LiveClient => {
  const live = useContext(LiveContext)
  if (live === null) throw new Error("useLiveClient belongs inside the shell")
  return live.client
}

const applyEvent = (queries: QueryClient, workspace: string, message: LiveMessage): void => {
  const change = changeOf(message)
  if (change === null) return
  const predicate = ({ queryKey }: { readonly queryKey: QueryKey }) =>
    queryKey[0] === workspace && isOf(queryKey, ["alerts", "incidents"])
  queries.setQueriesData({ predicate }, (data: unknown) => patchRow(data, change.identity, change.fields))
}

/** Lists and counts are asked again soon after an event; in a storm of them every two seconds. */
const refresher = (refresh: () => void): (() => void) => {
  let last = 0
  let timer: number | null = null
  return () => {
    if (timer !== null) return
    timer = window.setTimeout(
      () => {
        timer = null
        last = Date.now()
        refresh()
      },
      Math.max(SOON_MILLIS, last + AGAIN_MILLIS - Date.now())
    )
  }
}

const SOON_MILLIS = 150
const AGAIN_MILLIS = 2_000

/** Of a list that somebody has scrolled far down only the head: a hundred pages again would be too much to ask. */
const refreshLists = (queries: QueryClient, api: Client): void => {
  const isLive = ({ queryKey }: { readonly queryKey: QueryKey }) =>
    queryKey[0] === api.workspace && isOf(queryKey, ["alerts", "incidents", "violations", "summary"])
  for (const query of queries.getQueryCache().findAll({ predicate: isLive })) {
    if (isLong(query)) void refreshHead(queries, api, query.queryKey)
  }
  void queries.invalidateQueries({ predicate: (query) => isLive(query) && !isLong(query) })
}

/** A failure changes nothing: the next event asks again. */
const refreshHead = async (queries: QueryClient, api: Client, queryKey: QueryKey): Promise<void> => {
  const [, name, query, params] = queryKey
  const call = api.call as (name: unknown, request: unknown) => Promise<unknown>
  const head = await call(name, { params, query: { limit: FIRST_PAGE, ...(query as object) } }).catch(() => null)
  if (head === null) return
  queries.setQueryData<ListPages>(queryKey, (data) =>
    data === undefined ? data : withHead(data, head as ListPages["pages"][number])
  )
}

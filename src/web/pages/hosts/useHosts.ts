import { useMemo } from "react"
import { useApiList } from "../../api/hooks.ts"
import { useMoreWhile } from "../../api/useMore.ts"
import { millisOf } from "../../format/time.ts"
import { useHubNow } from "../../shell/useSummary.ts"
import { isSilent } from "./hostRows.ts"

const PAGE = 1_000
const AGAIN_MILLIS = 30_000

/** All hosts: they are counted, and the worst come first. `hasNextPage`: they are not all there yet. */
export const useHosts = () => {
  const list = useApiList("hosts.list", { limit: PAGE }, { refetchMillis: AGAIN_MILLIS, whole: true })
  useMoreWhile(true, list)
  return list
}

/** Hosts that pushed points once and do so no longer, longest first; undefined while that is not known. */
export const useSilentHosts = () => {
  const hosts = useHosts()
  const now = useHubNow()
  const { data, rows } = hosts
  const silent = useMemo(
    () =>
      data === undefined
        ? undefined
        : rows
            .filter((host) => isSilent(host, now))
            .toSorted((a, b) => millisOf(a.lastSeenAt ?? "") - millisOf(b.lastSeenAt ?? "")),
    [data, rows, now]
  )
  return { ...hosts, silent }
}

import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Host } from "../../api/types.ts"
import { millisOf } from "../../format/time.ts"
import { useNow } from "../../ui/Time.tsx"

/** A host that pushed nothing for so long is silent; what the hub knows of it is some 30 s old. */
const SILENT_MILLIS = 5 * 60_000

export const isSilent = ({ lastSeenAt }: Host, now: number): boolean =>
  lastSeenAt !== null && now - millisOf(lastSeenAt) > SILENT_MILLIS

/** Hosts that pushed points once and do so no longer, longest first; undefined while that is not known. */
export const useSilentHosts = () => {
  const hosts = useApi("hosts.list", { query: { limit: 1_000 } }, { refetchMillis: 30_000 })
  const now = useNow()
  const silent = useMemo(
    () =>
      hosts.data?.items
        .filter((host) => isSilent(host, now))
        .toSorted((a, b) => millisOf(a.lastSeenAt ?? "") - millisOf(b.lastSeenAt ?? "")),
    [hosts.data, now]
  )
  return { ...hosts, silent }
}

/** Hosts with how they are, worst first. */
import type { Alert, Host } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"

/** A host that pushed nothing for so long is silent; what the hub knows of it is some 30 s old. */
const SILENT_MILLIS = 5 * 60_000

/** It pushed once and does so no longer, by the hub's clock. One that never did is not silent: it has yet to come. */
export const isSilent = ({ lastSeenAt }: Pick<Host, "lastSeenAt">, now: number): boolean =>
  lastSeenAt !== null && now - millisOf(lastSeenAt) > SILENT_MILLIS

/** Of hosts of which none is silent. */
export const pushedWords = (hosts: ReadonlyArray<Pick<Host, "lastSeenAt">>): string => {
  const never = hosts.filter(({ lastSeenAt }) => lastSeenAt === null).length
  const pushed = hosts.length - never
  const hostsOf = (count: number) => (count === 1 ? "1 host" : `${formatCount(count)} hosts`)
  if (pushed === 0) return `${hostsOf(never)} never pushed yet.`
  const others = never === 0 ? "" : `, ${formatCount(never)} never pushed yet`
  return `${hostsOf(pushed)} pushed within five minutes${others}.`
}

export interface HostRow {
  readonly host: Host
  /** It pushed once and does so no longer. */
  readonly isSilent: boolean
  /** Of its open alerts; null where there is none. */
  readonly worst: Pick<Alert, "severity" | "operationalStatus"> | null
  readonly alerts: number
  /** It may have more: not all open alerts were looked at. */
  readonly isPart: boolean
}

/** Critical, warning, silent, then the others; each by name. */
export const hostRows = (
  hosts: ReadonlyArray<Host>,
  alerts: { readonly items: ReadonlyArray<Alert>; readonly nextCursor: string | null },
  isSilent: (host: Host) => boolean
): ReadonlyArray<HostRow> => {
  const byHost = Map.groupBy(alerts.items, ({ labels }) => labels.host)
  return hosts
    .map((host) => {
      const own = byHost.get(host.name) ?? []
      return {
        host,
        isSilent: isSilent(host),
        worst: own.toSorted(worstFirst)[0] ?? null,
        alerts: own.length,
        isPart: alerts.nextCursor !== null
      }
    })
    .toSorted((a, b) => rankOf(a) - rankOf(b) || names.compare(a.host.name, b.host.name))
}

/** web-2 before web-10. */
const names = new Intl.Collator("en", { numeric: true })

export const countStates = (rows: ReadonlyArray<HostRow>) => ({
  alerting: rows.filter(({ worst }) => worst !== null).length,
  silent: rows.filter(({ isSilent }) => isSilent).length
})

const rankOf = ({ isSilent, worst }: HostRow): number => {
  if (worst !== null) return worst.severity === "Critical" ? 0 : 1
  return isSilent ? 2 : 3
}

/** An open one says more than one that somebody has. */
const worstFirst = (a: Alert, b: Alert): number =>
  Number(b.severity === "Critical") - Number(a.severity === "Critical") ||
  Number(b.operationalStatus === "Open") - Number(a.operationalStatus === "Open")

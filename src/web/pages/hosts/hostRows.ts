/** Hosts with how they are, worst first. */
import type { Alert, Host } from "../../api/types.ts"

export interface HostRow {
  readonly host: Host
  /** It pushed once and does so no longer. */
  readonly isSilent: boolean
  /** Of its open alerts; null where there is none. */
  readonly worst: Pick<Alert, "severity" | "operationalStatus"> | null
  readonly alerts: number
}

/** Critical, warning, silent, then the others; each by name. */
export const hostRows = (
  hosts: ReadonlyArray<Host>,
  alerts: ReadonlyArray<Alert>,
  isSilent: (host: Host) => boolean
): ReadonlyArray<HostRow> => {
  const byHost = Map.groupBy(alerts, ({ labels }) => labels.host)
  return hosts
    .map((host) => {
      const own = byHost.get(host.name) ?? []
      return {
        host,
        isSilent: isSilent(host),
        worst: own.toSorted(worstFirst)[0] ?? null,
        alerts: own.length
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

import { useApi } from "../api/hooks.ts"
import { formatCount } from "../format/number.ts"

export interface Count {
  readonly text: string
  readonly isAny: boolean
}

/** `–` while it is not known. */
export const countOf = (count: number | undefined): Count =>
  count === undefined ? { text: "–", isAny: false } : { text: formatCount(count), isAny: count > 0 }

/** The newest alerts that nobody has closed, a thousand at most. */
export const useActiveAlerts = () =>
  useApi("alerts.list", { query: { operationalStatus: ["Open", "Acknowledged"], limit: 1_000 } })

/** How many alerts and incidents are open now, by severity, whether or not somebody has acknowledged them. */
export const useOpenCounts = () => {
  const { data } = useApi("summary.get", { query: { intervals: 1 } })
  const of = (what: "alerts" | "incidents", severity: "Critical" | "Warning"): number | undefined => {
    const counts = data?.open[what][severity]
    return counts && counts.open + counts.acknowledged
  }
  const both = (what: "alerts" | "incidents") => ({
    critical: countOf(of(what, "Critical")),
    warning: countOf(of(what, "Warning")),
    all: countOf(data && of(what, "Critical")! + of(what, "Warning")!)
  })
  return { alerts: both("alerts"), incidents: both("incidents") }
}

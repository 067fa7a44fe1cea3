import { useApi } from "../api/hooks.ts"
import { formatCount } from "../format/number.ts"
import { millisOf } from "../format/time.ts"
import { useNow } from "../ui/Time.tsx"

export interface Count {
  readonly text: string
  readonly isAny: boolean
}

/** `–` while it is not known. */
export const countOf = (count: number | undefined): Count =>
  count === undefined ? { text: "–", isAny: false } : { text: formatCount(count), isAny: count > 0 }

const OPEN = { query: { intervals: 1 } } as const

/** The hub's clock: what it dates must not be held against this machine's, which may be wrong. */
export const useHubNow = (): number => {
  const now = useNow()
  const { data, dataUpdatedAt } = useApi("summary.get", OPEN)
  return data === undefined ? now : now + millisOf(data.time) - dataUpdatedAt
}

/** How many alerts and incidents are open now, by severity, whether or not somebody has acknowledged them. */
export const useOpenCounts = () => {
  const { data } = useApi("summary.get", OPEN)
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

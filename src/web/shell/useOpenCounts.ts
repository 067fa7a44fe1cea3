import { useApi } from "../api/hooks.ts"
import { formatCount } from "../format/number.ts"

/** The most that is counted: a list says how many it has only by having them. */
const MOST = 1_000

export interface Count {
  readonly text: string
  readonly isAny: boolean
}

const NONE: Count = { text: "–", isAny: false }

interface Page {
  readonly items: ReadonlyArray<unknown>
  readonly nextCursor: string | null
}

/** `1,000+` where a list goes on; `–` while it is not known. */
export const countOf = (page: Page | undefined): Count => {
  if (page === undefined) return NONE
  const { length } = page.items
  return { text: `${formatCount(length)}${page.nextCursor === null ? "" : "+"}`, isAny: length > 0 }
}

/** Alerts that are open or acknowledged now. */
export const useActiveAlerts = () =>
  useApi("alerts.list", { query: { operationalStatus: ["Open", "Acknowledged"], limit: MOST } })

/** Incidents that are not resolved now. */
export const useActiveIncidents = () =>
  useApi("incidents.list", { query: { status: ["Open", "Acknowledged"], limit: MOST } })

/** How many alerts nobody has closed, by severity. */
export const useOpenCounts = () => {
  const { data } = useActiveAlerts()
  const of = (severity: "Critical" | "Warning"): Count =>
    data === undefined ? NONE : countOf({ ...data, items: data.items.filter((alert) => alert.severity === severity) })
  return { critical: of("Critical"), warning: of("Warning") }
}

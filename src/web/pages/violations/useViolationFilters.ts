import type { QueryOf } from "../../api/types.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { SEVERITIES } from "../../ui/FilterBar.tsx"

export const DIRECTIONS = ["", "Above", "Below"] as const

/** Values of the address that stand for themselves. */
const TEXTS = ["rule", "metric", "host", "alert", "incident"] as const
type Text = (typeof TEXTS)[number]

/** The filters as the address has them, and as the API takes them. */
export const useViolationFilters = () => {
  const [search, setSearch] = useSearchState()
  const [severity, setSeverity] = useSearchChoice("severity", SEVERITIES)
  const [direction, setDirection] = useSearchChoice("direction", DIRECTIONS)
  const text = Object.fromEntries(TEXTS.map((name) => [name, search.get(name) ?? ""])) as Record<Text, string>
  const query: Partial<QueryOf<"incidents.violations">> = {
    ...(severity !== "" && { severity: [severity] }),
    ...(direction !== "" && { direction: [direction] }),
    ...(text.rule !== "" && { ruleId: [text.rule] }),
    ...(text.metric !== "" && { metric: [text.metric] }),
    ...(text.host !== "" && { labels: JSON.stringify({ host: text.host }) })
  }
  return {
    ...text,
    severity,
    direction,
    query,
    isFiltered: Object.keys(query).length > 0 || text.alert !== "" || text.incident !== "",
    setSeverity,
    setDirection,
    set: (name: Text, value: string) => setSearch({ [name]: value === "" ? null : value }),
    reset: () => setSearch(Object.fromEntries([...TEXTS, "severity", "direction"].map((name) => [name, null])))
  }
}

import { useApi } from "../../api/hooks.ts"
import type { QueryOf } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { FilterBar, FilterNamed, FilterValues, SEVERITIES } from "../../ui/FilterBar.tsx"
import { Segmented } from "../../ui/Segmented.tsx"

const STATUSES = ["", "Open", "Acknowledged", "Closed"] as const
const VIEWS = ["active", "range"] as const

/** The filters as the address has them, and as the API takes them. */
export const useAlertFilters = () => {
  const [search, setSearch] = useSearchState()
  const [view, setView] = useSearchChoice("view", VIEWS)
  const [severity, setSeverity] = useSearchChoice("severity", SEVERITIES)
  const [status, setStatus] = useSearchChoice("status", STATUSES)
  const rule = search.get("rule") ?? ""
  const host = search.get("host") ?? ""
  const service = search.get("service") ?? ""
  const query: Partial<QueryOf<"alerts.list">> = {
    ...(severity !== "" && { severity: [severity] }),
    // What is closed is not open now: that view has no such choice.
    ...(status !== "" && !(view === "active" && status === "Closed") && { operationalStatus: [status] }),
    ...(rule !== "" && { ruleId: [rule] }),
    ...(service !== "" && { relatedService: [service] }),
    ...(host !== "" && { labels: JSON.stringify({ host }) })
  }
  const set = (name: string) => (value: string) => setSearch({ [name]: value === "" ? null : value })
  return {
    filters: { view, severity, status, rule, host, service, query },
    isFiltered: Object.keys(query).length > 0,
    setView,
    setSeverity,
    setStatus,
    setRule: set("rule"),
    setHost: set("host"),
    setService: set("service"),
    reset: () => setSearch({ severity: null, status: null, rule: null, host: null, service: null })
  }
}

interface FiltersProps {
  /** Of the rows that are there; null while that is not known. */
  readonly count: number | null
  readonly hasMore: boolean
}

export const Filters = ({ count, hasMore }: FiltersProps) => {
  const { filters, isFiltered, reset, setHost, setRule, setService, setSeverity, setStatus, setView } =
    useAlertFilters()
  const rules = useApi("rules.list", { query: { limit: 1_000 } })
  const hosts = useApi("hosts.list", { query: { limit: 1_000 } })
  const statuses = STATUSES.filter((status) => filters.view === "range" || status !== "Closed")
  return (
    <FilterBar
      count={count === null ? null : `${formatCount(count)}${hasMore ? "+" : ""} ${count === 1 ? "alert" : "alerts"}`}
      onReset={isFiltered ? reset : null}
    >
      <Segmented
        label="Which alerts"
        value={filters.view}
        onChange={setView}
        choices={[
          { value: "active", label: "Open now" },
          { value: "range", label: "In the time range" }
        ]}
      />
      <FilterValues name="Severity" value={filters.severity} values={SEVERITIES} onChange={setSeverity} />
      <FilterValues name="Status" value={filters.status} values={statuses} onChange={setStatus} />
      <FilterNamed
        name="Rule"
        value={filters.rule}
        known={rules.data?.items.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={setRule}
      />
      <FilterNamed
        name="Host"
        value={filters.host}
        known={hosts.data?.items.map(({ name }) => ({ value: name, label: name }))}
        onChange={setHost}
      />
      {filters.service !== "" && (
        <FilterNamed name="Service" value={filters.service} known={[]} onChange={setService} />
      )}
    </FilterBar>
  )
}

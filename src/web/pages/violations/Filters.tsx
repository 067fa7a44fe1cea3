import { X } from "lucide-react"
import { useApi } from "../../api/hooks.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { FilterBar, FilterNamed, FilterValues, SEVERITIES } from "../../ui/FilterBar.tsx"
import type { Names } from "./columns.tsx"
import { DIRECTIONS, type useViolationFilters } from "./useViolationFilters.ts"

interface FiltersProps {
  readonly filters: ReturnType<typeof useViolationFilters>
  readonly names: Names
  readonly count: number | null
  readonly hasMore: boolean
}

export const Filters = ({ filters, names, count, hasMore }: FiltersProps) => {
  const hosts = useApi("hosts.list", { query: { limit: 1_000 } })
  const rules = Array.from(names.rules.values())
  // Only what a rule watches can violate it.
  const metrics = Array.from(new Set(rules.map(({ metric }) => metric)))
  return (
    <FilterBar
      count={
        count === null ? null : `${formatCount(count)}${hasMore ? "+" : ""} ${count === 1 ? "violation" : "violations"}`
      }
      onReset={filters.isFiltered ? filters.reset : null}
    >
      {filters.incident !== "" && <Only text={`Of ${filters.incident}`} onAll={() => filters.set("incident", "")} />}
      {filters.alert !== "" && <Only text="Of one alert" onAll={() => filters.set("alert", "")} />}
      <FilterValues name="Severity" value={filters.severity} values={SEVERITIES} onChange={filters.setSeverity} />
      <FilterValues
        name="Direction"
        anyLabel="Above or below"
        value={filters.direction}
        values={DIRECTIONS}
        onChange={filters.setDirection}
      />
      <FilterNamed
        name="Rule"
        value={filters.rule}
        known={rules.map(({ id, name }) => ({ value: id, label: name }))}
        onChange={(value) => filters.set("rule", value)}
      />
      <FilterNamed
        name="Metric"
        value={filters.metric}
        known={metrics.map((key) => ({ value: key, label: names.definitions.get(key)?.displayName ?? key }))}
        onChange={(value) => filters.set("metric", value)}
      />
      <FilterNamed
        name="Host"
        value={filters.host}
        known={hosts.data?.items.map(({ name }) => ({ value: name, label: name }))}
        onChange={(value) => filters.set("host", value)}
      />
    </FilterBar>
  )
}

/** The list is of one thing, whenever that was; a press shows those of the time range again. */
const Only = ({ text, onAll }: { readonly text: string; readonly onAll: () => void }) => (
  <Button onClick={onAll} title="Show all of the time range">
    {text} <X size={12} aria-hidden />
  </Button>
)

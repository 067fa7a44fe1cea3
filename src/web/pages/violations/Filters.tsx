import { X } from "lucide-react"
import { useApi } from "../../api/hooks.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { type Choice, Select } from "../../ui/Field.tsx"
import { FilterBar, withAny } from "../../ui/FilterBar.tsx"
import type { Names } from "./columns.tsx"
import { DIRECTIONS, SEVERITIES, type useViolationFilters } from "./useViolationFilters.ts"

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
  const choices: ReadonlyArray<readonly ["rule" | "metric" | "host", string, string, ReadonlyArray<Choice>]> = [
    ["rule", "Rule", "Any rule", rules.map(({ id, name }) => ({ value: id, label: name }))],
    [
      "metric",
      "Metric",
      "Any metric",
      metrics.map((key) => ({ value: key, label: names.definitions.get(key)?.displayName ?? key }))
    ],
    ["host", "Host", "Any host", (hosts.data?.items ?? []).map(({ name }) => ({ value: name, label: name }))]
  ]
  return (
    <FilterBar
      count={
        count === null ? null : `${formatCount(count)}${hasMore ? "+" : ""} ${count === 1 ? "violation" : "violations"}`
      }
    >
      {filters.incident !== "" && <Only text={`Of ${filters.incident}`} onAll={() => filters.set("incident", "")} />}
      {filters.alert !== "" && <Only text="Of one alert" onAll={() => filters.set("alert", "")} />}
      <Select
        compact
        aria-label="Severity"
        value={filters.severity}
        onChange={filters.setSeverity}
        choices={SEVERITIES.map((value) => ({ value, label: value === "" ? "Any severity" : value }))}
      />
      <Select
        compact
        aria-label="Direction"
        value={filters.direction}
        onChange={filters.setDirection}
        choices={DIRECTIONS.map((value) => ({ value, label: value === "" ? "Above or below" : value }))}
      />
      {choices.map(([name, label, any, known]) => (
        <Select
          key={name}
          compact
          aria-label={label}
          value={filters[name]}
          onChange={(value) => filters.set(name, value)}
          choices={withAny(any, filters[name], known)}
        />
      ))}
      {filters.isFiltered && (
        <Button tone="quiet" onClick={filters.reset}>
          Reset
        </Button>
      )}
    </FilterBar>
  )
}

/** The list is of one thing, whenever that was; a press shows those of the time range again. */
const Only = ({ text, onAll }: { readonly text: string; readonly onAll: () => void }) => (
  <Button onClick={onAll} title="Show all of the time range">
    {text} <X size={12} aria-hidden />
  </Button>
)

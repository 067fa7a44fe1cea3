import type { Incident } from "../../api/types.ts"
import { FilterBar, FilterNamed, FilterValues, SEVERITIES } from "../../ui/FilterBar.tsx"
import { STATUSES, type useIncidentFilters } from "./useIncidentFilters.ts"

interface FiltersProps {
  readonly filters: ReturnType<typeof useIncidentFilters>
  /** What the list has: services and hosts of these are offered. */
  readonly rows: ReadonlyArray<Incident>
  readonly count: string | null
}

export const Filters = ({ filters, rows, count }: FiltersProps) => (
  <FilterBar count={count} onReset={filters.isFiltered ? filters.reset : null}>
    <FilterValues name="Status" value={filters.status} values={STATUSES} onChange={filters.setStatus} />
    <FilterValues name="Severity" value={filters.severity} values={SEVERITIES} onChange={filters.setSeverity} />
    <FilterNamed
      name="Service"
      value={filters.service}
      known={named(rows.map(({ primaryServiceName }) => primaryServiceName))}
      onChange={filters.setService}
    />
    <FilterNamed
      name="Host"
      value={filters.host}
      known={named(rows.map(({ primaryCiName }) => primaryCiName))}
      onChange={filters.setHost}
    />
  </FilterBar>
)

const named = (names: ReadonlyArray<string | null>) =>
  Array.from(new Set(names))
    .filter((name) => name !== null)
    .map((name) => ({ value: name, label: name }))

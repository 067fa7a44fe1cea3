import type { Incident } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { Select } from "../../ui/Field.tsx"
import { FilterBar, withAny } from "../../ui/FilterBar.tsx"
import { SEVERITIES, STATUSES, type useIncidentFilters } from "./useIncidentFilters.ts"

interface FiltersProps {
  readonly filters: ReturnType<typeof useIncidentFilters>
  /** What the list has: services and hosts of these are offered. */
  readonly rows: ReadonlyArray<Incident>
  readonly count: string | null
}

export const Filters = ({ filters, rows, count }: FiltersProps) => (
  <FilterBar count={count}>
    <Select
      compact
      aria-label="Status"
      value={filters.status}
      onChange={filters.setStatus}
      choices={STATUSES.map((value) => ({ value, label: value === "" ? "Any status" : value }))}
    />
    <Select
      compact
      aria-label="Severity"
      value={filters.severity}
      onChange={filters.setSeverity}
      choices={SEVERITIES.map((value) => ({ value, label: value === "" ? "Any severity" : value }))}
    />
    <Select
      compact
      aria-label="Service"
      value={filters.service}
      onChange={filters.setService}
      choices={withAny("Any service", filters.service, named(rows.map(({ primaryServiceName }) => primaryServiceName)))}
    />
    <Select
      compact
      aria-label="Host"
      value={filters.host}
      onChange={filters.setHost}
      choices={withAny("Any host", filters.host, named(rows.map(({ primaryCiName }) => primaryCiName)))}
    />
    {filters.isFiltered && (
      <Button tone="quiet" onClick={filters.reset}>
        Reset
      </Button>
    )}
  </FilterBar>
)

const named = (names: ReadonlyArray<string | null>) =>
  Array.from(new Set(names))
    .filter((name) => name !== null)
    .map((name) => ({ value: name, label: name }))

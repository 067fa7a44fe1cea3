import { useApi } from "../../api/hooks.ts"
import type { QueryOf } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { Select } from "../../ui/Field.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import styles from "./Filters.module.css"

const SEVERITIES = ["", "Critical", "Warning"] as const
const VIEWS = ["active", "range"] as const

/** The filters as the address has them, and as the API takes them. */
export const useAlertFilters = () => {
  const [search, setSearch] = useSearchState()
  const [view, setView] = useSearchChoice("view", VIEWS)
  const [severity, setSeverity] = useSearchChoice("severity", SEVERITIES)
  const rule = search.get("rule") ?? ""
  const host = search.get("host") ?? ""
  const query: Partial<QueryOf<"alerts.list">> = {
    ...(severity !== "" && { severity: [severity] }),
    ...(rule !== "" && { ruleId: [rule] }),
    ...(host !== "" && { labels: JSON.stringify({ host }) })
  }
  return {
    filters: { view, severity, rule, host, query },
    isFiltered: Object.keys(query).length > 0,
    setView,
    setSeverity,
    setRule: (id: string) => setSearch({ rule: id === "" ? null : id }),
    setHost: (name: string) => setSearch({ host: name === "" ? null : name }),
    reset: () => setSearch({ severity: null, rule: null, host: null })
  }
}

interface FiltersProps {
  /** Of the rows that are there; null while that is not known. */
  readonly count: number | null
  readonly hasMore: boolean
}

export const Filters = ({ count, hasMore }: FiltersProps) => {
  const { filters, isFiltered, reset, setHost, setRule, setSeverity, setView } = useAlertFilters()
  const rules = useApi("rules.list", { query: { limit: 1_000 } })
  const hosts = useApi("hosts.list", { query: { limit: 1_000 } })
  return (
    <div className={styles.filters}>
      <Segmented
        label="Which alerts"
        value={filters.view}
        onChange={setView}
        choices={[
          { value: "active", label: "Open now" },
          { value: "range", label: "In the time range" }
        ]}
      />
      <Select
        compact
        aria-label="Severity"
        value={filters.severity}
        onChange={setSeverity}
        choices={SEVERITIES.map((value) => ({ value, label: value === "" ? "Any severity" : value }))}
      />
      <Select
        compact
        aria-label="Rule"
        value={filters.rule}
        onChange={setRule}
        choices={withAny(
          "Any rule",
          filters.rule,
          rules.data?.items.map(({ id, name }) => ({ value: id, label: name }))
        )}
      />
      <Select
        compact
        aria-label="Host"
        value={filters.host}
        onChange={setHost}
        choices={withAny(
          "Any host",
          filters.host,
          hosts.data?.items.map(({ name }) => ({ value: name, label: name }))
        )}
      />
      {isFiltered && (
        <Button tone="quiet" onClick={reset}>
          Reset
        </Button>
      )}
      {count !== null && (
        <span className={styles.count} role="status">
          {formatCount(count)}
          {hasMore ? "+" : ""} {count === 1 ? "alert" : "alerts"}
        </span>
      )}
    </div>
  )
}

interface Named {
  readonly value: string
  readonly label: string
}

/** What is chosen stays among the choices, though its name is not known: a link may have brought it. */
const withAny = (name: string, chosen: string, choices: ReadonlyArray<Named> = []): ReadonlyArray<Named> => {
  const sorted = choices.toSorted((a, b) => a.label.localeCompare(b.label))
  const isKnown = chosen === "" || choices.some(({ value }) => value === chosen)
  return [{ value: "", label: name }, ...sorted, ...(isKnown ? [] : [{ value: chosen, label: chosen }])]
}

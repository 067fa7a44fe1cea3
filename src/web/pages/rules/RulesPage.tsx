import { Plus } from "lucide-react"
import { useMemo } from "react"
import { useLocation } from "wouter"
import { useApi, useApiList } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { Rule } from "../../api/types.ts"
import { useMoreWhile } from "../../api/useMore.ts"
import { formatCount } from "../../format/number.ts"
import { useSearchChoice, useSearchState } from "../../range/searchState.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { Input, Select } from "../../ui/Field.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar, Page } from "../../ui/Page.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import { Table } from "../../ui/Table.tsx"
import { withRange } from "../../ui/withRange.ts"
import { ruleColumns, ruleWords } from "./columns.tsx"
import styles from "./RulesPage.module.css"
import { type RuleCounts, useRuleCounts } from "./useRuleCounts.ts"

const ALL = 1_000

const STATES = ["all", "enabled", "disabled"] as const
const ORDERS = ["noisiest", "name", "newest"] as const

/** All rules: what each holds for abnormal, and what that has led to. */
const RulesPage = () => {
  const list = useApiList("rules.list", { limit: ALL })
  // They are filtered and sorted here: that is right when all are there.
  useMoreWhile(true, list)
  const units = useApi("metric-definitions.list", { query: { limit: ALL } })
  const unitOf = useMemo(() => {
    const byKey = new Map(units.data?.items.map(({ key, unit }) => [key, unit ?? ""]))
    return (metric: string) => byKey.get(metric) ?? ""
  }, [units.data])
  const counts = useRuleCounts()
  const { order, state, text } = useFilters()
  const rows = useMemo(
    () => ordered(matching(list.rows, state, text), order, counts),
    [list.rows, state, text, order, counts]
  )
  return (
    <Page title="Rules">
      <div>
        <Filters shown={list.data === undefined ? null : rows.length} all={list.rows.length} />
        <ListState
          what="The rules"
          data={list.data}
          error={list.error}
          onRetry={list.refetch}
          isEmpty={rows.length === 0}
          hasMore={list.hasNextPage}
          empty={<Nothing isFiltered={list.rows.length > 0} />}
        >
          <Table
            main
            label="Rules"
            rows={rows}
            columns={useMemo(() => ruleColumns({ counts, unitOf }), [counts, unitOf])}
            rowKey={({ id }) => id}
            rowLink={({ id }) => `/rules/${id}`}
            phoneDetail={(rule) => (rule.enabled === false ? "Disabled" : ruleWords(rule, unitOf))}
          />
        </ListState>
      </div>
    </Page>
  )
}
export default RulesPage

const useFilters = () => {
  const [search, setSearch] = useSearchState()
  const [state, setState] = useSearchChoice("state", STATES)
  const [order, setOrder] = useSearchChoice("order", ORDERS)
  const text = search.get("q") ?? ""
  return { state, setState, order, setOrder, text, setText: (next: string) => setSearch({ q: next || null }) }
}

const matching = (rules: ReadonlyArray<Rule>, state: (typeof STATES)[number], text: string): ReadonlyArray<Rule> => {
  const wanted = text.trim().toLowerCase()
  return rules.filter(
    ({ enabled, key, metric, name }) =>
      (state === "all" || (enabled !== false) === (state === "enabled")) &&
      `${name}\n${metric}\n${key}`.toLowerCase().includes(wanted)
  )
}

const ordered = (
  rules: ReadonlyArray<Rule>,
  order: (typeof ORDERS)[number],
  { openOf, violationsOf }: RuleCounts
): ReadonlyArray<Rule> => {
  if (order === "newest") return rules
  const byName = rules.toSorted((a, b) => a.name.localeCompare(b.name))
  if (order === "name") return byName
  const open = (id: string) => openOf(id)?.count ?? 0
  const violations = (id: string) => violationsOf(id) ?? 0
  return byName.sort((a, b) => open(b.id) - open(a.id) || violations(b.id) - violations(a.id))
}

const Filters = ({ shown, all }: { readonly shown: number | null; readonly all: number }) => {
  const { canAdminister } = useSession()
  const { order, setOrder, setState, setText, state, text } = useFilters()
  const create = useCreate()
  useShortcut("n", "New rule", create, "This page", canAdminister)
  return (
    <Bar>
      <Input
        type="search"
        className={styles.search}
        aria-label="Rules by name or metric"
        placeholder="Name or metric"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Select
        compact
        aria-label="State"
        value={state}
        onChange={setState}
        choices={[
          { value: "all", label: "Any state" },
          { value: "enabled", label: "Enabled" },
          { value: "disabled", label: "Disabled" }
        ]}
      />
      <Select
        compact
        aria-label="Order"
        value={order}
        onChange={setOrder}
        choices={[
          { value: "noisiest", label: "Noisiest first" },
          { value: "name", label: "By name" },
          { value: "newest", label: "Newest first" }
        ]}
      />
      {shown !== null && (
        <span className={styles.count} role="status">
          {shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`}{" "}
          {all === 1 ? "rule" : "rules"}
        </span>
      )}
      {canAdminister && (
        <Button tone="primary" className={styles.new} onClick={create}>
          <Plus size={14} aria-hidden /> New rule
        </Button>
      )}
    </Bar>
  )
}

const useCreate = (): (() => void) => {
  const [, navigate] = useLocation()
  return () => navigate(withRange("/rules/new", window.location.search))
}

const Nothing = ({ isFiltered }: { readonly isFiltered: boolean }) => {
  const create = useCreate()
  const { canAdminister } = useSession()
  return isFiltered ? (
    <EmptyState title="No rule is like this.">The filters above leave none over.</EmptyState>
  ) : (
    <EmptyState
      title="No rule yet."
      action={canAdminister ? <Button onClick={create}>Write the first rule</Button> : null}
    >
      Without rules nothing is abnormal, and nobody is told.
    </EmptyState>
  )
}

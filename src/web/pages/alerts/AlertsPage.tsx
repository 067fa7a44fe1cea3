import { useCallback, useMemo, useState } from "react"
import { useApiList } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import { useMore } from "../../api/useMore.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { rangeQuery, rangeRefresh } from "../../range/range.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { AlertActions } from "./AlertActions.tsx"
import { AlertDetail, alertColumns, alertName } from "./columns.tsx"
import { Filters, useAlertFilters } from "./Filters.tsx"
import { useAlertActs } from "./useAlertActs.ts"

/** Every alert by what it is, all filters in the address; several can be acknowledged or closed at once. */
const AlertsPage = () => {
  const { canOperate } = useSession()
  const { range } = useRange()
  const { filters, isFiltered, reset } = useAlertFilters()
  const { view, query: filterQuery } = filters
  const list = useApiList(
    "alerts.list",
    {
      ...(view === "range" ? rangeQuery(range) : { operationalStatus: ["Open", "Acknowledged"] as const }),
      ...filterQuery
    },
    view === "range" ? rangeRefresh(range) : {}
  )
  // What was closed a moment ago is in the list until it is asked again.
  const rows = useMemo(
    () => (view === "active" ? list.rows.filter(({ operationalStatus }) => operationalStatus !== "Closed") : list.rows),
    [list.rows, view]
  )
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set())
  // Only what is in the list can be acted on: a row that left it takes its tick along.
  const selected = useMemo(() => (keys.size === 0 ? [] : rows.filter(({ id }) => keys.has(id))), [rows, keys])
  const clear = useCallback(() => setKeys(new Set()), [])
  const acts = useAlertActs()
  return (
    <Page title="Alerts">
      <div>
        {selected.length > 0 || acts.left > 0 ? (
          <AlertActions alerts={selected} acts={acts} onDeselect={clear} />
        ) : (
          <Filters count={list.data === undefined ? null : rows.length} hasMore={list.hasNextPage} />
        )}
        <ListState
          what="The alerts"
          data={list.data}
          error={list.error}
          onRetry={list.refetch}
          isEmpty={rows.length === 0}
          empty={<Nothing view={view} isFiltered={isFiltered} onReset={reset} />}
        >
          <Table
            main
            label="Alerts"
            rows={rows}
            columns={alertColumns}
            rowKey={({ id }) => id}
            rowLink={({ id }) => `/alerts/${id}`}
            phoneDetail={(alert) => <AlertDetail alert={alert} />}
            onEnd={useMore(list)}
            {...(canOperate && { selection: { keys, onChange: setKeys, nameOf: alertName } })}
          />
        </ListState>
      </div>
    </Page>
  )
}
export default AlertsPage

interface NothingProps {
  readonly view: "active" | "range"
  readonly isFiltered: boolean
  readonly onReset: () => void
}

const Nothing = ({ view, isFiltered, onReset }: NothingProps) => {
  if (isFiltered) {
    return (
      <EmptyState title="No alert is like this." action={<Button onClick={onReset}>Show all</Button>}>
        The filters above leave none over.
      </EmptyState>
    )
  }
  return view === "active" ? (
    <EmptyState title="No open alert.">Everything that a rule watches is within its limits.</EmptyState>
  ) : (
    <EmptyState title="No alert began in this time.">Choose a longer time above.</EmptyState>
  )
}

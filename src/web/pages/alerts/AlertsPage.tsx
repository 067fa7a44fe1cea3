import { useCallback, useMemo, useState } from "react"
import { useApiList } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { Button } from "../../ui/Button.tsx"
import { EmptyState, ErrorState, SkeletonRows } from "../../ui/Feedback.tsx"
import { Page } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { AlertActions } from "./AlertActions.tsx"
import { AlertDetail, alertColumns } from "./columns.tsx"
import { Filters, useAlertFilters } from "./Filters.tsx"

/** Every alert by what it is, all filters in the address; several can be acknowledged or closed at once. */
const AlertsPage = () => {
  const { canOperate } = useSession()
  const { range } = useRange()
  const { filters, isFiltered, reset } = useAlertFilters()
  const { view, query: filterQuery } = filters
  const query = {
    ...filterQuery,
    ...(view === "range"
      ? { from: String(range.from), ...(range.preset === null && { to: String(range.to) }) }
      : { operationalStatus: ["Open", "Acknowledged"] as const })
  }
  const { data, error, fetchNextPage, hasNextPage, isFetchingNextPage, refetch, rows } = useApiList(
    "alerts.list",
    query
  )
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set())
  // Only what is in the list can be acted on: a row that left it takes its tick along.
  const selected = useMemo(() => rows.filter(({ id }) => keys.has(id)), [rows, keys])
  const clear = useCallback(() => setKeys(new Set()), [])
  const more = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return (
    <Page title="Alerts">
      <div>
        {selected.length > 0 ? (
          <AlertActions alerts={selected} onDone={clear} />
        ) : (
          <Filters count={data === undefined ? null : rows.length} hasMore={hasNextPage} />
        )}
        {error !== null && data === undefined ? (
          <ErrorState title="The alerts could not be loaded." error={error} onRetry={() => void refetch()} />
        ) : data === undefined ? (
          <SkeletonRows rows={12} />
        ) : rows.length === 0 ? (
          <Nothing view={view} isFiltered={isFiltered} onReset={reset} />
        ) : (
          <Table
            main
            label="Alerts"
            rows={rows}
            columns={alertColumns}
            rowKey={({ id }) => id}
            rowLink={({ id }) => `/alerts/${id}`}
            phoneDetail={(alert) => <AlertDetail alert={alert} />}
            onEnd={more}
            {...(canOperate && { selection: { keys, onChange: setKeys } })}
          />
        )}
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

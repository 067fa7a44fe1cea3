import { useMemo } from "react"
import { useApiList } from "../../api/hooks.ts"
import { useMore } from "../../api/useMore.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { rangeQuery } from "../../range/range.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { ViolationDetail, violationColumns, violationKey } from "./columns.tsx"
import { Filters } from "./Filters.tsx"
import { useNames } from "./useNames.ts"
import { useViolationFilters } from "./useViolationFilters.ts"

/** Nobody is told of a violation, so nothing else says that there are new ones. */
const AGAIN_MILLIS = 5_000

/** Every point outside its band: of a time range, or of one alert or incident, whenever that was. */
const ViolationsPage = () => {
  const filters = useViolationFilters()
  const list = useViolations(filters)
  const names = useNames()
  const columns = useMemo(() => violationColumns(names), [names])
  return (
    <Page title="Violations">
      <div>
        <Filters
          names={names}
          filters={filters}
          count={list.data === undefined ? null : list.rows.length}
          hasMore={list.hasNextPage}
        />
        <ListState
          what="The violations"
          data={list.data}
          error={list.error}
          onRetry={list.refetch}
          isEmpty={list.rows.length === 0}
          empty={<Nothing isFiltered={filters.isFiltered} onReset={filters.reset} />}
        >
          <Table
            main
            label="Violations"
            rows={list.rows}
            columns={columns}
            rowKey={violationKey}
            phoneDetail={(violation) => (
              <ViolationDetail violation={violation} unit={names.definitions.get(violation.metric)?.unit ?? ""} />
            )}
            onEnd={useMore(list)}
          />
        </ListState>
      </div>
    </Page>
  )
}
export default ViolationsPage

const useViolations = ({ alert, incident, query }: ReturnType<typeof useViolationFilters>) => {
  const { range } = useRange()
  const ofAll = alert === "" && incident === ""
  const anywhere = useApiList(
    "violations.list",
    { ...query, ...(ofAll && rangeQuery(range)), ...(alert !== "" && { alertId: alert }) },
    { enabled: incident === "", ...(range.preset !== null && { refetchMillis: AGAIN_MILLIS }) }
  )
  const within = useApiList("incidents.violations", query, {
    enabled: incident !== "",
    params: { incidentKey: incident }
  })
  return incident === "" ? anywhere : within
}

const Nothing = ({ isFiltered, onReset }: { readonly isFiltered: boolean; readonly onReset: () => void }) =>
  isFiltered ? (
    <EmptyState title="No violation is like this." action={<Button onClick={onReset}>Show all</Button>}>
      The filters above leave none over in this time. Violations are kept for 30 days.
    </EmptyState>
  ) : (
    <EmptyState title="No violation in this time.">
      Every point was inside its limits. Choose a longer time above.
    </EmptyState>
  )

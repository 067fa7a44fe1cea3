import { useCallback, useMemo, useState } from "react"
import { useSession } from "../../api/session.ts"
import type { Incident } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { IncidentDetail, incidentColumns } from "./columns.tsx"
import { Filters } from "./Filters.tsx"
import { SelectedIncidents } from "./SelectedIncidents.tsx"
import { useIncidentActs } from "./useIncidentActs.ts"
import { useIncidentFilters } from "./useIncidentFilters.ts"
import { useIncidents } from "./useIncidents.ts"

/** Every incident: what is open first, whenever it began, then what is over of the time range. */
const IncidentsPage = () => {
  const { canOperate } = useSession()
  const filters = useIncidentFilters()
  const list = useIncidents(filters)
  const { activeCount, data, overCount, rows } = list
  const [keys, setKeys] = useState<ReadonlySet<string>>(new Set())
  const selected = useMemo(() => rows.filter(({ incidentKey }) => keys.has(incidentKey)), [rows, keys])
  const clear = useCallback(() => setKeys(new Set()), [])
  const acts = useIncidentActs()
  const more = list.isMore ? "+" : ""
  const count = `${formatCount(activeCount)} open · ${formatCount(overCount)}${more} resolved`
  return (
    <Page title="Incidents">
      <div>
        {selected.length > 0 || acts.left > 0 ? (
          <SelectedIncidents incidents={selected} acts={acts} onDeselect={clear} />
        ) : (
          <Filters filters={filters} rows={rows} count={data === undefined ? null : count} />
        )}
        <ListState
          what="The incidents"
          data={data}
          error={list.error}
          onRetry={list.refetch}
          isEmpty={rows.length === 0}
          empty={<Nothing isFiltered={filters.isFiltered} onReset={filters.reset} />}
        >
          <Table
            main
            label="Incidents"
            rows={rows}
            columns={incidentColumns}
            rowKey={keyOf}
            rowLink={({ incidentKey }) => `/incidents/${incidentKey}`}
            phoneDetail={(incident) => <IncidentDetail incident={incident} />}
            onEnd={list.more}
            {...(canOperate && { selection: { keys, onChange: setKeys, nameOf: keyOf } })}
          />
        </ListState>
      </div>
    </Page>
  )
}
export default IncidentsPage

const keyOf = ({ incidentKey }: Incident): string => incidentKey

const Nothing = ({ isFiltered, onReset }: { readonly isFiltered: boolean; readonly onReset: () => void }) =>
  isFiltered ? (
    <EmptyState title="No incident is like this." action={<Button onClick={onReset}>Show all</Button>}>
      The filters above leave none over: none that is open, and none that began in this time.
    </EmptyState>
  ) : (
    <EmptyState title="No open incident, and none in this time.">
      An incident opens as soon as an alert does; <Link to="/rules">rules</Link> say when that is. For older ones choose
      a longer time above.
    </EmptyState>
  )

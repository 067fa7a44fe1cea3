import { useApiList } from "../../api/hooks.ts"
import { useMore } from "../../api/useMore.ts"
import { EmptyState } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { IncidentDetail, incidentColumns } from "./columns.tsx"

const IncidentsPage = () => {
  const list = useApiList("incidents.list", {})
  return (
    <Page title="Incidents">
      <ListState
        what="The incidents"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={list.rows.length === 0}
        empty={<EmptyState title="No incident yet.">An incident opens here as soon as an alert does.</EmptyState>}
      >
        <Table
          main
          label="Incidents"
          rows={list.rows}
          columns={incidentColumns}
          rowKey={({ incidentKey }) => incidentKey}
          rowLink={({ incidentKey }) => `/incidents/${incidentKey}`}
          phoneDetail={(incident) => <IncidentDetail incident={incident} />}
          onEnd={useMore(list)}
        />
      </ListState>
    </Page>
  )
}
export default IncidentsPage

import { useApi } from "../../api/hooks.ts"
import { formatCount, formatDuration } from "../../format/number.ts"
import { ListState } from "../../ui/ListState.tsx"
import { Facts, Page } from "../../ui/Page.tsx"
import { Severity, Status } from "../../ui/State.tsx"
import { Time } from "../../ui/Time.tsx"
import { subjectOf } from "./columns.tsx"

interface IncidentPageProps {
  readonly params: { readonly incidentKey?: string }
}

const IncidentPage = ({ params: { incidentKey = "" } }: IncidentPageProps) => {
  const { data, error, refetch } = useApi("incidents.get", { params: { incidentKey } })
  return (
    <Page title={incidentKey} parent={{ title: "Incidents", to: "/incidents" }}>
      <ListState what="The incident" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        {data !== undefined && (
          <Facts
            items={[
              ["About", subjectOf(data)],
              ["Severity", <Severity key="severity" severity={data.severity} status={data.status} />],
              ["Status", <Status key="status" status={data.status} />],
              ["Began", <Time key="time" time={data.startTime} absolute />],
              ["Lasts", formatDuration(data.durationSeconds)],
              ["Alerts", `${formatCount(data.activeAlertCount)} active of ${formatCount(data.alertCount)}`]
            ]}
          />
        )}
      </ListState>
    </Page>
  )
}
export default IncidentPage

import { useApi } from "../../api/hooks.ts"
import { formatCount, formatDuration } from "../../format/number.ts"
import { LabelText } from "../../ui/LabelText.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Facts, Page } from "../../ui/Page.tsx"
import { Severity, Status } from "../../ui/State.tsx"
import { Time } from "../../ui/Time.tsx"

interface AlertPageProps {
  readonly params: { readonly id?: string }
}

const AlertPage = ({ params: { id = "" } }: AlertPageProps) => {
  const { data, error, refetch } = useApi("alerts.get", { params: { id } })
  return (
    <Page title={data?.name ?? "Alert"} parent={{ title: "Alerts", to: "/alerts" }}>
      <ListState what="The alert" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        {data !== undefined && (
          <Facts
            items={[
              ["Severity", <Severity key="severity" severity={data.severity} status={data.operationalStatus} />],
              ["Status", <Status key="status" status={data.operationalStatus} />],
              ["On", <LabelText key="labels" labels={data.labels} />],
              ["Reason", data.triggerReason],
              ["Began", <Time key="time" time={data.startTime} absolute />],
              ["Lasts", formatDuration(data.durationSeconds)],
              ["Violations", formatCount(data.violationCount)]
            ]}
          />
        )}
      </ListState>
    </Page>
  )
}
export default AlertPage

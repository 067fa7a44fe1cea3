import { useApi, useApiList } from "../../api/hooks.ts"
import { formatCount, formatDuration } from "../../format/number.ts"
import { useSearchChoice } from "../../range/searchState.ts"
import { ListState } from "../../ui/ListState.tsx"
import { Facts, Page } from "../../ui/Page.tsx"
import { Severity, Status } from "../../ui/State.tsx"
import { Table } from "../../ui/Table.tsx"
import { Tabs } from "../../ui/Tabs.tsx"
import { Time } from "../../ui/Time.tsx"
import { AlertDetail, alertColumns } from "../alerts/columns.tsx"
import { subjectOf } from "./columns.tsx"

interface IncidentPageProps {
  readonly params: { readonly incidentKey?: string }
}

const TABS = ["alerts", "timeline"] as const

const IncidentPage = ({ params: { incidentKey = "" } }: IncidentPageProps) => {
  const { data, error, refetch } = useApi("incidents.get", { params: { incidentKey } })
  const [tab, setTab] = useSearchChoice("tab", TABS)
  return (
    <Page title={incidentKey} parent={{ title: "Incidents", to: "/incidents" }}>
      <ListState what="The incident" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        {data !== undefined && (
          <>
            <Facts
              items={[
                ["About", subjectOf(data)],
                ["Severity", <Severity key="severity" severity={data.severity} status={data.status} />],
                ["Status", <Status key="status" status={data.status} />],
                ["Began", <Time key="time" time={data.startTime} absolute />],
                ["Lasts", formatDuration(data.durationSeconds)]
              ]}
            />
            <Tabs
              label="Of this incident"
              value={tab}
              onChange={setTab}
              tabs={[
                { value: "alerts", label: "Alerts", count: formatCount(data.alertCount) },
                { value: "timeline", label: "Timeline" }
              ]}
            >
              {tab === "alerts" ? <Alerts incidentKey={incidentKey} /> : <Timeline incidentKey={incidentKey} />}
            </Tabs>
          </>
        )}
      </ListState>
    </Page>
  )
}
export default IncidentPage

const Alerts = ({ incidentKey }: { readonly incidentKey: string }) => {
  const { data, error, refetch, rows } = useApiList("alerts.list", { incidentId: [incidentKey] })
  return (
    <ListState what="The alerts" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
      <Table
        main
        label="Alerts of the incident"
        rows={rows}
        columns={alertColumns.filter(({ id }) => id !== "incident")}
        rowKey={({ id }) => id}
        rowLink={({ id }) => `/alerts/${id}`}
        phoneDetail={(alert) => <AlertDetail alert={alert} />}
      />
    </ListState>
  )
}

const Timeline = ({ incidentKey }: { readonly incidentKey: string }) => {
  const { data, error, refetch } = useApi("incidents.timeline", { params: { incidentKey } })
  return (
    <ListState what="The timeline" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
      <Table
        label="Timeline"
        rows={data?.items ?? []}
        rowKey={({ sequence }) => String(sequence)}
        columns={[
          {
            id: "time",
            header: "When",
            width: "168px",
            muted: true,
            cell: ({ time }) => <Time time={time} absolute />
          },
          { id: "type", header: "What", width: "140px", phone: "title", cell: ({ type }) => type },
          { id: "actor", header: "Who", width: "140px", muted: true, phone: "aside", cell: ({ actor }) => actor },
          { id: "note", header: "Note", cell: ({ note }) => note ?? "" }
        ]}
      />
    </ListState>
  )
}

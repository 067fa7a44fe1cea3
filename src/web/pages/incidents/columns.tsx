import type { Incident } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Severity, Status } from "../../ui/State.tsx"
import type { Column } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { Lasts } from "../alerts/columns.tsx"

/** What an incident is about: its service, else its host, else its metric. */
export const subjectOf = ({ primaryCiName, primaryMetricId, primaryServiceName }: Incident): string =>
  primaryServiceName ?? primaryCiName ?? primaryMetricId

/** How every list of incidents looks. */
export const incidentColumns: ReadonlyArray<Column<Incident>> = [
  {
    id: "subject",
    header: "Incident",
    phone: "title",
    cell: (incident) => (
      <Severity severity={incident.severity} status={incident.status}>
        {subjectOf(incident)}
      </Severity>
    )
  },
  { id: "metric", header: "First metric", muted: true, cell: ({ primaryMetricId }) => primaryMetricId },
  { id: "status", header: "Status", width: "120px", cell: ({ status }) => <Status status={status} /> },
  { id: "key", header: "Key", width: "104px", muted: true, cell: ({ incidentKey }) => incidentKey },
  {
    id: "alerts",
    header: "Alerts",
    width: "88px",
    align: "end",
    cell: ({ activeAlertCount, alertCount }) =>
      activeAlertCount === alertCount
        ? formatCount(alertCount)
        : `${formatCount(activeAlertCount)} of ${formatCount(alertCount)}`
  },
  {
    id: "duration",
    header: "Lasts",
    width: "88px",
    align: "end",
    cell: (incident) => <Lasts lasting={incident} />
  },
  {
    id: "started",
    header: "Began",
    width: "104px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ startTime }) => <Time time={startTime} />
  }
]

/** The second line on a phone. */
export const IncidentDetail = ({ incident }: { readonly incident: Incident }) => (
  <>
    {incident.status} · {incident.incidentKey} · {formatCount(incident.alertCount)} alerts
  </>
)

import type { Alert } from "../../api/types.ts"
import { formatCount, formatDuration } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"
import { LabelText } from "../../ui/LabelText.tsx"
import { Link } from "../../ui/Link.tsx"
import { Severity, Status } from "../../ui/State.tsx"
import type { Column } from "../../ui/Table.tsx"
import { Time, useNow } from "../../ui/Time.tsx"

/** Names alone are alike: of one rule all have the same. */
export const alertName = ({ dimensionKey, name }: Alert): string =>
  dimensionKey === "" ? name : `${name} on ${dimensionKey}`

/** How every list of alerts looks. */
export const alertColumns: ReadonlyArray<Column<Alert>> = [
  {
    id: "name",
    header: "Alert",
    phone: "title",
    cell: ({ name, operationalStatus, severity }) => (
      <Severity severity={severity} status={operationalStatus}>
        {name}
      </Severity>
    )
  },
  { id: "labels", header: "On", muted: true, cell: ({ labels }) => <LabelText labels={labels} /> },
  {
    id: "status",
    header: "Status",
    width: "120px",
    cell: ({ operationalStatus }) => <Status status={operationalStatus} />
  },
  {
    id: "incident",
    header: "Incident",
    width: "104px",
    cell: ({ incidentId }) => (incidentId === null ? "–" : <Link to={`/incidents/${incidentId}`}>{incidentId}</Link>)
  },
  {
    id: "violations",
    header: "Violations",
    width: "88px",
    align: "end",
    muted: true,
    cell: ({ violationCount }) => formatCount(violationCount)
  },
  { id: "duration", header: "Lasts", width: "88px", align: "end", cell: (alert) => <Lasts lasting={alert} /> },
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

interface Lasting {
  readonly startTime: string
  readonly endTime: string | null
  readonly durationSeconds: number
  readonly stale?: boolean
}

/** While open it grows with the clock; what the hub says is of the newest point. */
export const Lasts = ({ lasting }: { readonly lasting: Lasting }) => {
  const now = useNow()
  const { durationSeconds, endTime, stale = false, startTime } = lasting
  const passed = now - millisOf(startTime)
  const isLive = endTime === null && !stale && passed < DAY_MILLIS * 7
  return <>{formatDuration(isLive ? Math.max(durationSeconds, passed / 1_000) : durationSeconds)}</>
}

const DAY_MILLIS = 86_400_000

/** The second line on a phone. */
export const AlertDetail = ({ alert }: { readonly alert: Alert }) => (
  <>
    {alert.operationalStatus} · <LabelText labels={alert.labels} />
  </>
)

interface Ranked {
  readonly severity: "Warning" | "Critical"
  readonly startTime: string
}

/** Critical before warning, then the newest. */
export const worstFirst = (a: Ranked, b: Ranked): number =>
  a.severity === b.severity ? millisOf(b.startTime) - millisOf(a.startTime) : a.severity === "Critical" ? -1 : 1

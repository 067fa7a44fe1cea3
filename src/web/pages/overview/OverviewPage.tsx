import { countOf, useActiveAlerts, useActiveIncidents } from "../../shell/useOpenCounts.ts"
import { EmptyState, ErrorState, SkeletonRows } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Page, Section } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { AlertDetail, alertColumns, worstFirst } from "../alerts/columns.tsx"
import { IncidentDetail, incidentColumns } from "../incidents/columns.tsx"
import { Activity } from "./Activity.tsx"
import { Figures } from "./Figures.tsx"

const SHOWN = 8

/** What is wrong now, then what went on lately. */
const OverviewPage = () => (
  <Page title="Overview">
    <Figures />
    <OpenIncidents />
    <OpenAlerts />
    <Activity />
  </Page>
)
export default OverviewPage

const OpenIncidents = () => {
  const { data, error, refetch } = useActiveIncidents()
  const incidents = data?.items.toSorted(worstFirst) ?? []
  return (
    <Section
      title="Open incidents"
      aside={<More count={countOf(data).text} shown={incidents.length} to="/incidents" />}
    >
      {error !== null && data === undefined ? (
        <ErrorState title="The incidents could not be loaded." error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <SkeletonRows rows={3} />
      ) : incidents.length === 0 ? (
        <EmptyState title="No open incident.">An incident opens here as soon as an alert does.</EmptyState>
      ) : (
        <Table
          label="Open incidents"
          rows={incidents.slice(0, SHOWN)}
          columns={incidentColumns}
          rowKey={({ incidentKey }) => incidentKey}
          rowLink={({ incidentKey }) => `/incidents/${incidentKey}`}
          phoneDetail={(incident) => <IncidentDetail incident={incident} />}
        />
      )}
    </Section>
  )
}

const OpenAlerts = () => {
  const { data, error, refetch } = useActiveAlerts()
  const alerts = data?.items.toSorted(worstFirst) ?? []
  return (
    <Section title="Open alerts" aside={<More count={countOf(data).text} shown={alerts.length} to="/alerts" />}>
      {error !== null && data === undefined ? (
        <ErrorState title="The alerts could not be loaded." error={error} onRetry={() => void refetch()} />
      ) : data === undefined ? (
        <SkeletonRows rows={4} />
      ) : alerts.length === 0 ? (
        <EmptyState title="No open alert.">
          Everything that a <Link to="/rules">rule</Link> watches is within its limits.
        </EmptyState>
      ) : (
        <Table
          label="Open alerts"
          rows={alerts.slice(0, SHOWN)}
          columns={alertColumns}
          rowKey={({ id }) => id}
          rowLink={({ id }) => `/alerts/${id}`}
          phoneDetail={(alert) => <AlertDetail alert={alert} />}
        />
      )}
    </Section>
  )
}

interface MoreProps {
  readonly count: string
  readonly shown: number
  readonly to: string
}

const More = ({ count, shown, to }: MoreProps) =>
  shown > SHOWN ? (
    <Link to={to}>
      {SHOWN} of {count}, worst first
    </Link>
  ) : shown > 0 ? (
    <Link to={to}>{count}</Link>
  ) : null

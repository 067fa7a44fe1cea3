import { type Count, useOpenCounts } from "../../shell/useSummary.ts"
import { EmptyState, ErrorState, SkeletonRows } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Page, Section } from "../../ui/Page.tsx"
import { Table } from "../../ui/Table.tsx"
import { AlertDetail, alertColumns } from "../alerts/columns.tsx"
import { IncidentDetail, incidentColumns } from "../incidents/columns.tsx"
import { Activity } from "./Activity.tsx"
import { Figures } from "./Figures.tsx"
import { useWorstAlerts, useWorstIncidents } from "./useWorst.ts"

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
  const { error, items, retry } = useWorstIncidents(SHOWN)
  const { all } = useOpenCounts().incidents
  return (
    <Section title="Open incidents" aside={<More count={all} shown={items?.length ?? 0} to="/incidents" />}>
      {error !== null && items === undefined ? (
        <ErrorState title="The incidents could not be loaded." error={error} onRetry={retry} />
      ) : items === undefined ? (
        <SkeletonRows rows={3} />
      ) : items.length === 0 ? (
        <EmptyState title="No open incident.">An incident opens here as soon as an alert does.</EmptyState>
      ) : (
        <Table
          label="Open incidents"
          rows={items}
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
  const { error, items, retry } = useWorstAlerts(SHOWN)
  const { all } = useOpenCounts().alerts
  return (
    <Section title="Open alerts" aside={<More count={all} shown={items?.length ?? 0} to="/alerts" />}>
      {error !== null && items === undefined ? (
        <ErrorState title="The alerts could not be loaded." error={error} onRetry={retry} />
      ) : items === undefined ? (
        <SkeletonRows rows={4} />
      ) : items.length === 0 ? (
        <EmptyState title="No open alert.">
          Everything that a <Link to="/rules">rule</Link> watches is within its limits.
        </EmptyState>
      ) : (
        <Table
          label="Open alerts"
          rows={items}
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
  readonly count: Count
  readonly shown: number
  readonly to: string
}

const More = ({ count, shown, to }: MoreProps) =>
  shown === SHOWN ? (
    <Link to={to}>
      {SHOWN} of {count.text}, worst first
    </Link>
  ) : shown > 0 ? (
    <Link to={to}>{count.text}</Link>
  ) : null

import { useMemo } from "react"
import { useApi, useApiList } from "../../api/hooks.ts"
import type { Alert, Incident } from "../../api/types.ts"
import { Link } from "../../ui/Link.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page, Section } from "../../ui/Page.tsx"
import { AffectedMetrics } from "./AffectedMetrics.tsx"
import { subjectOf } from "./columns.tsx"
import { Impact } from "./Impact.tsx"
import { IncidentHeader } from "./IncidentHeader.tsx"
import styles from "./IncidentPage.module.css"
import { IncidentTimeline } from "./IncidentTimeline.tsx"
import { Members } from "./Members.tsx"

interface IncidentPageProps {
  readonly params: { readonly incidentKey?: string }
}

const IncidentPage = ({ params: { incidentKey = "" } }: IncidentPageProps) => {
  const { data, error, refetch } = useApi("incidents.get", { params: { incidentKey } })
  return (
    <Page title={incidentKey} parent={{ title: "Incidents", to: "/incidents" }}>
      <ListState what="The incident" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        {data !== undefined && (data.mergedInto === null ? <Detail incident={data} /> : <Merged incident={data} />)}
      </ListState>
    </Page>
  )
}
export default IncidentPage

const Detail = ({ incident }: { readonly incident: Incident }) => {
  const { incidentKey } = incident
  const members = useApiList("alerts.list", { incidentId: [incidentKey] })
  const { rows } = members
  const names = useMemo(() => new Map(rows.map((alert) => [alert.id, nameOf(alert)])), [rows])
  return (
    <>
      <IncidentHeader incident={incident} />
      <Impact incident={incident} />
      <div className={styles.columns}>
        <div className={styles.main}>
          <Members incident={incident} members={members} names={names} />
          <AffectedMetrics incident={incident} members={rows} />
        </div>
        <Section title="Timeline" aside="newest first">
          <IncidentTimeline incidentKey={incidentKey} names={names} />
        </Section>
      </div>
    </>
  )
}

/** Several alerts of an incident may be of one rule: where each is tells them apart. */
const nameOf = ({ name, relatedCi }: Alert): string => (relatedCi === null ? name : `${name} on ${relatedCi}`)

/** All of it is elsewhere now, except what happened to it. */
const Merged = ({ incident }: { readonly incident: Incident }) => (
  <>
    <p className={styles.merged}>
      {incident.incidentKey} ({subjectOf(incident)}) was merged:{" "}
      <Link to={`/incidents/${incident.mergedInto}`} className={styles.link}>
        {incident.mergedInto}
      </Link>{" "}
      has its alerts.
    </p>
    <Section title="Timeline" aside="newest first">
      <IncidentTimeline incidentKey={incident.incidentKey} names={NONE} />
    </Section>
  </>
)

const NONE: ReadonlyMap<string, string> = new Map()

import type { ReactNode } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Alert, Incident } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Link } from "../../ui/Link.tsx"
import styles from "./IncidentPage.module.css"

interface ImpactProps {
  readonly incident: Incident
  readonly members: ReadonlyArray<Alert>
}

const NAMED = 4

/** How much of it there is, and where: each number leads to what it counts. */
export const Impact = ({ incident, members }: ImpactProps) => {
  const { activeAlertCount, alertCount, incidentKey, violationCount } = incident
  const metrics = useApi("incidents.metrics", { params: { incidentKey } }).data?.items
  const hosts = distinct(members.map(({ relatedCi }) => relatedCi))
  const services = distinct(members.map(({ relatedService }) => relatedService))
  return (
    <dl className={styles.figures}>
      <Figure name={activeAlertCount === 1 ? "active alert" : "active alerts"} of={`of ${formatCount(alertCount)}`}>
        <a href="#alerts">{formatCount(activeAlertCount)}</a>
      </Figure>
      <Figure name={violationCount === 1 ? "violation" : "violations"}>
        <Link to={`/violations?incident=${incidentKey}`}>{formatCount(violationCount)}</Link>
      </Figure>
      <Figure name={metrics?.length === 1 ? "series" : "series affected"}>
        <a href="#metrics">{metrics === undefined ? "–" : formatCount(metrics.length)}</a>
      </Figure>
      <Figure
        name={hosts.length === 1 ? "host" : "hosts"}
        of={<Names names={hosts} to={(name) => `/hosts/${encodeURIComponent(name)}`} />}
      >
        {formatCount(hosts.length)}
      </Figure>
      <Figure
        name={services.length === 1 ? "service" : "services"}
        of={<Names names={services} to={(name) => `/incidents?service=${encodeURIComponent(name)}`} />}
      >
        {formatCount(services.length)}
      </Figure>
    </dl>
  )
}

interface FigureProps {
  readonly name: string
  readonly of?: ReactNode
  readonly children: ReactNode
}

const Figure = ({ name, of, children }: FigureProps) => (
  <div className={styles.figure}>
    <dt>
      {name} {of}
    </dt>
    <dd>{children}</dd>
  </div>
)

const Names = ({ names, to }: { readonly names: ReadonlyArray<string>; readonly to: (name: string) => string }) => (
  <>
    {names.slice(0, NAMED).map((name) => (
      <Link key={name} to={to(name)} className={styles.link}>
        {name}
      </Link>
    ))}
    {names.length > NAMED && <span>…</span>}
  </>
)

const distinct = (names: ReadonlyArray<string | null>): ReadonlyArray<string> =>
  Array.from(new Set(names))
    .filter((name) => name !== null)
    .sort()

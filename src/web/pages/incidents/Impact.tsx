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
      <Places name="host" names={hosts} to={(name) => `/hosts/${encodeURIComponent(name)}`} />
      <Places name="service" names={services} to={(name) => `/incidents?service=${encodeURIComponent(name)}`} />
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

interface PlacesProps {
  readonly name: string
  readonly names: ReadonlyArray<string>
  readonly to: (name: string) => string
}

/** Few enough to be named. */
const Places = ({ name, names, to }: PlacesProps) =>
  names.length === 0 ? null : (
    <Figure
      name={names.length === 1 ? name : `${name}s`}
      of={
        <>
          {names.slice(0, NAMED).map((one) => (
            <Link key={one} to={to(one)} className={styles.link}>
              {one}
            </Link>
          ))}
          {names.length > NAMED && <span>…</span>}
        </>
      }
    >
      {formatCount(names.length)}
    </Figure>
  )

const distinct = (names: ReadonlyArray<string | null>): ReadonlyArray<string> =>
  Array.from(new Set(names))
    .filter((name) => name !== null)
    .sort()

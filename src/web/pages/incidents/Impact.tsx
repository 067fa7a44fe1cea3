import type { ReactNode } from "react"
import { useApi } from "../../api/hooks.ts"
import type { AnswerOf, Incident } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Link } from "../../ui/Link.tsx"
import styles from "./IncidentPage.module.css"

const NAMED = 4

/** How much of it there is, and where: each number leads to what it counts. */
export const Impact = ({ incident }: { readonly incident: Incident }) => {
  const { activeAlertCount, alertCount, incidentKey, violationCount } = incident
  const impact = useApi("incidents.impact", { params: { incidentKey } }).data
  return (
    <dl className={styles.figures}>
      <Figure name={activeAlertCount === 1 ? "active alert" : "active alerts"} of={`of ${formatCount(alertCount)}`}>
        <a href="#alerts">{formatCount(activeAlertCount)}</a>
      </Figure>
      <Figure name={violationCount === 1 ? "violation" : "violations"}>
        <Link to={`/violations?incident=${incidentKey}`}>{formatCount(violationCount)}</Link>
      </Figure>
      <Figure name={impact?.seriesCount === 1 ? "series" : "series affected"}>
        <a href="#metrics">{impact === undefined ? "–" : formatCount(impact.seriesCount)}</a>
      </Figure>
      <Places name="host" places={impact?.cis} to={(name) => `/hosts/${encodeURIComponent(name)}`} />
      <Places
        name="service"
        places={impact?.services}
        to={(name) => `/incidents?service=${encodeURIComponent(name)}`}
      />
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
  readonly places: AnswerOf<"incidents.impact">["cis"] | undefined
  readonly to: (name: string) => string
}

/** Few enough to be named. */
const Places = ({ name, places, to }: PlacesProps) =>
  places === undefined || places.count === 0 ? null : (
    <Figure
      name={places.count === 1 ? name : `${name}s`}
      of={
        <>
          {places.names.slice(0, NAMED).map((one) => (
            <Link key={one} to={to(one)} className={styles.link}>
              {one}
            </Link>
          ))}
          {places.count > NAMED && <span>…</span>}
        </>
      }
    >
      {formatCount(places.count)}
    </Figure>
  )

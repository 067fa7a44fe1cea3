import type { ReactNode } from "react"
import type { Alert } from "../../api/types.ts"
import { Link } from "../../ui/Link.tsx"
import { Facts } from "../../ui/Page.tsx"
import styles from "./AlertPage.module.css"
import { useRevision } from "./useAlertContext.ts"

/** What the alert is about, of which rule, and why it is in its incident. */
export const AlertFacts = ({ alert }: { readonly alert: Alert }) => {
  const { correlation, id, incidentId, kind, labels, metric, relatedCi, relatedService, ruleId, ruleRevision } = alert
  const rule = useRevision(alert)
  const items: ReadonlyArray<readonly [string, ReactNode] | null> = [
    ruleId === null
      ? null
      : [
          "Rule",
          <Link key="rule" to={`/rules/${ruleId}?revision=${ruleRevision}`} className={styles.link}>
            {rule?.name ?? alert.name}, revision {ruleRevision}
          </Link>
        ],
    metric === null ? null : ["Metric", <code key="metric">{metric}</code>],
    Object.keys(labels).length === 0 ? null : ["Labels", <Labels key="labels" labels={labels} />],
    relatedService === null
      ? null
      : [
          "Service",
          <Link key="service" to={`/incidents?service=${encodeURIComponent(relatedService)}`} className={styles.link}>
            {relatedService}
          </Link>
        ],
    relatedCi === null
      ? null
      : [
          "Host",
          <Link key="host" to={`/hosts/${encodeURIComponent(relatedCi)}`} className={styles.link}>
            {relatedCi}
          </Link>
        ],
    correlation === null || correlation.length === 0
      ? null
      : [
          "Incident",
          <ul key="incident" className={styles.why}>
            {correlation.map((sentence) => (
              <li key={sentence}>
                <Linked text={sentence} own={incidentId} />
              </li>
            ))}
          </ul>
        ],
    kind === "Metric" ? null : ["Kind", kind],
    ["Id", <code key="id">{id}</code>]
  ]
  return <Facts items={items.filter((item) => item !== null)} />
}

const Labels = ({ labels }: Pick<Alert, "labels">) => (
  <ul>
    {Object.entries(labels)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => (
        <li key={name}>
          <span className={styles.quiet}>{name}</span> {value}
        </li>
      ))}
  </ul>
)

/** A sentence whose incidents and alerts are links. */
const Linked = ({ text, own }: { readonly text: string; readonly own: string | null }) => (
  <>
    {text.split(/(INC-\d{6,10}|[0-9a-f]{8}-[0-9a-f-]{27})/).map((part, index) =>
      index % 2 === 0 ? (
        part
      ) : (
        <Link
          key={`${part}${index}`}
          to={part.startsWith("INC-") ? `/incidents/${part}` : `/alerts/${part}`}
          className={part === own ? styles.own : styles.link}
        >
          {part.startsWith("INC-") ? part : `${part.slice(0, 8)}…`}
        </Link>
      )
    )}
  </>
)

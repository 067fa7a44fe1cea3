import { useMemo, useState } from "react"
import { useApi } from "../../api/hooks.ts"
import { Link } from "../../ui/Link.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Time } from "../../ui/Time.tsx"
import { Timeline, type TimelineItem } from "../../ui/Timeline.tsx"
import styles from "./IncidentPage.module.css"
import { type Moment, momentsOf } from "./timeline.ts"

interface IncidentTimelineProps {
  readonly incidentKey: string
  /** Names of alerts by id. */
  readonly names: ReadonlyMap<string, string>
}

export const IncidentTimeline = ({ incidentKey, names }: IncidentTimelineProps) => {
  const { data, error, refetch } = useApi("incidents.timeline", { params: { incidentKey } })
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const moments = useMemo(() => momentsOf(data?.items ?? [], names), [data, names])
  const items = moments.flatMap((moment) =>
    opened.has(moment.key) && moment.parts.length > 0
      ? moment.parts.map(itemOf)
      : [itemOf(moment, () => setOpened(new Set(opened).add(moment.key)))]
  )
  return (
    <ListState what="The timeline" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null} rows={6}>
      <Timeline label="What happened to the incident" items={items} />
    </ListState>
  )
}

const itemOf = (moment: Moment, onOpen: unknown): TimelineItem => {
  const { actor, alertId, key, note, parts, time, type, words } = moment
  const text = [actor === null ? null : `by ${actor}`, note].filter((part) => part !== null).join(": ")
  return {
    key,
    title:
      parts.length > 0 && typeof onOpen === "function" ? (
        <button type="button" className={styles.more} onClick={() => onOpen()}>
          {words}
        </button>
      ) : alertId !== null ? (
        <Link to={`/alerts/${alertId}`}>{words}</Link>
      ) : (
        words
      ),
    aside: <Time time={time} absolute />,
    ...toneOf(type),
    ...(text !== "" && { children: text })
  }
}

const toneOf = (type: Moment["type"]): Pick<TimelineItem, "tone"> => {
  switch (type) {
    case "opened":
    case "reopened":
    case "escalated":
    case "acknowledged":
    case "resolved":
    case "merged":
    case "split":
      return { tone: "filled" }
    default:
      return {}
  }
}

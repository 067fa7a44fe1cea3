import type { Alert } from "../../api/types.ts"
import { formatActor } from "../../format/actor.ts"
import { formatClock } from "../../format/time.ts"
import { Time } from "../../ui/Time.tsx"
import { Timeline, type TimelineItem } from "../../ui/Timeline.tsx"
import styles from "./AlertPage.module.css"
import { endInWords, formatDelay, ledgerOf } from "./words.ts"

/** From the first violation to the end, with what people did and said. */
export const AlertStory = ({ alert }: { readonly alert: Alert }) => {
  const { acknowledgedAt, acknowledgedBy, acknowledgedNote, closedNote, endTime, openTime, severity, startTime } = alert
  const items: ReadonlyArray<TimelineItem> = [
    { key: "began", title: "First violation of the trigger", aside: <Time time={startTime} absolute /> },
    { key: "opened", title: "Opened", aside: <Time time={openTime} absolute />, tone: severity },
    ...(acknowledgedAt === null
      ? []
      : [
          {
            key: "acknowledged",
            title: `Acknowledged by ${formatActor(acknowledgedBy)}`,
            aside: <Time time={acknowledgedAt} absolute />,
            children: acknowledgedNote
          }
        ]),
    endTime === null
      ? { key: "end", title: stillOpen(alert), tone: "faint" as const }
      : {
          key: "end",
          title: endInWords(alert),
          aside: <Time time={endTime} absolute />,
          children: closedNote,
          tone: "filled" as const
        }
  ]
  return <Timeline label="What happened to the alert" items={items} />
}

const stillOpen = ({ stale }: Alert): string =>
  stale ? "Not over, and its points have stopped: it cannot recover before they come again" : "Not over yet"

/** How fast it was: each stage, and how long after the one before. */
export const AlertLedger = ({ alert }: { readonly alert: Alert }) => (
  <Timeline
    label="How long each stage took"
    items={ledgerOf(alert.latency).map(({ afterMillis, meaning, name, timeMillis }) => ({
      key: name,
      title: (
        <>
          {name} <span className={styles.quiet}>{meaning}</span>
        </>
      ),
      aside:
        timeMillis === null ? (
          "not yet"
        ) : afterMillis === null ? (
          <Time time={timeMillis} absolute />
        ) : (
          <span title={clock(timeMillis)}>+ {formatDelay(afterMillis)}</span>
        ),
      tone: timeMillis === null ? "faint" : "filled"
    }))}
  />
)

/** With milliseconds, which are what this is about. */
const clock = (millis: number): string =>
  `${formatClock(millis, true)}.${new Date(millis).toISOString().slice(20, 23)}, ${new Date(millis).toISOString()}`

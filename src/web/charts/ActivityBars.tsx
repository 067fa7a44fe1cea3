import { formatClock, formatDay } from "../format/time.ts"
import { Link } from "../ui/Link.tsx"
import { Tooltip } from "../ui/Tooltip.tsx"
import styles from "./ActivityBars.module.css"
import type { Bucket } from "./activity.ts"

interface ActivityBarsProps {
  readonly label: string
  readonly buckets: ReadonlyArray<Bucket>
  /** Where the list is that a bar counts. */
  readonly linkOf: (bucket: Bucket) => string
}

/** Counts over time, critical below warning; each bar leads to what it counts. */
export const ActivityBars = ({ label, buckets, linkOf }: ActivityBarsProps) => {
  const most = Math.max(1, ...buckets.map(({ critical, warning }) => critical + warning))
  const first = buckets[0]
  const last = buckets.at(-1)
  const daily = first !== undefined && last !== undefined && formatDay(first.from) !== formatDay(last.to)
  const name = (millis: number) => `${daily ? `${formatDay(millis).slice(5)} ` : ""}${formatClock(millis)}`
  return (
    <figure aria-label={label}>
      <div className={styles.bars}>
        {buckets.map((bucket) => {
          const { critical, from, to, warning } = bucket
          const words = `${name(from)} – ${formatClock(to)}: ${critical} critical, ${warning} warning`
          if (critical + warning === 0) return <span key={from} className={styles.bar} title={words} />
          return (
            <Tooltip key={from} text={words}>
              <Link to={linkOf(bucket)} className={styles.bar} aria-label={words}>
                {warning > 0 && <span className={styles.warning} style={{ height: `${(100 * warning) / most}%` }} />}
                {critical > 0 && <span className={styles.critical} style={{ height: `${(100 * critical) / most}%` }} />}
              </Link>
            </Tooltip>
          )
        })}
      </div>
      {first !== undefined && last !== undefined && (
        <div className={styles.axis}>
          <span>{name(first.from)}</span>
          <span>{name(buckets[Math.floor(buckets.length / 2)]!.from)}</span>
          <span>{name(last.to)}</span>
        </div>
      )}
    </figure>
  )
}

import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import type { AnswerOf } from "../../api/types.ts"
import { ActivityBars } from "../../charts/ActivityBars.tsx"
import { bucketsOf } from "../../charts/activity.ts"
import { formatCount } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { rangeQuery, rangeRefresh } from "../../range/range.ts"
import { countOf } from "../../shell/useSummary.ts"
import { EmptyState, ErrorState, Skeleton, SkeletonRows } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Columns, Section } from "../../ui/Page.tsx"
import styles from "./OverviewPage.module.css"
import { SilentHosts } from "./SilentHosts.tsx"

type Activity = AnswerOf<"summary.get">["activity"]

const INTERVALS = 60

/** Alerts that began in the chosen range: when, and of which rules. */
export const Activity = () => {
  const { range } = useRange()
  const query = { ...rangeQuery(range), intervals: INTERVALS }
  const { data, error, refetch } = useApi("summary.get", { query }, { keepPrevious: true, ...rangeRefresh(range) })
  const activity = data?.activity
  const title = range.preset === null ? "Alerts in the chosen time" : `Alerts in the last ${range.preset}`
  if (error !== null && activity === undefined) {
    return (
      <Section title={title}>
        <ErrorState title="The activity could not be loaded." error={error} onRetry={() => void refetch()} />
      </Section>
    )
  }
  return (
    <>
      <Section title={title} aside={<Link to="/alerts?view=range">{countOf(activity?.alerts).text}</Link>}>
        {activity === undefined ? <Skeleton height={96} /> : <Bars activity={activity} />}
      </Section>
      <Columns>
        <Section title="Noisiest rules" aside="by alerts in this time">
          {activity === undefined ? <SkeletonRows rows={4} /> : <Noisiest rules={activity.rules} />}
        </Section>
        <SilentHosts />
      </Columns>
    </>
  )
}

const Bars = ({ activity }: { readonly activity: Activity }) => {
  const buckets = useMemo(() => {
    const { from, intervalSeconds, intervals, to } = activity
    const counted = intervals.map((interval) => ({
      from: millisOf(interval.from),
      critical: interval.Critical,
      warning: interval.Warning
    }))
    return bucketsOf(counted, { from: millisOf(from), to: millisOf(to) }, intervalSeconds * 1_000)
  }, [activity])
  return (
    <ActivityBars
      label="Alerts by the time they began"
      buckets={buckets}
      linkOf={({ from, to }) =>
        `/alerts?view=range&from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`
      }
    />
  )
}

const Noisiest = ({ rules }: Pick<Activity, "rules">) => {
  const most = rules[0]?.alerts ?? 1
  if (rules.length === 0) {
    return <EmptyState title="No alert in this time.">Choose a longer time above, or rest.</EmptyState>
  }
  return (
    <ul className={styles.ranked}>
      {rules.slice(0, RULES).map(({ alerts, name, ruleId }) => (
        <li key={ruleId} className={styles.rank}>
          <Link to={`/rules/${ruleId}`}>{name}</Link>
          <Link to={`/alerts?view=range&rule=${ruleId}`}>{formatCount(alerts)}</Link>
          <span className={styles.share} style={{ width: `${(100 * alerts) / most}%` }} aria-hidden />
        </li>
      ))}
    </ul>
  )
}

const RULES = 6

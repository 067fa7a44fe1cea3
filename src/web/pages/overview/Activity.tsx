import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Alert } from "../../api/types.ts"
import { ActivityBars } from "../../charts/ActivityBars.tsx"
import { bucketsOf } from "../../charts/activity.ts"
import { formatCount } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { bucketMillis } from "../../range/range.ts"
import { countOf } from "../../shell/useOpenCounts.ts"
import { EmptyState, ErrorState, Skeleton, SkeletonRows } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Columns, Section } from "../../ui/Page.tsx"
import styles from "./OverviewPage.module.css"
import { SilentHosts } from "./SilentHosts.tsx"

const MOST = 1_000
const BARS = 60
const RULES = 6

/** Alerts that began in the chosen range: when, and of which rules. */
export const Activity = () => {
  const { range } = useRange()
  const query = {
    from: String(range.from),
    ...(range.preset === null && { to: String(range.to) }),
    limit: MOST
  }
  const { data, error, refetch } = useApi("alerts.list", { query }, { keepPrevious: true })
  const alerts = data?.items
  const title = range.preset === null ? "Alerts in the chosen time" : `Alerts in the last ${range.preset}`
  if (error !== null && data === undefined) {
    return (
      <Section title={title}>
        <ErrorState title="The activity could not be loaded." error={error} onRetry={() => void refetch()} />
      </Section>
    )
  }
  return (
    <>
      <Section title={title} aside={<Link to="/alerts?view=range">{countOf(data).text}</Link>}>
        {alerts === undefined ? <Skeleton height={96} /> : <Bars alerts={alerts} />}
      </Section>
      <Columns>
        <Section title="Noisiest rules" aside="by alerts in this time">
          {alerts === undefined ? <SkeletonRows rows={4} /> : <Noisiest alerts={alerts} />}
        </Section>
        <SilentHosts />
      </Columns>
    </>
  )
}

const Bars = ({ alerts }: { readonly alerts: ReadonlyArray<Alert> }) => {
  const { range } = useRange()
  const buckets = useMemo(() => {
    const items = alerts.map(({ severity, startTime }) => ({ severity, timeMillis: millisOf(startTime) }))
    return bucketsOf(items, range, bucketMillis(range, BARS))
  }, [alerts, range])
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

const Noisiest = ({ alerts }: { readonly alerts: ReadonlyArray<Alert> }) => {
  const ranked = useMemo(() => {
    const byRule = Map.groupBy(alerts, ({ ruleId, name }) => ruleId ?? name)
    return Array.from(byRule.values())
      .toSorted((a, b) => b.length - a.length)
      .slice(0, RULES)
  }, [alerts])
  const most = ranked[0]?.length ?? 1
  if (ranked.length === 0) {
    return <EmptyState title="No alert in this time.">Choose a longer time above, or rest.</EmptyState>
  }
  return (
    <ul className={styles.ranked}>
      {ranked.map((list) => {
        const { name, ruleId } = list[0]!
        return (
          <li key={ruleId ?? name} className={styles.rank}>
            {ruleId === null ? <span>{name}</span> : <Link to={`/rules/${ruleId}`}>{name}</Link>}
            <Link to={`/alerts?view=range${ruleId === null ? "" : `&rule=${ruleId}`}`}>{formatCount(list.length)}</Link>
            <span className={styles.share} style={{ width: `${(100 * list.length) / most}%` }} aria-hidden />
          </li>
        )
      })}
    </ul>
  )
}

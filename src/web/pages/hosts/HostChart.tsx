import { memo, useMemo, useRef, useState } from "react"
import type { Alert, Rule } from "../../api/types.ts"
import { Chart } from "../../charts/Chart.tsx"
import type { ChartSeries } from "../../charts/columns.ts"
import type { FeedSeries } from "../../charts/Feed.ts"
import { useFeeds, useShown } from "../../charts/useFeeds.ts"
import { type Nearness, useNear } from "../../charts/useNear.ts"
import type { Range } from "../../range/range.ts"
import { Skeleton } from "../../ui/Feedback.tsx"
import type { Patterns } from "../rules/scope.ts"
import styles from "./HostPage.module.css"
import type { ChartPlan } from "./hostCharts.ts"
import { inSight, spansOf, thresholdsOf } from "./overlays.ts"

interface HostChartProps {
  readonly host: string
  readonly plan: ChartPlan
  readonly range: Range
  readonly alerts: ReadonlyArray<Alert>
  readonly rules: ReadonlyArray<Rule>
  /** For scopes with regular expressions; null: not loaded. */
  readonly patterns: Patterns | null
}

const HEIGHT = 132

/** One of many: made when it comes into sight, and drawn only while it is. */
export const HostChart = memo((props: HostChartProps) => {
  const { plan } = props
  const box = useRef<HTMLDivElement>(null)
  const { isNear, width } = useNear(box)
  const [wasNear, setWasNear] = useState(false)
  if (isNear && !wasNear) setWasNear(true)
  return (
    <div ref={box} className={styles.chart}>
      <h3 className={styles.title} title={plan.title}>
        {plan.title}
      </h3>
      {wasNear ? <Lines {...props} isNear={isNear} width={width} /> : <Skeleton height={HEIGHT} />}
    </div>
  )
})

const Lines = ({ host, plan, range, alerts, rules, patterns, isNear, width }: HostChartProps & Nearness) => {
  const { lines, title, unit } = plan
  const metrics = useMemo(() => Array.from(new Set(lines.map(({ metric }) => metric))), [lines])
  const feeds = useFeeds(
    metrics.map((metric) => ({ metric, labels: { host }, range, live: true })),
    isNear
  )
  const shown = useShown(range, isNear)
  const version = feeds.map((feed) => feed.version).join()
  const series = useMemo(() => linesOf(plan, feeds), [plan, feeds, version])
  const spans = useMemo(() => spansOf(lines, alerts), [lines, alerts])
  const limits = useMemo(() => thresholdsOf(lines, rules, patterns), [lines, rules, patterns])
  const failed = feeds.find(({ error, isLoaded }) => error !== null && !isLoaded)
  if (failed !== undefined) {
    return (
      <div className={styles.failed} role="alert">
        <span>{String(failed.error instanceof Error ? failed.error.message : failed.error)}</span>
        <button type="button" onClick={() => failed.reload()}>
          Retry
        </button>
      </div>
    )
  }
  if (!feeds.every(({ isLoaded }) => isLoaded)) return <Skeleton height={HEIGHT} />
  return (
    <Chart
      label={`${title} of ${host}`}
      series={series}
      range={shown}
      unit={unit}
      height={HEIGHT}
      firstWidth={width}
      legend="line"
      syncKey="host"
      paused={!isNear}
      spans={spans}
      thresholds={inSight(limits, largestOf(series), unit)}
    />
  )
}

/** A series that is not there yet is an empty line: colours stay where they are. */
const linesOf = ({ lines }: ChartPlan, feeds: ReturnType<typeof useFeeds>): ReadonlyArray<ChartSeries> => {
  const known = new Map<string, FeedSeries>()
  for (const { question, series } of feeds) {
    for (const one of series) known.set(`${question.metric} ${one.id}`, one)
  }
  return lines.map(({ id, metric, name }) => {
    const key = `${metric} ${id}`
    return { id: key, name, points: known.get(key)?.points ?? [] }
  })
}

const largestOf = (series: ReadonlyArray<ChartSeries>): number =>
  series.reduce((most, { points }) => points.reduce((max, [, , , high]) => Math.max(max, high), most), 0)

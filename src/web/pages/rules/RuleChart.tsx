import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import { Chart } from "../../charts/Chart.tsx"
import type { ChartSpan } from "../../charts/options.ts"
import { chartSeries, useHistory } from "../../charts/useHistory.ts"
import { formatCount } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { bucketMillis, type Range, rangeQuery } from "../../range/range.ts"
import { EmptyState, ErrorState, Skeleton } from "../../ui/Feedback.tsx"
import { Section } from "../../ui/Page.tsx"
import { Severity } from "../../ui/State.tsx"
import { type Breaches, breachesOf, type DrawnLimit, drawnLimits } from "./breaches.ts"
import { limitAt, type RuleDocument, withLimit } from "./document.ts"
import styles from "./RuleEditor.module.css"
import { useRule } from "./useDraft.ts"
import type { useScopeSeries } from "./useScopeSeries.ts"

const HEIGHT = 280
/** More lines than this are a carpet. */
const DRAWN = 12
/** Points that a browser holds with ease; of many series coarser ones are asked for. */
const POINTS = 60_000
const FOLLOWED = 100

interface RuleChartProps {
  readonly ruleId: string | null
  readonly title: string
  readonly unit: string
  readonly scope: ReturnType<typeof useScopeSeries>
}

/** The metric as the rule sees it, with its limits as lines to drag, and what of it would have breached. */
export const RuleChart = (props: RuleChartProps) => {
  if (props.scope.metric === "") {
    return <EmptyState title="No metric yet.">Choose one, and its points of the last hours stand here.</EmptyState>
  }
  if (props.scope.candidates === Number.POSITIVE_INFINITY && props.scope.selected.length === 0) {
    return (
      <EmptyState title="No series to show.">None of the newest 1,000 meets the scope: name more labels.</EmptyState>
    )
  }
  // Which series there are decides how their points can be asked for.
  if (!props.scope.isLoaded) {
    return (
      <Section title={props.title}>
        <Skeleton height={HEIGHT} />
      </Section>
    )
  }
  return <LoadedChart {...props} />
}

const LoadedChart = ({ ruleId, title, unit, scope }: RuleChartProps) => {
  const { document, readOnly, set } = useRule()
  const { range } = useRange()
  const { candidates, metric } = scope
  const isTooMany = candidates === Number.POSITIVE_INFINITY
  // Of more series than history answers one stands for all.
  const labels = isTooMany ? (scope.selected[0]?.labels ?? scope.labels) : scope.labels
  const { data, error, refetch, shown } = useHistory({
    metric,
    labels,
    range,
    step: stepFor(candidates, range),
    live: candidates <= FOLLOWED
  })
  const all = useMemo(() => chartSeries((data ?? []).filter((one) => scope.accepts(one.labels))), [data, scope.accepts])
  const limits = useMemo(() => drawnLimits(document), [document])
  const breaches = useMemo(() => breachesOf(all, document, shown), [all, document, shown.from, shown.to])
  const drawn = useMemo(() => (all.length <= DRAWN ? all : mostExtreme(all, document)), [all, document])
  const spans = useAlertSpans(ruleId, range)
  if (error !== null && data === undefined) {
    return <ErrorState title="The points could not be loaded." error={error} onRetry={() => void refetch()} />
  }
  return (
    <Section
      title={title}
      aside={
        isTooMany ? "one of over 1,000 series: narrow the scope to see more" : linesWords(drawn.length, all.length)
      }
    >
      {data === undefined ? (
        <Skeleton height={HEIGHT} />
      ) : (
        <Chart
          label={`${title} with the limits of this rule`}
          series={drawn}
          range={shown}
          unit={unit}
          height={HEIGHT}
          spans={spans}
          thresholds={limits}
          legend="line"
          {...(!readOnly && {
            onThreshold: (index: number, value: number) =>
              set(["threshold"], withMoved(document, limits[index]!, value).threshold),
            thresholdName: (index: number) => limits[index]?.name ?? ""
          })}
        />
      )}
      <BreachCount breaches={breaches} series={all.length} isLoaded={data !== undefined} />
    </Section>
  )
}

const stepFor = (candidates: number, range: Range): string | undefined => {
  if (candidates <= POINTS / 1_000 || !Number.isFinite(candidates)) return undefined
  return String(bucketMillis(range, Math.max(60, Math.floor(POINTS / candidates))))
}

const linesWords = (drawn: number, all: number): string =>
  drawn === all
    ? `${formatCount(all)} series`
    : `${drawn} of ${formatCount(all)} series drawn, those nearest to the limits or beyond`

/** A recover limit goes with its breach limit, so that the distance that was chosen stays. */
const withMoved = (document: RuleDocument, { level, recovers = false, side }: DrawnLimit, value: number) => {
  const { breach, recover } = limitAt(document, side, level)
  if (recovers) return withLimit(document, side, level, { breach, recover: value })
  const moved =
    typeof recover === "number" && typeof breach === "number"
      ? Number((recover + value - breach).toPrecision(12))
      : recover
  return withLimit(document, side, level, { breach: value, recover: moved })
}

const mostExtreme = (all: ReturnType<typeof chartSeries>, document: RuleDocument) => {
  const isBelow = drawnLimits(document).every(({ side }) => side === "below")
  const extreme = new Map(
    all.map(({ id, points }) => [
      id,
      points.reduce((most, [, min, , max]) => Math.max(most, isBelow ? -min : max), Number.NEGATIVE_INFINITY)
    ])
  )
  return all.toSorted((a, b) => extreme.get(b.id)! - extreme.get(a.id)!).slice(0, DRAWN)
}

interface BreachCountProps {
  readonly breaches: Breaches
  readonly series: number
  readonly isLoaded: boolean
}

const BreachCount = ({ breaches: { bySeries, critical, points, warning }, series, isLoaded }: BreachCountProps) => {
  if (!isLoaded) return <Skeleton width={320} />
  const within = Array.from(bySeries.values()).filter((count) => count > 0).length
  return (
    <div className={styles.count}>
      <p className={styles.line}>
        <span>
          <span className={styles.number}>{formatCount(critical + warning)}</span> of {formatCount(points)} shown points
          lie beyond a limit
          {critical + warning > 0 && `, in ${formatCount(within)} of ${formatCount(series)} series`}
        </span>
        {critical > 0 && <Severity severity="Critical">{formatCount(critical)}</Severity>}
        {warning > 0 && <Severity severity="Warning">{formatCount(warning)}</Severity>}
      </p>
      <p className={styles.muted}>
        Counted in this browser from the points that are shown; a point that stands for a minute or more counts once.
        Trigger and recovery are not applied.
      </p>
    </div>
  )
}

const useAlertSpans = (ruleId: string | null, range: Range): ReadonlyArray<ChartSpan> => {
  const query = { ruleId: [ruleId ?? ""], ...rangeQuery(range), limit: 100 }
  const { data } = useApi("alerts.list", { query }, { enabled: ruleId !== null, keepPrevious: true })
  return useMemo(
    () =>
      (data?.items ?? []).map(({ endTime, severity, startTime }) => ({
        from: millisOf(startTime),
        to: endTime === null ? null : millisOf(endTime),
        severity
      })),
    [data]
  )
}

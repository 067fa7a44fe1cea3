import { useMemo } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Labels } from "../../api/types.ts"
import { Chart } from "../../charts/Chart.tsx"
import type { ChartSeries } from "../../charts/columns.ts"
import { EmptyState, ErrorState, Skeleton, SkeletonRows } from "../../ui/Feedback.tsx"
import { Section } from "../../ui/Page.tsx"
import { Controls } from "./Controls.tsx"
import { DRAWN, type Line, nameOf, type SummedLine } from "./explore.ts"
import { MetricFacts } from "./MetricFacts.tsx"
import styles from "./Metrics.module.css"
import { SeriesTable } from "./SeriesTable.tsx"
import { useExploration } from "./useExploration.ts"
import { useLines } from "./useLines.ts"

const SERIES_MOST = 1_000

/** One metric: which of its series, how they are put together, and what they were a day or a week ago. */
export const Explorer = ({ metric }: { readonly metric: string }) => {
  const exploration = useExploration()
  const definitions = useApi("metric-definitions.list", { query: { key: [metric] } })
  const series = useApi("series.list", { query: { metric: [metric], limit: SERIES_MOST } })
  const known = useMemo(() => series.data?.items.map(({ labels }) => labels), [series.data])
  const definition = definitions.data?.items[0]
  if (series.error !== null && known === undefined) {
    return (
      <ErrorState title="The series could not be loaded." error={series.error} onRetry={() => void series.refetch()} />
    )
  }
  return (
    <div className={styles.explorer}>
      <MetricFacts
        metric={metric}
        definition={definition}
        count={known?.length}
        hasMore={series.data?.nextCursor !== null}
        labels={exploration.labels}
      />
      {known === undefined ? (
        <SkeletonRows rows={2} />
      ) : known.length === 0 ? (
        <EmptyState title="This metric has no series.">No point of it has been pushed to this workspace.</EmptyState>
      ) : (
        <>
          <Controls state={exploration} known={known} />
          <Lines metric={metric} unit={definition?.unit ?? ""} known={known} state={exploration} />
        </>
      )}
    </div>
  )
}

interface LinesProps {
  readonly metric: string
  readonly unit: string
  readonly known: ReadonlyArray<Labels>
  readonly state: ReturnType<typeof useExploration>
}

const Lines = ({ metric, unit, known, state }: LinesProps) => {
  const matching = known.filter((labels) => hasAll(labels, state.labels)).length
  const { error, isLoaded, lines, references, reload, shown } = useLines(metric, state, matching)
  const drawn = lines.slice(0, DRAWN)
  const chart = useMemo(() => [...drawn.map(seriesOf), ...references], [references, lines])
  if (error !== null && !isLoaded) {
    return <ErrorState title="The points could not be loaded." error={error} onRetry={reload} />
  }
  if (!isLoaded) return <Skeleton height={CHART_HEIGHT} />
  return (
    <>
      <Chart label={metric} series={chart} range={shown} unit={unit} height={CHART_HEIGHT} legend="line" />
      <Section title="Series" aside={lines.length > DRAWN ? `the ${DRAWN} largest of ${lines.length} are drawn` : null}>
        <SeriesTable lines={lines} references={references} unit={unit} state={state} />
      </Section>
    </>
  )
}

const CHART_HEIGHT = 300

const seriesOf = ({ id, labels, points }: SummedLine, color: number, all: ReadonlyArray<Line>): ChartSeries => ({
  id,
  name: nameOf(labels, all),
  color,
  points
})

const hasAll = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([name, value]) => labels[name] === value)

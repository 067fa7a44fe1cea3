import { useMemo } from "react"
import type { Alert, Violation } from "../../api/types.ts"
import { Chart } from "../../charts/Chart.tsx"
import { seriesId, useHistory } from "../../charts/useHistory.ts"
import { millisOf } from "../../format/time.ts"
import { useFocusRange } from "../../range/useFocusRange.ts"
import { Skeleton } from "../../ui/Feedback.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Section } from "../../ui/Page.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { limitsOf } from "./limits.ts"
import { useRevision } from "./useAlertContext.ts"

interface AlertChartProps {
  readonly alert: Alert
  readonly metric: string
  readonly unit: string
  readonly violations: ReadonlyArray<Violation>
}

const HEIGHT = 260

/** The breach: the series around it, its limits, each violation a dot, from the first one to the end tinted. */
export const AlertChart = ({ alert, metric, unit, violations }: AlertChartProps) => {
  const { durationSeconds, endTime, labels, severity, startTime } = alert
  const from = millisOf(startTime)
  const to = endTime === null ? null : millisOf(endTime)
  const { range, setShow, show, zoom } = useFocusRange({ from, to, newest: from + durationSeconds * 1_000 })
  const { data, error, refetch, series, shown } = useHistory({ metric, labels, range })
  const rule = useRevision(alert)
  // History answers every series that has at least these labels: the alert is about the one that has no others.
  const own = useMemo(() => series.filter(({ id }) => id === seriesId(labels)), [series, labels])
  const marks = useMemo(
    () => violations.map(({ actual, severity, timestamp }) => ({ time: millisOf(timestamp), value: actual, severity })),
    [violations]
  )
  return (
    <Section
      title="The breach"
      aside={metric}
      actions={
        <Segmented
          label="Time of the chart"
          value={show}
          onChange={setShow}
          choices={[
            { value: "focus", label: "Around the alert" },
            { value: "range", label: "In the time range" }
          ]}
        />
      }
    >
      <ListState what="The points" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null} rows={6}>
        {data === undefined ? (
          <Skeleton height={HEIGHT} />
        ) : (
          <Chart
            label={`${metric} around the alert`}
            series={own}
            // Points of a live chart move on; where it begins does not.
            range={{ from: show === "focus" ? range.from : shown.from, to: shown.to }}
            unit={unit}
            height={HEIGHT}
            spans={[{ from, to, severity }]}
            thresholds={rule === undefined ? [] : limitsOf(rule, severity)}
            marks={marks}
            onZoom={zoom}
          />
        )}
      </ListState>
    </Section>
  )
}

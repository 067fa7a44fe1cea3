import { useMemo, useRef, useState } from "react"
import { useApi } from "../../api/hooks.ts"
import type { Alert, Incident, ItemOf } from "../../api/types.ts"
import { Chart } from "../../charts/Chart.tsx"
import { seriesId, useHistory } from "../../charts/useHistory.ts"
import { useNear } from "../../charts/useNear.ts"
import { formatCount } from "../../format/number.ts"
import { millisOf } from "../../format/time.ts"
import type { Range } from "../../range/range.ts"
import { useFocusRange } from "../../range/useFocusRange.ts"
import { Button } from "../../ui/Button.tsx"
import { ErrorState, Skeleton } from "../../ui/Feedback.tsx"
import { LabelText } from "../../ui/LabelText.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Section } from "../../ui/Page.tsx"
import { Segmented } from "../../ui/Segmented.tsx"
import { limitsOf } from "../alerts/limits.ts"
import type { Names } from "../violations/columns.tsx"
import { useNames } from "../violations/useNames.ts"
import styles from "./IncidentPage.module.css"

interface AffectedMetricsProps {
  readonly incident: Incident
  readonly members: ReadonlyArray<Alert>
}

type Affected = ItemOf<"incidents.metrics">

const SHOWN = 8
const HEIGHT = 132

/** A chart for each series that an alert is about, with that alert and its limits; one crosshair for all. */
export const AffectedMetrics = ({ incident, members }: AffectedMetricsProps) => {
  const { durationSeconds, endTime, incidentKey, startTime } = incident
  const { data, error, refetch } = useApi("incidents.metrics", { params: { incidentKey } })
  const names = useNames()
  const [most, setMost] = useState(SHOWN)
  const from = millisOf(startTime)
  const to = endTime === null ? null : millisOf(endTime)
  const { range, setShow, show, zoom } = useFocusRange({ from, to, newest: from + durationSeconds * 1_000 })
  return (
    <div id="metrics">
      <Section
        title="Affected metrics"
        aside={data === undefined ? undefined : formatCount(data.items.length)}
        actions={
          <Segmented
            label="Time of the charts"
            value={show}
            onChange={setShow}
            choices={[
              { value: "focus", label: "Around the incident" },
              { value: "range", label: "In the time range" }
            ]}
          />
        }
      >
        <ListState what="The metrics" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null} rows={4}>
          <div className={styles.charts}>
            {data?.items.slice(0, most).map((affected) => (
              <AffectedChart
                key={`${affected.metric} ${affected.dimensionKey}`}
                affected={affected}
                alerts={members}
                names={names}
                range={range}
                fixed={show === "focus"}
                onZoom={zoom}
              />
            ))}
          </div>
          {data !== undefined && data.items.length > most && (
            <div>
              <Button onClick={() => setMost(most + 4 * SHOWN)}>
                Show more, {formatCount(data.items.length - most)} are left
              </Button>
            </div>
          )}
        </ListState>
      </Section>
    </div>
  )
}

interface AffectedChartProps {
  readonly affected: Affected
  readonly alerts: ReadonlyArray<Alert>
  readonly names: Names
  readonly range: Range
  /** Its beginning stays while its end moves on. */
  readonly fixed: boolean
  readonly onZoom: (from: number, to: number) => void
}

const AffectedChart = ({ affected, alerts, names, range, fixed, onZoom }: AffectedChartProps) => {
  const { dimensionKey, labels, metric } = affected
  const box = useRef<HTMLDivElement>(null)
  const { isNear, width } = useNear(box)
  const { data, error, refetch, series, shown } = useHistory({ metric, labels, range, enabled: isNear })
  const definition = names.definitions.get(metric)
  const own = useMemo(() => series.filter(({ id }) => id === seriesId(labels)), [series, labels])
  const about = useMemo(
    () => alerts.filter((alert) => alert.metric === metric && alert.dimensionKey === dimensionKey),
    [alerts, metric, dimensionKey]
  )
  return (
    <div ref={box} className={styles.chart}>
      <h3 className={styles.chartTitle}>
        <span title={metric}>{definition?.displayName ?? metric}</span>{" "}
        <span className={styles.quiet}>
          <LabelText labels={labels} />
        </span>
      </h3>
      {data === undefined ? (
        error === null ? (
          <Skeleton height={HEIGHT} />
        ) : (
          <ErrorState title="The points could not be loaded." error={error} onRetry={refetch} />
        )
      ) : (
        <Chart
          label={`${metric} of ${dimensionKey}`}
          series={own}
          range={{ from: fixed ? range.from : shown.from, to: shown.to }}
          unit={definition?.unit ?? ""}
          height={HEIGHT}
          legend="none"
          syncKey="incident"
          paused={!isNear}
          firstWidth={width}
          spans={about.map(({ endTime, severity, startTime }) => ({
            from: millisOf(startTime),
            to: endTime === null ? null : millisOf(endTime),
            severity
          }))}
          thresholds={limitsFor(about, names)}
          onZoom={onZoom}
        />
      )}
    </div>
  )
}

/** Of the rules as they are, where they are still those that opened the alerts. */
const limitsFor = (alerts: ReadonlyArray<Alert>, { rules }: Names) => {
  const limits = alerts.flatMap(({ ruleId, ruleRevision, severity }) => {
    const rule = rules.get(ruleId ?? "")
    return rule === undefined || rule.version !== ruleRevision ? [] : limitsOf(rule, severity)
  })
  return Array.from(new Map(limits.map((limit) => [JSON.stringify(limit), limit])).values())
}

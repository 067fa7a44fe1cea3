import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from "react"
import uPlot from "uplot"
import "uplot/dist/uPlot.min.css"
import { formatValue } from "../format/number.ts"
import { useRange } from "../range/RangeContext.tsx"
import { onThemeChange } from "../shell/theme.ts"
import styles from "./Chart.module.css"
import { type ChartSeries, columnsOf } from "./columns.ts"
import { joinCrosshair, tellCrosshair } from "./crosshair.ts"
import { Legend } from "./Legend.tsx"
import type { ChartMark } from "./marks.ts"
import {
  type ChartSpan,
  type ChartTheme,
  type ChartThreshold,
  chartOptions,
  type Overlays,
  readTheme
} from "./options.ts"
import { ThresholdHandles } from "./ThresholdHandles.tsx"

interface ChartProps {
  /** What it shows, for those who listen. */
  readonly label: string
  readonly series: ReadonlyArray<ChartSeries>
  /** What of the time is shown, whether or not there are points. Epoch milliseconds. */
  readonly range: { readonly from: number; readonly to: number }
  readonly unit?: string
  readonly height?: number
  /** Where it is known: asking the browser for it costs a layout. */
  readonly firstWidth?: number
  /** Alerts: tinted from opening to end. */
  readonly spans?: ReadonlyArray<ChartSpan>
  readonly thresholds?: ReadonlyArray<ChartThreshold>
  /** Points that stand out. The same array while they are the same. */
  readonly marks?: ReadonlyArray<ChartMark>
  /** Limits can be dragged, and moved by keyboard: which one of them, where to, and a name for each. */
  readonly onThreshold?: (index: number, value: number) => void
  readonly thresholdName?: (index: number) => string
  /** Charts of one key share the crosshair. */
  readonly syncKey?: string
  /** A table with last, min and max, or a line of names with the last. */
  readonly legend?: "table" | "line" | "none"
  /** Not in sight: the crosshair of others does not move here. */
  readonly paused?: boolean
  /** Dragging over it; absent: the page's range becomes what was dragged over. */
  readonly onZoom?: (from: number, to: number) => void
}

/** The one chart: lines of averages with bands from min to max, gaps as gaps, no animation. */
export const Chart = (props: ChartProps) => {
  const {
    height = 180,
    label,
    legend = "table",
    range,
    series,
    spans = [],
    syncKey,
    thresholds = [],
    unit = ""
  } = props
  const { marks = NO_MARKS } = props
  const { setCustom } = useRange()
  const box = useRef<HTMLDivElement>(null)
  const cursorListener = useRef<(index: number | null) => void>(() => {})
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const columns = useMemo(() => columnsOf(series), [series])
  const overlays = useRef<Overlays>({ spans, thresholds, marks })
  const held = useRef<readonly [number, number] | null>(null)
  overlays.current = { spans, thresholds, marks, held: held.current }
  const zoom = useRef(setCustom)
  zoom.current = props.onZoom ?? setCustom
  const chart = usePlot({
    box,
    series,
    unit,
    height,
    firstWidth: props.firstWidth ?? 0,
    overlays: useCallback(() => overlays.current, []),
    onZoom: useCallback((from: number, to: number) => zoom.current(from, to), []),
    onCursor: useCallback(
      (plot: uPlot, index: number | null) => {
        cursorListener.current(index)
        if (syncKey !== undefined) tellCrosshair(syncKey, plot)
      },
      [syncKey]
    )
  })
  useCrosshair(chart, syncKey, props.paused ?? false)
  const overlayKey = JSON.stringify([spans, thresholds])
  // What is drawn beside the lines is read while drawing: it only says when.
  useEffect(() => {
    if (chart === null) return
    draw(chart, columns, range, series, hidden)
  }, [chart, columns, range.from, range.to, hidden, overlayKey, marks])

  const isEmpty = columns.times.length === 0
  return (
    <figure className={styles.chart} aria-label={label}>
      <div className={styles.stage}>
        <div ref={box} className={styles.canvas} style={{ height }} role="img" aria-label={label}>
          {isEmpty && <div className={styles.empty}>No points in this time</div>}
        </div>
        {chart !== null && props.onThreshold !== undefined && (
          <ThresholdHandles
            chart={chart}
            thresholds={thresholds}
            nameOf={props.thresholdName ?? ((index) => `Limit ${index + 1}`)}
            format={(value) => formatValue(value, unit)}
            onMove={props.onThreshold}
            onHold={(values) => {
              held.current = values
              overlays.current = { ...overlays.current, held: values }
              chart.redraw(false, true)
            }}
          />
        )}
      </div>
      {legend !== "none" && !isEmpty && (
        <Legend
          brief={legend === "line"}
          series={series}
          columns={columns}
          range={range}
          format={(value) => formatValue(value, unit)}
          hidden={hidden}
          onHidden={setHidden}
          onCursor={(listener) => {
            cursorListener.current = listener
          }}
        />
      )}
    </figure>
  )
}

const NO_MARKS: ReadonlyArray<ChartMark> = []

/** Moved on a hundred charts at once it would be slow, and is seen on ten. */
const useCrosshair = (chart: uPlot | null, syncKey: string | undefined, paused: boolean): void => {
  useEffect(() => {
    if (chart !== null && syncKey !== undefined && !paused) return joinCrosshair(syncKey, chart)
    return undefined
  }, [chart, syncKey, paused])
}

/** Bands of more lines than these are one grey mass. */
const BANDED = 4

const draw = (
  chart: uPlot,
  { times, series: values }: ReturnType<typeof columnsOf>,
  { from, to }: ChartProps["range"],
  series: ReadonlyArray<ChartSeries>,
  hidden: ReadonlySet<string>
): void => {
  const data = [times, ...values.flatMap(({ avg, max, min }) => [avg, max, min])] as uPlot.AlignedData
  chart.batch(() => {
    // Before anything is hidden: without points that would fix the scale of the values.
    chart.setData(data, false)
    series.forEach(({ id }, index) => {
      const line = !hidden.has(id)
      const band = line && series.length <= BANDED && values[index]!.hasBand
      const place = 3 * index + 1
      if (chart.series[place]?.show !== line) chart.setSeries(place, { show: line })
      if (chart.series[place + 1]?.show === band) return
      for (const edge of [place + 1, place + 2]) chart.setSeries(edge, { show: band })
    })
    chart.setScale("x", { min: from, max: to })
  })
}

interface PlotOptions {
  readonly box: { readonly current: HTMLDivElement | null }
  readonly series: ReadonlyArray<ChartSeries>
  readonly unit: string
  readonly height: number
  readonly firstWidth: number
  readonly overlays: () => Overlays
  readonly onZoom: (from: number, to: number) => void
  readonly onCursor: (chart: uPlot, index: number | null) => void
}

/** A plot is made anew when its series or the theme are others; points, times and sizes change in place. */
const usePlot = ({ box, series, unit, height, firstWidth, overlays, onZoom, onCursor }: PlotOptions): uPlot | null => {
  const [made, setMade] = useState<{ readonly plot: uPlot; readonly shape: string } | null>(null)
  const known = useRef(firstWidth)
  known.current = firstWidth
  const theme = useSyncExternalStore(onThemeChange, themeKey)
  const shape = useMemo(
    () => JSON.stringify(series.map(({ id, name, color, reference }) => ({ id, name, color, reference, points: [] }))),
    [series]
  )
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const shapes = JSON.parse(shape) as ReadonlyArray<ChartSeries>
    const width = known.current || element.clientWidth || 300
    const options = { series: shapes, unit, theme: themeOf(theme), width, height }
    const empty = [[], ...shapes.flatMap(() => [[], [], []])] as unknown as uPlot.AlignedData
    const plot = new uPlot(chartOptions({ ...options, overlays, onZoom, onCursor }), empty, element)
    setMade({ plot, shape })
    const observer = new ResizeObserver(([entry]) => {
      const next = Math.round(entry?.contentRect.width ?? 0)
      if (next > 0 && next !== plot.width) plot.setSize({ width: next, height })
    })
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
      setMade(null)
    }
  }, [shape, unit, height, theme, overlays, onZoom, onCursor, box])
  // One that was made for other series cannot take the points of these.
  return made?.shape === shape ? made.plot : null
}

const isDark = window.matchMedia("(prefers-color-scheme: dark)")
const themeKey = (): string => `${document.documentElement.dataset.theme ?? ""} ${isDark.matches}`

let known: { readonly key: string; readonly theme: ChartTheme } | null = null
/** Read once for all charts: each reading has the browser compute its styles. */
const themeOf = (key: string): ChartTheme => {
  if (known?.key !== key) known = { key, theme: readTheme(document.documentElement) }
  return known.theme
}

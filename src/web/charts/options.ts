/** How every chart looks: read from the tokens, so that a theme is one place. */
import type uPlot from "uplot"
import { formatValue } from "../format/number.ts"
import { formatClock, formatDay } from "../format/time.ts"
import { type ChartSeries, valueRange } from "./columns.ts"
import { type ChartMark, drawMarks } from "./marks.ts"

export interface ChartSpan {
  readonly from: number
  /** null: not over yet. */
  readonly to: number | null
  readonly severity: "Warning" | "Critical"
}

export interface ChartThreshold {
  readonly value: number
  readonly severity: "Warning" | "Critical"
  readonly side: "above" | "below"
  /** Where a breach is over: a fainter line, with nothing tinted beyond it. */
  readonly recovers?: boolean
}

/** What is drawn beside the lines; read anew at every drawing. */
export interface Overlays {
  readonly spans: ReadonlyArray<ChartSpan>
  readonly thresholds: ReadonlyArray<ChartThreshold>
  readonly marks?: ReadonlyArray<ChartMark>
  /** The values that are shown stay while a limit is dragged: it would run away from the pointer. */
  readonly held?: readonly [min: number, max: number] | null
}

export interface ChartTheme {
  readonly page: string
  readonly text: string
  readonly line: string
  readonly strong: string
  readonly series: ReadonlyArray<string>
  readonly Critical: string
  readonly Warning: string
  readonly font: string
}

export const SERIES_COLORS = 8

export const readTheme = (element: Element): ChartTheme => {
  const style = getComputedStyle(element)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  return {
    page: token("page"),
    text: token("text-3"),
    line: token("line"),
    strong: token("line-strong"),
    series: Array.from({ length: SERIES_COLORS }, (_, index) => token(`series-${index + 1}`)),
    Critical: token("critical-fill"),
    Warning: token("warning-fill"),
    font: `12px ${token("font")}`
  }
}

interface ChartOptions {
  readonly series: ReadonlyArray<ChartSeries>
  readonly unit: string
  readonly theme: ChartTheme
  readonly width: number
  readonly height: number
  readonly overlays: () => Overlays
  readonly onZoom: (from: number, to: number) => void
  readonly onCursor: (chart: uPlot, index: number | null) => void
}

/** Per series three columns: the line, and the upper and lower edge of its band. */
export const chartOptions = (options: ChartOptions): uPlot.Options => {
  const { height, overlays, onCursor, onZoom, series, theme, unit, width } = options
  return {
    width,
    height,
    ms: 1,
    legend: { show: false },
    // To the right half of the last time must fit.
    padding: [8, 18, 0, 0],
    cursor: {
      y: false,
      drag: { x: true, y: false, setScale: false },
      points: { size: 6 }
    },
    scales: {
      x: { time: true },
      y: { range: (_, low, high) => valuesShown(low, high, unit, overlays()) }
    },
    axes: [axisOfTime(theme), axisOfValue(theme, unit)],
    series: [{}, ...series.flatMap((one, index) => linesOf(one, colorOf(one, index, theme)))],
    bands: series.map((one, index) => ({
      series: [3 * index + 2, 3 * index + 3],
      fill: faint(colorOf(one, index, theme), 0.16)
    })),
    hooks: {
      drawClear: [(chart) => drawSpans(chart, overlays().spans, theme)],
      draw: [
        (chart) => drawThresholds(chart, overlays().thresholds, theme),
        (chart) => drawMarks(chart, overlays().marks ?? [], theme)
      ],
      setCursor: [(chart) => onCursor(chart, chart.cursor.idx ?? null)],
      setSelect: [
        (chart) => {
          const { left, width: selected } = chart.select
          if (selected < 4) return
          onZoom(chart.posToVal(left, "x"), chart.posToVal(left + selected, "x"))
          chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false)
        }
      ]
    }
  }
}

export const colorOf = ({ color }: ChartSeries, index: number, { series }: ChartTheme): string =>
  series[(color ?? index) % SERIES_COLORS] ?? "#888888"

/** #rrggbb with an alpha. */
const faint = (color: string, alpha: number): string =>
  `${color}${Math.round(alpha * 255)
    .toString(16)
    .padStart(2, "0")}`

const linesOf = ({ name, reference = false }: ChartSeries, color: string): Array<uPlot.Series> => [
  {
    label: name,
    stroke: reference ? faint(color, 0.6) : color,
    width: reference ? 1 : 1.5,
    ...(reference && { dash: [4, 4] }),
    points: { show: false }
  },
  { label: `${name} max`, width: 0, show: false, points: { show: false } },
  { label: `${name} min`, width: 0, show: false, points: { show: false } }
]

const axisOfTime = (theme: ChartTheme): uPlot.Axis => ({
  stroke: theme.text,
  font: theme.font,
  size: 28,
  gap: 6,
  space: 72,
  grid: { show: false },
  ticks: { stroke: theme.line, width: 1, size: 4 },
  border: { show: true, stroke: theme.line, width: 1 },
  values: (_, splits, __, ___, increment) =>
    splits.map((time, index) => {
      const isNewDay = index > 0 && formatDay(time) !== formatDay(splits[index - 1]!)
      if (increment >= 86_400_000 || isNewDay) return formatDay(time).slice(5)
      return formatClock(time, increment < 60_000)
    })
})

const axisOfValue = (theme: ChartTheme, unit: string): uPlot.Axis => ({
  stroke: theme.text,
  font: theme.font,
  // Of one width whatever the unit, so that charts below each other have one time axis.
  size: 68,
  gap: 8,
  ...(/byte/i.test(unit) && { incrs: BINARY_STEPS }),
  space: 36,
  grid: { stroke: theme.line, width: 1 },
  ticks: { show: false },
  values: (_, splits) => splits.map((value) => formatValue(value, unit))
})

/** 1, 2, 5, 10 … 500 of each binary unit: what is named in KiB is cut in KiB. */
const BINARY_STEPS = [0, 1, 2, 3, 4].flatMap((exponent) =>
  [1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step * 1_024 ** exponent)
)

/** Limits are in sight, too; without points they are all there is. */
const valuesShown = (
  low: number | null,
  high: number | null,
  unit: string,
  { held, thresholds }: Overlays
): [number, number] => {
  if (held !== undefined && held !== null) return [held[0], held[1]]
  const values = thresholds.map(({ value }) => value)
  const [min, max] =
    low === null && values.length > 0
      ? valueRange(Math.min(0, ...values), Math.max(...values), unit)
      : valueRange(low, high, unit)
  const air = (max - min) * 0.05
  return [Math.min(min, ...values.map((value) => value - air)), Math.max(max, ...values.map((value) => value + air))]
}

const drawSpans = (chart: uPlot, spans: ReadonlyArray<ChartSpan>, theme: ChartTheme): void => {
  const { ctx } = chart
  const { left, top, width, height } = chart.bbox
  ctx.save()
  for (const { from, to, severity } of spans) {
    const start = Math.max(left, chart.valToPos(from, "x", true))
    const end = Math.min(left + width, to === null ? left + width : chart.valToPos(to, "x", true))
    if (end < left || start > left + width) continue
    ctx.fillStyle = faint(theme[severity], 0.1)
    ctx.fillRect(start, top, Math.max(2, end - start), height)
    ctx.fillStyle = theme[severity]
    ctx.fillRect(start, top, Math.max(2, end - start), 2 * devicePixelRatio)
  }
  ctx.restore()
}

const drawThresholds = (chart: uPlot, thresholds: ReadonlyArray<ChartThreshold>, theme: ChartTheme): void => {
  const { ctx } = chart
  const { left, top, width, height } = chart.bbox
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  for (const { value, severity, side, recovers = false } of thresholds) {
    const at = chart.valToPos(value, "y", true)
    ctx.fillStyle = faint(theme[severity], recovers ? 0 : 0.05)
    if (side === "above") ctx.fillRect(left, top, width, Math.max(0, at - top))
    else ctx.fillRect(left, at, width, Math.max(0, top + height - at))
    ctx.strokeStyle = recovers ? faint(theme[severity], 0.6) : theme[severity]
    ctx.lineWidth = devicePixelRatio
    ctx.setLineDash((recovers ? [1, 4] : [6, 4]).map((length) => length * devicePixelRatio))
    ctx.beginPath()
    ctx.moveTo(left, at)
    ctx.lineTo(left + width, at)
    ctx.stroke()
  }
  ctx.restore()
}

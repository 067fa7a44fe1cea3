import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from "react"
import type uPlot from "uplot"
import { classes } from "../ui/classes.ts"
import type { ChartThreshold } from "./options.ts"
import { stepOf, toStep } from "./steps.ts"
import styles from "./ThresholdHandles.module.css"

interface ThresholdHandlesProps {
  readonly chart: uPlot
  readonly thresholds: ReadonlyArray<ChartThreshold>
  readonly nameOf: (index: number) => string
  readonly format: (value: number) => string
  readonly onMove: (index: number, value: number) => void
  /** From taking a limit to letting it go the chart shows these values. */
  readonly onHold: (values: readonly [min: number, max: number] | null) => void
}

/** The lines of limits as something to take: with the pointer, or with the arrow keys (ten steps with Shift). */
export const ThresholdHandles = ({ chart, thresholds, nameOf, format, onMove, onHold }: ThresholdHandlesProps) => {
  const { left, top, width, height, min, max } = usePlotArea(chart)
  if (width === 0) return null
  return (
    <div className={styles.layer} style={{ left, top, width, height }}>
      {thresholds.map((threshold, index) => (
        <Handle
          // A limit is the one at its place: its value changes while it is dragged.
          key={index}
          threshold={threshold}
          name={nameOf(index)}
          chart={chart}
          min={min}
          max={max}
          format={format}
          onMove={(value) => onMove(index, value)}
          onHold={onHold}
        />
      ))}
    </div>
  )
}

interface HandleProps {
  readonly threshold: ChartThreshold
  readonly name: string
  readonly chart: uPlot
  readonly min: number
  readonly max: number
  readonly format: (value: number) => string
  readonly onMove: (value: number) => void
  readonly onHold: (values: readonly [min: number, max: number] | null) => void
}

const Handle = ({ threshold, name, chart, min, max, format, onMove, onHold }: HandleProps) => {
  const { value, severity, recovers = false } = threshold
  const [held, setHeld] = useState(false)
  const offset = useRef(0)
  const step = stepOf(min, max)
  const height = chart.over.clientHeight
  const place = Math.max(0, Math.min(height, chart.valToPos(value, "y")))
  const yOf = (event: PointerEvent) => event.clientY - chart.over.getBoundingClientRect().top
  const take = (event: PointerEvent<HTMLElement>) => {
    if (event.button !== 0) return
    event.preventDefault()
    event.currentTarget.focus()
    event.currentTarget.setPointerCapture(event.pointerId)
    offset.current = yOf(event) - place
    onHold([min, max])
    setHeld(true)
  }
  const move = (event: PointerEvent) => {
    if (held) onMove(toStep(chart.posToVal(yOf(event) - offset.current, "y"), step))
  }
  const letGo = () => {
    if (!held) return
    setHeld(false)
    onHold(null)
  }
  const press = (event: KeyboardEvent) => {
    const direction = { ArrowUp: 1, ArrowRight: 1, PageUp: 10, ArrowDown: -1, ArrowLeft: -1, PageDown: -10 }[event.key]
    if (direction === undefined) return
    event.preventDefault()
    onMove(toStep(value + direction * step * (event.shiftKey ? 10 : 1), step))
  }
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={name}
      aria-orientation="vertical"
      aria-valuemin={Math.min(min, value)}
      aria-valuemax={Math.max(max, value)}
      aria-valuenow={value}
      aria-valuetext={format(value)}
      className={classes(styles.handle, styles[severity], recovers && styles.recovers)}
      data-held={held || undefined}
      style={{ top: place }}
      onPointerDown={take}
      onPointerMove={move}
      onPointerUp={letGo}
      onPointerCancel={letGo}
      onKeyDown={press}
    >
      <span className={styles.value} aria-hidden>
        {format(value)}
      </span>
    </div>
  )
}

interface PlotArea {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly min: number
  readonly max: number
}

/** Where the lines are drawn, and of which values: known anew after each drawing. */
const usePlotArea = (chart: uPlot): PlotArea => {
  const [area, setArea] = useState<PlotArea>(() => areaOf(chart))
  useEffect(() => {
    const look = () => {
      const next = areaOf(chart)
      setArea((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next))
    }
    const before = chart.hooks.draw
    chart.hooks.draw = [...(before ?? []), look]
    look()
    return () => {
      if (before === undefined) delete chart.hooks.draw
      else chart.hooks.draw = before
    }
  }, [chart])
  return area
}

const areaOf = ({ over, scales }: uPlot): PlotArea => ({
  left: over.offsetLeft,
  top: over.offsetTop,
  width: over.clientWidth,
  height: over.clientHeight,
  min: scales.y?.min ?? 0,
  max: scales.y?.max ?? 1
})

/**
 * One crosshair for the charts of a page, by time. uPlot's own would ask the browser where each chart is, between
 * writing to one and to the next: a layout for each while the page is scrolled.
 */
import type uPlot from "uplot"
import { inFrame, notInFrame } from "./frames.ts"

interface Group {
  readonly moves: Map<uPlot, () => void>
  /** The one under the pointer. */
  pointed: uPlot | null
  /** null: the pointer is on none of them. */
  time: number | null
}

const groups = new Map<string, Group>()

/** From here on the chart shows the crosshair of its group, and moves it; the answer ends that. */
export const joinCrosshair = (key: string, chart: uPlot): (() => void) => {
  const group = groups.get(key) ?? { moves: new Map(), pointed: null, time: null }
  groups.set(key, group)
  const move = () => {
    if (group.pointed === chart) return
    const left = group.time === null ? -10 : chart.valToPos(group.time, "x")
    chart.setCursor({ left, top: left < 0 ? -10 : 0 })
  }
  const enter = () => {
    group.pointed = chart
  }
  const leave = () => {
    group.pointed = null
    group.time = null
    moveAll(group)
  }
  group.moves.set(chart, move)
  chart.over.addEventListener("mouseenter", enter)
  chart.over.addEventListener("mouseleave", leave)
  return () => {
    if (group.pointed === chart) leave()
    group.moves.delete(chart)
    notInFrame(move)
    chart.over.removeEventListener("mouseenter", enter)
    chart.over.removeEventListener("mouseleave", leave)
  }
}

/** The chart's own crosshair has moved. */
export const tellCrosshair = (key: string, chart: uPlot): void => {
  const group = groups.get(key)
  const left = chart.cursor.left ?? -1
  if (group === undefined || group.pointed !== chart || left < 0) return
  group.time = chart.posToVal(left, "x")
  moveAll(group)
}

const moveAll = ({ moves }: Group): void => {
  for (const move of moves.values()) inFrame(move)
}

/** The lines of a sparkline as SVG paths. */
import { type ChartPoint, usualDistance } from "./columns.ts"

export const BOX = { width: 120, height: 22 }

/** A pause so many times as long as usual ends a line. */
const GAP = 3.5
/** Nothing is drawn at the very edge, where half of the line would be cut off. */
const EDGE = 1

interface Paths {
  readonly line: string
  readonly area: string
}

/** One line for each stretch without a gap, from zero up to `max` or the largest average; and what is below it. */
export const sparkline = (points: ReadonlyArray<ChartPoint>, from: number, to: number, max?: number): Paths => {
  const top = Math.max(max ?? 0, ...points.map(([, , value]) => value)) || 1
  const longest = usualDistance(points) * GAP
  const shown = points.filter(([time]) => time >= from && time <= to)
  let line = ""
  let area = ""
  let x = ""
  shown.forEach(([time, , value], index) => {
    const before = shown[index - 1]?.[0]
    const isNew = before === undefined || time - before > longest
    if (isNew && index > 0) area += `L${x} ${BOX.height}Z`
    x = (((time - from) / (to - from)) * BOX.width).toFixed(1)
    const y = (BOX.height - EDGE - (Math.max(0, value) / top) * (BOX.height - 2 * EDGE)).toFixed(1)
    line += `${isNew ? "M" : "L"}${x} ${y}`
    area += isNew ? `M${x} ${BOX.height}L${x} ${y}` : `L${x} ${y}`
  })
  return { line, area: area === "" ? "" : `${area}L${x} ${BOX.height}Z` }
}

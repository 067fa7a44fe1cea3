/** The lines of a sparkline, in pixels. */
import { type ChartPoint, usualDistance } from "./columns.ts"

export interface Box {
  readonly width: number
  readonly height: number
}

type Pixel = readonly [x: number, y: number]

/** A pause so many times as long as usual ends a line. */
const GAP = 3.5
/** Nothing is drawn at the very edge, where half of the line would be cut off. */
const EDGE = 1

/** One line for each stretch without a gap, from zero up to `max` or the largest average. */
export const sparkline = (
  points: ReadonlyArray<ChartPoint>,
  { from, to }: { readonly from: number; readonly to: number },
  { width, height }: Box,
  max?: number
): ReadonlyArray<ReadonlyArray<Pixel>> => {
  const top = Math.max(max ?? 0, ...points.map(([, , value]) => value)) || 1
  const longest = usualDistance(points) * GAP
  const lines: Array<Array<Pixel>> = []
  let before = Number.NEGATIVE_INFINITY
  for (const [time, , value] of points) {
    if (time < from || time > to) continue
    if (time - before > longest || lines.length === 0) lines.push([])
    before = time
    const x = ((time - from) / (to - from)) * width
    const y = height - EDGE - (Math.max(0, value) / top) * (height - 2 * EDGE)
    lines.at(-1)!.push([x, y])
  }
  return lines
}

/** Series as uPlot wants them: one column of times for all, one of values each. */

/** `[timeMillis, min, avg, max]` of a bucket; of a raw point the three are one. */
export type ChartPoint = readonly [timeMillis: number, min: number, avg: number, max: number]

export interface ChartSeries {
  /** Stays the same while the series does. */
  readonly id: string
  readonly name: string
  /** By time. */
  readonly points: ReadonlyArray<ChartPoint>
  /** Of the palette, 0 to 7; its place among the others where absent. */
  readonly color?: number
  /** Something to compare with: drawn dashed and behind. */
  readonly reference?: boolean
}

export type Values = Array<number | null | undefined>

export interface Columns {
  readonly times: Array<number>
  /** Per series: average, and the band of min and max. */
  readonly series: ReadonlyArray<ColumnsOfSeries>
}

interface ColumnsOfSeries {
  readonly avg: Values
  readonly min: Values
  readonly max: Values
  /** Of raw points the three are one, and there is nothing to draw between them. */
  readonly hasBand: boolean
}

/** A pause so many times as long as usual is a gap, and drawn as one. */
const GAP = 3.5

/**
 * Times at which a series has nothing are `undefined` (the line goes on), a gap is `null` at a time of its own (the
 * line ends).
 */
export const columnsOf = (series: ReadonlyArray<ChartSeries>): Columns => {
  const gaps = series.map(({ points }) => gapsOf(points))
  const all = new Set<number>()
  series.forEach(({ points }, index) => {
    for (const [time] of points) all.add(time)
    for (const time of gaps[index]!) all.add(time)
  })
  const times = Array.from(all).sort((a, b) => a - b)
  const places = new Map(times.map((time, index) => [time, index]))
  return { times, series: series.map(({ points }, index) => valuesOf(points, gaps[index]!, places)) }
}

const valuesOf = (
  points: ReadonlyArray<ChartPoint>,
  gaps: ReadonlyArray<number>,
  places: ReadonlyMap<number, number>
): ColumnsOfSeries => {
  const avg: Values = new Array(places.size).fill(undefined)
  const min: Values = avg.slice()
  const max: Values = avg.slice()
  let hasBand = false
  for (const [time, low, middle, high] of points) {
    if (low !== high) hasBand = true
    const place = places.get(time)!
    avg[place] = middle
    min[place] = low
    max[place] = high
  }
  for (const time of gaps) {
    const place = places.get(time)!
    if (avg[place] !== undefined) continue
    avg[place] = null
    min[place] = null
    max[place] = null
  }
  return { avg, min, max, hasBand }
}

/** A moment inside each gap. */
const gapsOf = (points: ReadonlyArray<ChartPoint>): ReadonlyArray<number> => {
  const usual = usualDistance(points)
  const gaps: Array<number> = []
  // Minutes of history may stand before seconds: what is usual there is not what is usual all over.
  let lately = Math.min(distanceTo(points, 1), distanceTo(points, 2))
  for (let index = 1; index < points.length; index++) {
    const before = points[index - 1]![0]
    const distance = points[index]![0] - before
    const expected = Math.max(usual, lately)
    if (distance > expected * GAP) gaps.push(before + Math.max(1, Math.round(expected)))
    else lately = distance
  }
  return gaps
}

const distanceTo = (points: ReadonlyArray<ChartPoint>, index: number): number =>
  (points[index]?.[0] ?? Number.POSITIVE_INFINITY) - (points[index - 1]?.[0] ?? 0)

/** Median distance of neighbours, of a few hundred of them. Milliseconds; Infinity where there are none. */
export const usualDistance = (points: ReadonlyArray<ChartPoint>): number => {
  const step = Math.max(1, Math.floor(points.length / 200))
  const distances: Array<number> = []
  for (let index = 1; index < points.length; index += step) distances.push(points[index]![0] - points[index - 1]![0])
  distances.sort((a, b) => a - b)
  return distances[Math.floor(distances.length / 2)] ?? Number.POSITIVE_INFINITY
}

export interface Summary {
  readonly last: number
  readonly min: number
  readonly max: number
}

/** Of the points in [from, to]; null where there are none. */
export const summaryOf = (points: ReadonlyArray<ChartPoint>, from: number, to: number): Summary | null => {
  let summary: Summary | null = null
  for (const [time, min, avg, max] of points) {
    if (time < from || time > to) continue
    summary =
      summary === null
        ? { last: avg, min, max }
        : { last: avg, min: Math.min(summary.min, min), max: Math.max(summary.max, max) }
  }
  return summary
}

/** From zero where that does not flatten what there is to see; a little air above. */
export const valueRange = (low: number | null, high: number | null, unit: string): [number, number] => {
  if (low === null || high === null || !Number.isFinite(low) || !Number.isFinite(high)) return [0, 1]
  if (unit === "percent" && low >= 0 && high <= 100) return [0, high > 75 ? 100 : Math.max(5, high * 1.15)]
  const span = high - low
  const min = low >= 0 && span >= high * 0.15 ? 0 : low - (span || Math.abs(low) || 1) * 0.1
  const max = high + (high - min || Math.abs(high) || 1) * 0.1
  return low >= 0 ? [Math.max(0, min), max] : [min, max]
}

/**
 * History answers from points and rollups. What makes them seamless: every point is in exactly one part, and buckets
 * add up. A bucket that the seam between two parts cuts through is computed on either side and put together again.
 */
import type { HistoryPoint, HistoryRequest, HistorySeries, HistorySpan, Resolution } from "./History.ts"
import type { Labels } from "./Identity.ts"

/** What is known of the points of one bucket. A point by itself is a bucket too. */
export interface Rollup {
  readonly startMillis: number
  readonly min: number
  readonly max: number
  readonly sum: number
  readonly count: number
  /** Value of the newest point. */
  readonly last: number
}

/** What one tier knows of a series in [fromMillis, toMillis): rollups in time order, their starts within. */
export interface HistoryPart {
  readonly fromMillis: number
  readonly toMillis: number
  readonly resolution: Resolution
  readonly rollups: ReadonlyArray<Rollup>
  /** Why they are not at hand. */
  readonly missing?: string
}

/** The steps that are tried where none is asked for. Each divides a day or is made of days. */
const STEPS: ReadonlyArray<number> = [
  ...[1, 2, 5, 10, 15, 20, 30].map((seconds) => seconds * 1_000),
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * 3_600_000),
  ...[1, 2, 5, 10, 20, 50].map((days) => days * 86_400_000)
]

const RESOLUTION_MILLIS = { raw: 1, "1m": 60_000, "5m": 300_000 } as const

/**
 * The answer for one series. `parts` are in time order and do not overlap; each must reach back to `fromMillis` of the
 * request and on to `readTo`, as far as its tier goes. Where no step is asked for: the points as they are kept if these
 * are at most `maxPoints`, else the finest of the usual steps that gives no more.
 */
export const answerSeries = (
  metric: string,
  labels: Labels,
  parts: ReadonlyArray<HistoryPart>,
  request: HistoryRequest,
  maxPoints: number
): HistorySeries => {
  let buckets = bucketsOf(parts, request, request.stepMillis ?? 1)
  if (request.stepMillis === null) {
    for (const step of STEPS) {
      if (buckets.length <= maxPoints) break
      buckets = bucketsOf(parts, request, step)
    }
  }
  return { metric, labels, spans: spansOf(parts, request), points: buckets.map(pointOf) }
}

/**
 * What begins before this (points, rollups) makes every bucket whole, also the last one, which may end behind
 * `toMillis`.
 */
export const readTo = ({ fromMillis, toMillis, stepMillis }: HistoryRequest, maxPoints: number): number => {
  const fits = (step: number) => alignUp(toMillis, step) - alignUp(fromMillis, step) <= maxPoints * step
  return toMillis + (stepMillis ?? STEPS.find(fits) ?? STEPS.at(-1)!)
}

/** The part that the RAM tier has; `missing` says why older points are not at hand yet. */
export const rawParts = (
  points: { readonly timestamps: Float64Array; readonly values: Float64Array; readonly missing: string | null },
  request: HistoryRequest
): ReadonlyArray<HistoryPart> => {
  const { fromMillis, toMillis } = request
  const rollups = Array.from(points.timestamps, (startMillis, i): Rollup => {
    const value = points.values[i]!
    return { startMillis, min: value, max: value, sum: value, count: 1, last: value }
  })
  if (points.missing === null) return [{ fromMillis, toMillis, resolution: "raw", rollups }]
  const heldFrom = points.timestamps[0] ?? toMillis
  return [
    { fromMillis, toMillis: heldFrom, resolution: "raw", rollups: [], missing: points.missing },
    { fromMillis: heldFrom, toMillis, resolution: "raw", rollups }
  ]
}

/** Rollups put together in buckets aligned to the epoch; a step of no more than they have leaves them as they are. */
export const coarsen = (rollups: ReadonlyArray<Rollup>, stepMillis: number): ReadonlyArray<Rollup> => {
  const buckets: Array<Rollup> = []
  for (const rollup of rollups) {
    const startMillis = alignDown(rollup.startMillis, stepMillis)
    const bucket = buckets.at(-1)
    if (bucket?.startMillis === startMillis) buckets[buckets.length - 1] = add(bucket, rollup)
    else buckets.push({ ...rollup, startMillis })
  }
  return buckets
}

/** Two lists of buckets, each in time order, as one; of one start, `later` has the newer points. */
export const mergeRollups = (earlier: ReadonlyArray<Rollup>, later: ReadonlyArray<Rollup>): ReadonlyArray<Rollup> => {
  const merged: Array<Rollup> = []
  let i = 0
  let j = 0
  while (i < earlier.length && j < later.length) {
    const a = earlier[i]!
    const b = later[j]!
    if (a.startMillis <= b.startMillis) i++
    if (b.startMillis <= a.startMillis) j++
    merged.push(a.startMillis === b.startMillis ? add(a, b) : a.startMillis < b.startMillis ? a : b)
  }
  return [...merged, ...earlier.slice(i), ...later.slice(j)]
}

/** The step of a part: what was asked for, rounded up to what the tier can tell apart. */
const stepOver = (resolution: Resolution, stepMillis: number): number =>
  alignUp(stepMillis, RESOLUTION_MILLIS[resolution])

const bucketsOf = (
  parts: ReadonlyArray<HistoryPart>,
  { fromMillis, toMillis }: HistoryRequest,
  stepMillis: number
): ReadonlyArray<Rollup> =>
  parts
    .map(({ rollups, resolution }) => coarsen(rollups, stepOver(resolution, stepMillis)))
    .reduce(mergeRollups, [])
    .filter(({ startMillis }) => startMillis >= fromMillis && startMillis < toMillis)

const spansOf = (
  parts: ReadonlyArray<HistoryPart>,
  { fromMillis, toMillis }: HistoryRequest
): ReadonlyArray<HistorySpan> =>
  parts
    .map(({ fromMillis: from, missing, resolution, toMillis: to }) => ({
      from: Math.max(from, fromMillis),
      to: Math.min(to, toMillis),
      resolution,
      ...(missing === undefined ? {} : { missing })
    }))
    .filter(({ from, to }) => from < to)

const add = (earlier: Rollup, later: Rollup): Rollup => ({
  startMillis: earlier.startMillis,
  min: Math.min(earlier.min, later.min),
  max: Math.max(earlier.max, later.max),
  sum: earlier.sum + later.sum,
  count: earlier.count + later.count,
  last: later.last
})

/** A sum is rounded, and overflows at 1.8e308: the mean is held between the extremes, where it belongs. */
const pointOf = ({ startMillis, min, max, sum, count }: Rollup): HistoryPoint => {
  const mean = Number.isNaN(sum) ? min / 2 + max / 2 : sum / count
  return [startMillis, min, Math.min(Math.max(mean, min), max), max]
}

const alignDown = (millis: number, step: number): number => Math.floor(millis / step) * step
const alignUp = (millis: number, step: number): number => Math.ceil(millis / step) * step

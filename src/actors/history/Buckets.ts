/**
 * Buckets of an answer from rows of several tiers. What makes them seamless: every point is told of by rows of exactly
 * one tier, and rows add up. A bucket that the seam between two tiers cuts through is computed on either side and put
 * together again. Pure.
 */
import type { HistoryRequest, Resolution } from "../../schema/History.ts"
import { addUp, type RollupColumns, sliceRows } from "../../store/history/Rollups.ts"

/** Rows that one tier brings to the answer for a series, in time order. A raw point by itself is a row, too. */
export interface Part {
  readonly resolution: Resolution
  readonly rows: RollupColumns
}

/** The steps that are tried where none is asked for. Each divides a day or is made of days. */
export const STEPS: ReadonlyArray<number> = [
  ...[1, 2, 5, 10, 15, 20, 30].map((seconds) => seconds * 1_000),
  ...[1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * 60_000),
  ...[1, 2, 3, 4, 6, 8, 12].map((hours) => hours * 3_600_000),
  ...[1, 2, 5, 10, 20, 50].map((days) => days * 86_400_000)
]

export const RESOLUTION_MILLIS: Readonly<Record<Resolution, number>> = { raw: 1, "1m": 60_000, "5m": 300_000 }

/**
 * The buckets of one series, in time order. Where no step is asked for: the rows as they are kept if these are at most
 * `maxPoints`, else the finest of the usual steps that gives no more. `finest`: rows may be coarser than their tier's
 * resolution, and no step is then finer than they are.
 */
export const bucketsOf = (
  parts: ReadonlyArray<Part>,
  request: HistoryRequest,
  maxPoints: number,
  finest = 1
): RollupColumns => {
  if (request.stepMillis !== null) return coarsen(parts, request, request.stepMillis)
  const wanted = parts.map(({ resolution, rows }): Part => ({ resolution, rows: within(rows, request) }))
  for (const step of [1, ...STEPS].filter((one) => one >= finest)) {
    if (leastBuckets(wanted, request, step, maxPoints) > maxPoints) continue
    const buckets = coarsen(parts, request, step)
    if (buckets.count <= maxPoints) return buckets
  }
  return coarsen(parts, request, STEPS.at(-1)!)
}

/**
 * What begins before this (points, rows) makes every bucket whole, also the last one, which may end behind `toMillis`.
 */
export const readTo = ({ fromMillis, toMillis, stepMillis }: HistoryRequest, maxPoints: number): number => {
  const fits = (step: number) => alignUp(toMillis, step) - alignUp(fromMillis, step) <= maxPoints * step
  return toMillis + (stepMillis ?? STEPS.find(fits) ?? STEPS.at(-1)!)
}

/** Points of a series as rows. */
export const rowsOfPoints = (series: number, timestamps: Float64Array, values: Float64Array): RollupColumns => ({
  count: timestamps.length,
  series: new Uint32Array(timestamps.length).fill(series),
  starts: timestamps,
  mins: values,
  maxs: values,
  sums: values,
  counts: new Uint32Array(timestamps.length).fill(1),
  lasts: values,
  lastTimestamps: timestamps
})

/** The step of a part: what was asked for, rounded up to what the tier can tell apart. */
export const stepOver = (resolution: Resolution, stepMillis: number): number =>
  alignUp(stepMillis, RESOLUTION_MILLIS[resolution])

/** The mean of a bucket: a sum is rounded, and overflows at 1.8e308, so it is held between the extremes. */
export const meanOf = (min: number, max: number, sum: number, count: number): number =>
  Number.isNaN(sum) ? min / 2 + max / 2 : Math.min(Math.max(sum / count, min), max)

export const alignDown = (millis: number, step: number): number => Math.floor(millis / step) * step
export const alignUp = (millis: number, step: number): number => Math.ceil(millis / step) * step

const coarsen = (parts: ReadonlyArray<Part>, request: HistoryRequest, stepMillis: number): RollupColumns => {
  const filled = parts.filter(({ rows }) => rows.count > 0)
  const coarse = filled.map(({ resolution, rows }) => addUp([rows], stepOver(resolution, stepMillis)))
  return within(coarse.length === 1 ? coarse[0]! : addUp(coarse, 1), request)
}

/** Those that start in [fromMillis, toMillis). */
const within = (rows: RollupColumns, { fromMillis, toMillis }: HistoryRequest): RollupColumns => {
  const { count, starts } = rows
  let from = 0
  while (from < count && starts[from]! < fromMillis) from++
  let to = count
  while (to > from && starts[to - 1]! >= toMillis) to--
  return sliceRows(rows, from, to)
}

/** No fewer buckets than these come out: those of the part that gives the most; all rows are of the answer. */
const leastBuckets = (parts: ReadonlyArray<Part>, request: HistoryRequest, stepMillis: number, maxPoints: number) => {
  let most = 0
  for (const { resolution, rows } of parts) {
    const width = stepOver(resolution, stepMillis)
    const { count, starts } = rows
    // A bucket has room for so many rows; the first one may begin before the answer does.
    const full = count / (width / RESOLUTION_MILLIS[resolution]) - 1
    most = Math.max(most, full > maxPoints ? full : distinctBuckets(starts, count, width, request.fromMillis))
  }
  return most
}

const distinctBuckets = (starts: Float64Array, count: number, width: number, fromMillis: number): number => {
  let buckets = 0
  let open = Number.NaN
  for (let i = 0; i < count; i++) {
    const start = alignDown(starts[i]!, width)
    if (start === open || start < fromMillis) continue
    open = start
    buckets++
  }
  return buckets
}

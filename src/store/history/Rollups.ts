/**
 * Rollup rows and how they add up. A row tells of some points of one series in one bucket; a bucket may have several
 * rows, from several moves, and what is known of it is all of them added up. Since every point is told of by exactly
 * one row, and adding rows up knows no order, it does not matter where moves cut the journal, in which order late
 * points come, or which rows a compaction has put together already.
 */
import { DecimalSum } from "./DecimalSum.ts"

export const MINUTE_MILLIS = 60_000
export const FIVE_MINUTES_MILLIS = 300_000

/** Points sorted by series, then timestamp; a series has a timestamp once. */
export interface SortedPoints {
  readonly count: number
  readonly series: Uint32Array
  readonly timestamps: Float64Array
  readonly values: Float64Array
}

/**
 * Rollup rows as columns; only the first `count` of each count. `starts` are starts of buckets and `lastTimestamps` the
 * newest points of them, in epoch milliseconds; `lasts` are the values of these.
 */
export interface RollupColumns {
  readonly count: number
  readonly series: Uint32Array
  readonly starts: Float64Array
  readonly mins: Float64Array
  readonly maxs: Float64Array
  readonly sums: Float64Array
  readonly counts: Uint32Array
  readonly lasts: Float64Array
  readonly lastTimestamps: Float64Array
}

/** Rows for points, sorted by series, then start. */
export const rollUp = ({ count, series, timestamps, values }: SortedPoints, widthMillis: number): RollupColumns => {
  const counts = new Uint32Array(count).fill(1)
  const points = { starts: timestamps, mins: values, maxs: values, sums: values, lasts: values }
  return addUp([{ count, series, ...points, counts, lastTimestamps: timestamps }], widthMillis)
}

/**
 * All rows of `parts` added up in buckets of a width that is a multiple of theirs: one row for each, sorted by series,
 * then start. Of two last values with one timestamp, which only lost raw points allow, the one of the earlier part
 * stays.
 */
export const addUp = (parts: ReadonlyArray<RollupColumns>, widthMillis: number): RollupColumns => {
  const { count, counts, lasts, lastTimestamps, maxs, mins, series, starts, sums } = sorted(
    parts.length === 1 ? parts[0]! : concatenate(parts)
  )
  const rows = emptyRows(bucketsOf(series, starts, count, widthMillis))
  const sum = new DecimalSum()
  for (let i = 0, row = 0; i < count; row++) {
    const first = i
    const end = bucketStart(starts[first]!, widthMillis) + widthMillis
    let min = mins[i]!
    let max = maxs[i]!
    let points = 0
    let last = i
    sum.reset()
    for (; i < count && starts[i]! < end && series[i] === series[first]; i++) {
      if (mins[i]! < min) min = mins[i]!
      if (maxs[i]! > max) max = maxs[i]!
      if (lastTimestamps[i]! > lastTimestamps[last]!) last = i
      points += counts[i]!
      sum.add(sums[i]!)
    }
    rows.series[row] = series[first]!
    rows.starts[row] = end - widthMillis
    rows.mins[row] = min
    rows.maxs[row] = max
    rows.sums[row] = sum.sum
    rows.counts[row] = points
    rows.lasts[row] = lasts[last]!
    rows.lastTimestamps[row] = lastTimestamps[last]!
  }
  return rows
}

/** Rows [from, to), without a copy. */
export const sliceRows = (rows: RollupColumns, from: number, to: number): RollupColumns => ({
  count: to - from,
  series: rows.series.subarray(from, to),
  starts: rows.starts.subarray(from, to),
  mins: rows.mins.subarray(from, to),
  maxs: rows.maxs.subarray(from, to),
  sums: rows.sums.subarray(from, to),
  counts: rows.counts.subarray(from, to),
  lasts: rows.lasts.subarray(from, to),
  lastTimestamps: rows.lastTimestamps.subarray(from, to)
})

/** The rows with these indexes, in that order. */
export const selectRows = (rows: RollupColumns, indexes: ArrayLike<number>): RollupColumns => {
  const selected = emptyRows(indexes.length)
  for (const name of COLUMNS) for (let i = 0; i < indexes.length; i++) selected[name][i] = rows[name][indexes[i]!]!
  return selected
}

/** One buffer for all columns: of few rows, eight of them cost more than what is in them. */
export const emptyRows = (count: number): RollupColumns => {
  const buffer = new ArrayBuffer(count * ROW_BYTES)
  const doubles = (column: number) => new Float64Array(buffer, column * count * 8, count)
  const words = (column: number) => new Uint32Array(buffer, (DOUBLES * 8 + column * 4) * count, count)
  return {
    count,
    series: words(0),
    starts: doubles(0),
    mins: doubles(1),
    maxs: doubles(2),
    sums: doubles(3),
    counts: words(1),
    lasts: doubles(4),
    lastTimestamps: doubles(5)
  }
}

export const concatenate = (parts: ReadonlyArray<RollupColumns>): RollupColumns => {
  const all = emptyRows(parts.reduce((count, part) => count + part.count, 0))
  let at = 0
  for (const part of parts) {
    const rows = sliceRows(part, 0, part.count)
    for (const name of COLUMNS) all[name].set(rows[name], at)
    at += part.count
  }
  return all
}

/** The parts as one, without a copy, where each was cut from the same rows right behind the one before; else null. */
export const adjacent = (parts: ReadonlyArray<RollupColumns>): RollupColumns | null => {
  const [first] = parts
  if (first === undefined) return null
  let count = 0
  for (const { count: more, starts } of parts) {
    const isNext = starts.buffer === first.starts.buffer && starts.byteOffset === first.starts.byteOffset + count * 8
    if (!isNext) return null
    count += more
  }
  const doubles = ({ buffer, byteOffset }: Float64Array) => new Float64Array(buffer, byteOffset, count)
  const words = ({ buffer, byteOffset }: Uint32Array) => new Uint32Array(buffer, byteOffset, count)
  return {
    count,
    series: words(first.series),
    starts: doubles(first.starts),
    mins: doubles(first.mins),
    maxs: doubles(first.maxs),
    sums: doubles(first.sums),
    counts: words(first.counts),
    lasts: doubles(first.lasts),
    lastTimestamps: doubles(first.lastTimestamps)
  }
}

export const bucketStart = (timestamp: number, widthMillis: number): number =>
  Math.floor(timestamp / widthMillis) * widthMillis

/** Columns of doubles, and bytes of a row with those of words. */
const DOUBLES = 6
const ROW_BYTES = DOUBLES * 8 + 2 * 4

const COLUMNS = ["series", "starts", "mins", "maxs", "sums", "counts", "lasts", "lastTimestamps"] as const

/** How many buckets there are; times are sorted within each series. */
const bucketsOf = (series: Uint32Array, times: Float64Array, count: number, widthMillis: number): number => {
  let buckets = 0
  let open = Number.NaN
  for (let i = 0; i < count; i++) {
    const start = bucketStart(times[i]!, widthMillis)
    if (start === open && i > 0 && series[i] === series[i - 1]) continue
    open = start
    buckets++
  }
  return buckets
}

const sorted = (rows: RollupColumns): RollupColumns => {
  const { count, series, starts } = rows
  let isSorted = true
  for (let i = 1; i < count && isSorted; i++) {
    isSorted = series[i]! > series[i - 1]! || (series[i] === series[i - 1] && starts[i]! >= starts[i - 1]!)
  }
  if (isSorted) return rows
  const compare = (a: number, b: number) => series[a]! - series[b]! || starts[a]! - starts[b]! || a - b
  return selectRows(rows, Uint32Array.from({ length: count }, (_, i) => i).sort(compare))
}

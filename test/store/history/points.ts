/** Points and rollups one by one, where the tiers have columns; and what rollups should be, said plainly. */
import { bucketStart, type RollupColumns, type SortedPoints } from "../../../src/store/history/Rollups.ts"

/** Series, timestamp, value. */
export type Point = readonly [series: number, timestamp: number, value: number]

export type Row = readonly [
  series: number,
  start: number,
  min: number,
  max: number,
  sum: number,
  count: number,
  last: number,
  lastTimestamp: number
]

export const sortedPoints = (points: ReadonlyArray<Point>): SortedPoints => {
  const sorted = points.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
  return {
    count: sorted.length,
    series: Uint32Array.from(sorted, (point) => point[0]),
    timestamps: Float64Array.from(sorted, (point) => point[1]),
    values: Float64Array.from(sorted, (point) => point[2])
  }
}

export const rowsOf = (rows: RollupColumns): ReadonlyArray<Row> =>
  Array.from({ length: rows.count }, (_, i) => [
    rows.series[i]!,
    rows.starts[i]!,
    rows.mins[i]!,
    rows.maxs[i]!,
    rows.sums[i]!,
    rows.counts[i]!,
    rows.lasts[i]!,
    rows.lastTimestamps[i]!
  ])

/** Rollups of points, of which each series has one for a timestamp. */
export const modelRows = (points: ReadonlyArray<Point>, widthMillis: number): ReadonlyArray<Row> => {
  const buckets = Map.groupBy(points, ([series, time]) => `${series} ${bucketStart(time, widthMillis)}`)
  return [...buckets.values()]
    .map((bucket): Row => {
      const values = bucket.map(([, , value]) => value)
      const [series, newest, last] = bucket.toSorted((a, b) => b[1] - a[1])[0]!
      return [
        series,
        bucketStart(newest, widthMillis),
        Math.min(...values),
        Math.max(...values),
        sumOf(values),
        values.length,
        last,
        newest
      ]
    })
    .toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
}

/** Exact where values have three decimals at most. */
const sumOf = (values: ReadonlyArray<number>): number => {
  const thousandths = values.map((value) => Math.round(value * 1_000))
  const isExact = thousandths.every((whole, i) => whole / 1_000 === values[i])
  return isExact
    ? thousandths.reduce((sum, whole) => sum + whole, 0) / 1_000
    : values.reduce((sum, value) => sum + value)
}

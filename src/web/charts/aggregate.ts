/** Many points as few, and many series as one: over buckets that are aligned to the epoch, as the hub's own are. */
import type { ChartPoint } from "./columns.ts"

export const AGGREGATES = ["none", "avg", "sum", "min", "max"] as const
export type Aggregate = (typeof AGGREGATES)[number]

/** What points of one bucket are together: the extremes, and the mean of the means. By time, as they came. */
export const inBuckets = (points: ReadonlyArray<ChartPoint>, widthMillis: number): ReadonlyArray<ChartPoint> => {
  const buckets: Array<ChartPoint> = []
  let count = 0
  for (const [time, min, avg, max] of points) {
    const start = Math.floor(time / widthMillis) * widthMillis
    const last = buckets.at(-1)
    if (last === undefined || last[0] !== start) {
      buckets.push([start, min, avg, max])
      count = 1
      continue
    }
    count++
    const mean = last[2] + (avg - last[2]) / count
    buckets[buckets.length - 1] = [start, Math.min(last[1], min), mean, Math.max(last[3], max)]
  }
  return buckets
}

/**
 * Series as one, bucket by bucket: of a sum, too, the extremes are those that can have been at once. Each series is in
 * buckets already.
 */
export const together = (
  all: ReadonlyArray<ReadonlyArray<ChartPoint>>,
  how: Exclude<Aggregate, "none">
): ReadonlyArray<ChartPoint> => {
  const buckets = new Map<number, { count: number; min: number; avg: number; max: number }>()
  for (const points of all) {
    for (const [time, min, avg, max] of points) {
      const bucket = buckets.get(time)
      if (bucket === undefined) buckets.set(time, { count: 1, min, avg, max })
      else add(bucket, how, min, avg, max)
    }
  }
  return Array.from(buckets)
    .sort(([a], [b]) => a - b)
    .map(([time, { avg, count, max, min }]) => (how === "avg" ? [time, min, avg / count, max] : [time, min, avg, max]))
}

const add = (
  bucket: { count: number; min: number; avg: number; max: number },
  how: Exclude<Aggregate, "none">,
  min: number,
  avg: number,
  max: number
): void => {
  bucket.count++
  if (how === "min" || how === "max") {
    const pick = how === "min" ? Math.min : Math.max
    bucket.min = pick(bucket.min, min)
    bucket.avg = pick(bucket.avg, avg)
    bucket.max = pick(bucket.max, max)
    return
  }
  bucket.avg += avg
  bucket.min = how === "sum" ? bucket.min + min : Math.min(bucket.min, min)
  bucket.max = how === "sum" ? bucket.max + max : Math.max(bucket.max, max)
}

/** The same values at another time: yesterday's under today's. */
export const shifted = (points: ReadonlyArray<ChartPoint>, byMillis: number): ReadonlyArray<ChartPoint> =>
  points.map(([time, min, avg, max]) => [time + byMillis, min, avg, max])

/**
 * One series' history out of what the tiers have of it. In event time: raw points from the RAM tier, minutes before
 * them as long as the hot tier has everything, five minutes before that. An import is younger than its times say: where
 * the hot tier happens to have every point of an older window, that is answered by minutes, too. Pure.
 */
import type { HistoryRequest } from "../../schema/History.ts"
import { type RollupColumns, selectRows, sliceRows } from "../../store/history/Rollups.ts"
import type { Gap, TierRows } from "../../store/history/TierReader.ts"
import type { RawPoints } from "../partition/Partitions.ts"
import { alignDown, alignUp, bucketsOf, type Part, RESOLUTION_MILLIS, rowsOfPoints } from "./Buckets.ts"
import { type Span, SpanBuilder, withGaps } from "./Spans.ts"

/** Where one tier takes over from another, for one series. */
export interface Seams {
  /** Of older points the tiers are asked. */
  readonly fromMillis: number
  /** Five minutes before, minutes from here on; a whole number of five minutes. */
  readonly minutesFrom: number
  /** Rollups before, raw points from here on. */
  readonly rawFrom: number
  /** What begins later is not part of the answer. */
  readonly toMillis: number
}

/** What was read of a series; null where nothing had to be. */
export interface SeriesReads {
  readonly seams: Seams
  readonly raw: RawPoints
  readonly fiveMinutes: TierRows | null
  /** At least from `minutesFrom` on. */
  readonly minutes: TierRows | null
  /** Before `minutesFrom`: what came lately. */
  readonly oldMinutes: TierRows | null
  /** What the tiers should have by now, and have not. */
  readonly unmoved: string | null
}

export interface SeriesHistory {
  readonly spans: ReadonlyArray<Span>
  readonly buckets: RollupColumns
}

const MINUTE = RESOLUTION_MILLIS["1m"]
const FIVE_MINUTES = RESOLUTION_MILLIS["5m"]

/** `minutesFrom`: from when on the hot tier has everything. */
export const seamsOf = (raw: RawPoints, request: HistoryRequest, until: number, minutesFrom: number): Seams => {
  const { fromMillis } = request
  const completeFrom = raw.completeFrom ?? Number.POSITIVE_INFINITY
  const coldEnd = alignUp(minutesFrom, FIVE_MINUTES)
  if (completeFrom <= fromMillis) {
    return { fromMillis, minutesFrom: fromMillis, rawFrom: fromMillis, toMillis: until }
  }
  const byMinutes = alignUp(completeFrom, MINUTE)
  const rawFrom = byMinutes > coldEnd ? byMinutes : alignUp(completeFrom, FIVE_MINUTES)
  const start = alignDown(fromMillis, FIVE_MINUTES)
  const end = Math.min(rawFrom, until)
  return {
    fromMillis: start,
    minutesFrom: Math.min(Math.max(coldEnd, start), Math.max(end, start)),
    rawFrom: end,
    toMillis: until
  }
}

/** `finest`: rows may be coarser than their tier's resolution, which no step then undercuts. */
export const seriesHistory = (
  reads: SeriesReads,
  request: HistoryRequest,
  maxPoints: number,
  finest = 1
): SeriesHistory => {
  const { fiveMinutes, minutes, oldMinutes, raw, seams } = reads
  const spans = new SpanBuilder(seams.fromMillis)
  const parts: Array<Part> = []
  if (fiveMinutes !== null) parts.push(...oldParts(fiveMinutes.rows, oldMinutes?.rows ?? null, spans))
  spans.add(seams.minutesFrom, spans.resolution ?? "5m")
  if (minutes !== null) parts.push({ resolution: "1m", rows: startingFrom(minutes.rows, seams.minutesFrom) })
  spans.add(seams.rawFrom, "1m")
  const points = rowsOfPoints(raw.series, raw.timestamps, raw.values)
  parts.push({ resolution: "raw", rows: startingFrom(points, seams.rawFrom) })
  spans.add(seams.toMillis, "raw")
  const gaps = [
    ...clipped(fiveMinutes, seams.fromMillis, seams.minutesFrom),
    ...clipped(minutes, seams.minutesFrom, seams.rawFrom),
    ...unmovedGap(reads)
  ]
  const whole = withGaps(spans.build(request.toMillis), gaps)
  return {
    spans: whole.flatMap((span) => (span.to > request.fromMillis ? [startingAt(span, request.fromMillis)] : [])),
    buckets: bucketsOf(parts, request, maxPoints, finest)
  }
}

/** Windows of five minutes, or of minutes where these tell of every point of the window. */
const oldParts = (cold: RollupColumns, minutes: RollupColumns | null, spans: SpanBuilder): ReadonlyArray<Part> => {
  if (minutes === null) return [{ resolution: "5m", rows: cold }]
  const windows: Array<number> = []
  const chosen: Array<number> = []
  for (let i = 0, j = 0; i < cold.count; i++) {
    const start = cold.starts[i]!
    while (j < minutes.count && minutes.starts[j]! < start) j++
    const first = j
    let count = 0
    for (; j < minutes.count && minutes.starts[j]! < start + FIVE_MINUTES; j++) count += minutes.counts[j]!
    const resolution = count === cold.counts[i] ? "1m" : "5m"
    if (resolution === "5m") windows.push(i)
    else for (let row = first; row < j; row++) chosen.push(row)
    // Where no points are, the tier before goes on.
    spans.add(start, spans.resolution ?? resolution)
    spans.add(start + FIVE_MINUTES, resolution)
  }
  return [
    { resolution: "5m", rows: selectRows(cold, windows) },
    { resolution: "1m", rows: selectRows(minutes, chosen) }
  ]
}

const clipped = (rows: TierRows | null, fromMillis: number, toMillis: number): ReadonlyArray<Gap> =>
  (rows?.gaps ?? []).flatMap(({ reason, ...gap }) => {
    const inside = { fromMillis: Math.max(gap.fromMillis, fromMillis), toMillis: Math.min(gap.toMillis, toMillis) }
    return inside.fromMillis < inside.toMillis ? [{ ...inside, reason }] : []
  })

/**
 * What is not moved is as old as the partition says at most; where it does not say, everything after what the tiers
 * have may be missing.
 */
const unmovedGap = ({ fiveMinutes, minutes, raw, seams, unmoved }: SeriesReads): ReadonlyArray<Gap> => {
  if (unmoved === null) return []
  const known = Math.max(endOf(fiveMinutes, FIVE_MINUTES), endOf(minutes, MINUTE), seams.fromMillis)
  const fromMillis = raw.completeFrom === null ? known : alignDown(raw.untieredFrom ?? known, FIVE_MINUTES)
  return [{ fromMillis: Math.max(fromMillis, seams.fromMillis), toMillis: seams.rawFrom, reason: unmoved }]
}

const endOf = (rows: TierRows | null, widthMillis: number): number =>
  rows === null || rows.rows.count === 0 ? 0 : rows.rows.starts[rows.rows.count - 1]! + widthMillis

const startingFrom = (rows: RollupColumns, fromMillis: number): RollupColumns => {
  let first = 0
  while (first < rows.count && rows.starts[first]! < fromMillis) first++
  return sliceRows(rows, first, rows.count)
}

const startingAt = (span: Span, fromMillis: number): Span =>
  span.from < fromMillis ? { ...span, from: fromMillis } : span

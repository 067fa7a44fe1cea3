/** Rows of the Parquet files for an export, as columns. What is damaged is left out, as of every other question. */
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { DuckDb } from "../history/DuckDb.ts"
import { mayHavePartition, outside, unreadableExtents } from "../history/Gaps.ts"
import { HistoryFolder } from "../history/HistoryFolder.ts"
import { type FileTier, filesWithin, type ListedFile } from "../history/Manifest.ts"
import { readFiles } from "../history/Parquet.ts"
import { readEach } from "../history/Quarantine.ts"
import { addUp, bucketStart, emptyRows, FIVE_MINUTES_MILLIS, type RollupColumns } from "../history/Rollups.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import type { ExportRange, ExportSeries, WindowCounts } from "./ExportStore.ts"

type Chunk = ReadonlyArray<Float64Array>

/** `query` asks the manifest. */
export const makeExportFiles = Effect.fnUntraced(function* (query: PgClient.PgClient) {
  const sql = yield* PgClient.PgClient
  const duck = yield* DuckDb
  const folder = yield* HistoryFolder

  /** Rows of DOUBLE columns: all files' together, or where one of them is damaged file by file. */
  const read = Effect.fnUntraced(function* (
    tier: FileTier,
    workspaceNumber: number,
    series: ReadonlyArray<ExportSeries>,
    range: ExportRange,
    select: (from: string) => string
  ) {
    const partitions = [...new Set(series.map(({ partition }) => partition))]
    const listed = (yield* filesWithin(query, tier, { ...range, partitions })).filter(
      (file) => file.workspaceNumber === workspaceNumber && partitions.some((id) => mayHavePartition(file, id))
    )
    const answer = (files: ReadonlyArray<ListedFile>) =>
      Effect.scoped(
        Effect.flatMap(duck.connect, (connection) =>
          connection.doubles(
            select(
              fromFiles(
                files.map(({ path }) => folder.absolute(path)),
                tier,
                series,
                range
              )
            )
          )
        )
      )
    return (yield* Effect.provideService(readEach(sql, listed, answer), HistoryFolder, folder)).flat()
  })

  const fiveMinutes = Effect.fn("ExportStore.fiveMinutes")(function* (
    workspaceNumber: number,
    series: ReadonlyArray<ExportSeries>,
    range: ExportRange
  ) {
    const chunks = yield* read("rollup-5m", workspaceNumber, series, range, FIVE_MINUTES)
    const unreadable = yield* unreadableExtents(query, workspaceNumber, range)
    const rows = rowsOf(chunks, series.length, setRollup)
    return series.map(({ partition }, place) => {
      const gaps = unreadable.filter((file) => mayHavePartition(file, partition)).map(({ gap }) => gap)
      return { rows: outside(addUp([rows[place]!], FIVE_MINUTES_MILLIS), gaps), gaps }
    })
  }, unavailableOrDie)

  const rawCounts = Effect.fn("ExportStore.rawCounts")(function* (
    workspaceNumber: number,
    series: ReadonlyArray<ExportSeries>,
    range: ExportRange
  ) {
    const counts = new Map<number, number>()
    for (const [starts, numbers] of yield* read("raw", workspaceNumber, series, range, COUNTS)) {
      for (let i = 0; i < starts!.length; i++) counts.set(starts![i]!, (counts.get(starts![i]!) ?? 0) + numbers![i]!)
    }
    const sorted = [...counts].sort(([a], [b]) => a - b)
    return {
      starts: Float64Array.from(sorted, ([start]) => start),
      counts: Float64Array.from(sorted, ([, count]) => count)
    } satisfies WindowCounts
  }, unavailableOrDie)

  const raw = Effect.fn("ExportStore.raw")(function* (
    workspaceNumber: number,
    series: ReadonlyArray<ExportSeries>,
    range: ExportRange
  ) {
    const chunks = yield* read("raw", workspaceNumber, series, range, POINTS)
    // Adding up in buckets of a millisecond puts the points of several files in order.
    return rowsOf(chunks, series.length, setPoint).map((points) => addUp([points], 1))
  }, unavailableOrDie)

  return { fiveMinutes, rawCounts, raw }
})

/** Whole windows around what the files have. */
export const alignedExtent = (first: Date | null, last: Date | null): ExportRange | null =>
  first === null || last === null
    ? null
    : {
        fromMillis: bucketStart(first.getTime(), FIVE_MINUTES_MILLIS),
        toMillis: bucketStart(last.getTime(), FIVE_MINUTES_MILLIS) + FIVE_MINUTES_MILLIS
      }

/** Constants first: by these whole row groups are passed over. `place` is a series' place in the list. */
const fromFiles = (
  paths: ReadonlyArray<string>,
  tier: FileTier,
  series: ReadonlyArray<ExportSeries>,
  { fromMillis, toMillis }: ExportRange
): string => {
  const time = tier === "raw" ? "r.timestamp" : "r.bucket"
  const millis = (value: number) => `make_timestamp_ms(${value})::TIMESTAMP_MS`
  const extremes = (values: ReadonlyArray<number>) => {
    const sorted = values.toSorted((a, b) => a - b)
    return `${sorted[0]} AND ${sorted.at(-1)}`
  }
  const places = series.map((one, place) => `(${place}, ${one.partition}::INTEGER, ${one.series}::INTEGER)`)
  return `FROM ${readFiles(paths)} r
    JOIN (VALUES ${places.join(", ")}) w(place, partition, series) ON r.partition = w.partition AND r.series = w.series
    WHERE r.partition BETWEEN ${extremes(series.map(({ partition }) => partition))}
      AND r.series BETWEEN ${extremes(series.map((one) => one.series))}
      AND ${time} >= ${millis(fromMillis)} AND ${time} < ${millis(toMillis)}`
}

const FIVE_MINUTES = (from: string): string =>
  `SELECT w.place::DOUBLE, epoch_ms(r.bucket)::DOUBLE AS start, r.min, r.max, r.sum, r.count::DOUBLE, r.last,
     epoch_ms(r.last_timestamp)::DOUBLE ${from} ORDER BY w.place, start`

const COUNTS = (from: string): string =>
  `SELECT floor(epoch_ms(r.timestamp) / ${FIVE_MINUTES_MILLIS})::DOUBLE * ${FIVE_MINUTES_MILLIS} AS start,
     count(*)::DOUBLE ${from} GROUP BY start`

const POINTS = (from: string): string =>
  `SELECT w.place::DOUBLE, epoch_ms(r.timestamp)::DOUBLE AS time, r.value ${from} ORDER BY w.place, time`

type SetRow = (rows: RollupColumns, row: number, columns: Chunk, i: number) => void

/** Of each place, by the first column. */
const rowsOf = (chunks: ReadonlyArray<Chunk>, places: number, set: SetRow): ReadonlyArray<RollupColumns> => {
  const counts = new Uint32Array(places)
  for (const [column] of chunks) for (const place of column!) counts[place]!++
  const rows = Array.from(counts, emptyRows)
  const next = new Uint32Array(places)
  for (const columns of chunks) {
    for (const [i, place] of columns[0]!.entries()) set(rows[place]!, next[place]!++, columns, i)
  }
  return rows
}

const setRollup: SetRow = (rows, row, [, starts, mins, maxs, sums, counts, lasts, lastTimestamps], i) => {
  rows.starts[row] = starts![i]!
  rows.mins[row] = mins![i]!
  rows.maxs[row] = maxs![i]!
  rows.sums[row] = sums![i]!
  rows.counts[row] = counts![i]!
  rows.lasts[row] = lasts![i]!
  rows.lastTimestamps[row] = lastTimestamps![i]!
}

const setPoint: SetRow = (rows, row, [, times, values], i) => {
  const value = values![i]!
  rows.starts[row] = times![i]!
  rows.lastTimestamps[row] = times![i]!
  rows.counts[row] = 1
  for (const column of [rows.mins, rows.maxs, rows.sums, rows.lasts]) column[row] = value
}

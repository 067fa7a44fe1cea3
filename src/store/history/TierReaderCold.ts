/** Five-minute rows out of the cold tier's files, and which of these cannot be read. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Semaphore } from "effect"
import { unavailableOrDie } from "../PgErrors.ts"
import { DuckDb } from "./DuckDb.ts"
import { type FileExtent, mayHavePartition, outside, unreadableExtents } from "./Gaps.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { filesWithin, type ListedFile } from "./Manifest.ts"
import { readFiles } from "./Parquet.ts"
import { readEach } from "./Quarantine.ts"
import { addUp, emptyRows, FIVE_MINUTES_MILLIS, type RollupColumns } from "./Rollups.ts"
import type { TierPlace, TierRows } from "./TierReader.ts"

/** Questions at once: each may have DuckDB's whole memory. */
const QUESTIONS_AT_ONCE = 2

/** `query` asks the manifest. */
export const makeFiveMinutes = Effect.fnUntraced(function* (query: PgClient.PgClient) {
  const sql = yield* PgClient.PgClient
  const duck = yield* DuckDb
  const folder = yield* HistoryFolder
  const turn = yield* Semaphore.make(QUESTIONS_AT_ONCE)

  const read = Effect.fnUntraced(function* (
    files: ReadonlyArray<ListedFile>,
    places: ReadonlyArray<TierPlace>,
    widthMillis: number
  ) {
    const paths = files.map(({ path }) => folder.absolute(path))
    return yield* (yield* duck.connect).doubles(statement(paths, places, widthMillis))
  }, Effect.scoped)

  const fiveMinutes = Effect.fn("TierReader.fiveMinutes")(function* (
    workspaceNumber: number,
    places: ReadonlyArray<TierPlace>,
    widthMillis: number
  ) {
    const range = rangeOf(places)
    const listed = (yield* filesWithin(query, "rollup-5m", range)).filter(
      (file) => file.workspaceNumber === workspaceNumber && places.some((place) => mayHave(file, place))
    )
    const inTimeOrder = listed.toSorted((a, b) => a.firstMillis - b.firstMillis)
    const answers = yield* turn.withPermits(1)(
      readEach(sql, inTimeOrder, (files) => read(files, places, widthMillis)).pipe(
        Effect.provideService(HistoryFolder, folder)
      )
    )
    const unreadable = yield* unreadableExtents(query, workspaceNumber, range)
    const rows = rowsOf(places, answers, widthMillis)
    return places.map((place, i): TierRows => {
      const gaps = unreadable.filter((file) => mayHave(file, place)).map(({ gap }) => gap)
      return { rows: outside(rows[i]!, gaps), gaps }
    })
  }, unavailableOrDie)

  const oldest = Effect.fn("TierReader.oldest")(function* (workspaceNumber: number) {
    const [row] = yield* query<{ oldest: Date | null }>`SELECT min(first_timestamp) AS oldest FROM tier_file
      WHERE workspace_number = ${workspaceNumber} AND tier = 'rollup-5m' AND state <> 'retired'`
    return row?.oldest?.getTime() ?? null
  }, unavailableOrDie)

  const unreadable = query<{ tier: string; path: string; reason: string | null; changed_at: Date }>`
    SELECT tier, path, reason, changed_at FROM tier_file WHERE state = 'quarantined' ORDER BY changed_at DESC LIMIT 100
  `.pipe(
    Effect.map((rows) =>
      rows.map(({ changed_at, path, reason, tier }) => ({
        ...{ tier, path, since: changed_at.getTime() },
        reason: reason ?? "it is damaged"
      }))
    ),
    unavailableOrDie
  )

  return { fiveMinutes, oldest, unreadable }
})

const rangeOf = (places: ReadonlyArray<TierPlace>) => ({
  fromMillis: places.reduce((least, { fromMillis }) => Math.min(least, fromMillis), Number.POSITIVE_INFINITY),
  toMillis: places.reduce((most, { toMillis }) => Math.max(most, toMillis), Number.NEGATIVE_INFINITY),
  partitions: [...new Set(places.map(({ partition }) => partition))]
})

const mayHave = (file: FileExtent, { fromMillis, partition, toMillis }: TierPlace): boolean =>
  mayHavePartition(file, partition) && file.lastMillis >= fromMillis && file.firstMillis < toMillis

/**
 * Rows of the places, in order. Constants first: by these whole row groups are passed over. Then the places, as a
 * table, each with its own range, since another tier has what is newer; one alone needs no join, which is a sixth of
 * the time.
 */
const statement = (paths: ReadonlyArray<string>, places: ReadonlyArray<TierPlace>, widthMillis: number): string => {
  const { fromMillis, partitions, toMillis } = rangeOf(places)
  const numbers = places.map(({ series }) => series)
  const time = (millis: number) => `make_timestamp_ms(${Math.floor(millis)})::TIMESTAMP_MS`
  const isOne = places.length === 1
  const columns =
    widthMillis === FIVE_MINUTES_MILLIS
      ? "epoch_ms(r.bucket)::DOUBLE AS start, r.min, r.max, r.sum, r.count::DOUBLE AS count"
      : `floor(epoch_ms(r.bucket) / ${widthMillis})::DOUBLE * ${widthMillis} AS start, min(r.min), max(r.max),
         fsum(r.sum), sum(r.count)::DOUBLE AS count`
  const join = `
    JOIN (VALUES ${places.map(valuesOf).join(", ")}) w(place, partition, series, from_millis, to_millis)
      ON r.partition = w.partition AND r.series = w.series
        AND epoch_ms(r.bucket) >= w.from_millis AND epoch_ms(r.bucket) < w.to_millis`
  return `SELECT ${isOne ? "0" : "w.place"}::DOUBLE AS place, ${columns}
    FROM ${readFiles(paths)} r ${isOne ? "" : join}
    WHERE r.partition BETWEEN ${Math.min(...partitions)} AND ${Math.max(...partitions)}
      AND r.series BETWEEN ${Math.min(...numbers)} AND ${Math.max(...numbers)}
      AND r.bucket >= ${time(fromMillis)} AND r.bucket < ${time(toMillis)}
    ${widthMillis === FIVE_MINUTES_MILLIS ? "" : "GROUP BY ALL"}
    ORDER BY place, start`
}

const valuesOf = ({ fromMillis, partition, series, toMillis }: TierPlace, place: number): string =>
  `(${place}, ${partition}::INTEGER, ${series}::INTEGER, ${Math.floor(fromMillis)}::BIGINT,
    ${Math.ceil(toMillis)}::BIGINT)`

/** Rows as columns: place, start, min, max, sum, count. */
type Chunk = ReadonlyArray<Float64Array>

/** Per place, in time order. */
const rowsOf = (
  places: ReadonlyArray<TierPlace>,
  answers: ReadonlyArray<ReadonlyArray<Chunk>>,
  widthMillis: number
): ReadonlyArray<RollupColumns> => {
  const counts = new Uint32Array(places.length)
  for (const [place] of answers.flat()) for (const index of place!) counts[index]!++
  const rows = places.map(({ series }, i) => {
    const found = emptyRows(counts[i]!)
    found.series.fill(series)
    return found
  })
  const at = new Uint32Array(places.length)
  for (const [place, starts, mins, maxs, sums, numbers] of answers.flat()) {
    for (let i = 0; i < place!.length; i++) {
      const found = rows[place![i]!]!
      const row = at[place![i]!]!++
      found.starts[row] = starts![i]!
      found.mins[row] = mins![i]!
      found.maxs[row] = maxs![i]!
      found.sums[row] = sums![i]!
      found.counts[row] = numbers![i]!
    }
  }
  return rows.map((found) => addUp([found], widthMillis))
}

/** Merges of files: the rows of many in one, which takes their places in the manifest in one transaction. */
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { orUnavailable } from "../PgErrors.ts"
import { FILE_ROWS, type Merge, planMerges, rangesOf } from "./CompactionPlan.ts"
import type { DuckDbConnection } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import {
  type FileTier,
  folderOf,
  insertFiles,
  type ListedFile,
  liveFiles,
  retireFiles,
  type TierFile
} from "./Manifest.ts"
import { copyTo, FORMATS, readFiles } from "./Parquet.ts"
import { databaseTime, makeVisible } from "./Publication.ts"
import { intactOf, readEach } from "./Quarantine.ts"
import { TierFaults } from "./TierFaults.ts"
import { HistoryFailed } from "./TierWriter.ts"

/** Merges what is worth it now, and answers how many files went into others. A merge that fails stops no other. */
export const compactFiles = Effect.fnUntraced(function* (duck: DuckDbConnection, fileRows: number = FILE_ROWS) {
  const sql = yield* PgClient.PgClient
  const folder = yield* HistoryFolder
  const merges = planMerges(yield* liveFiles(sql), (yield* databaseTime(sql)) * 1_000)
  let merged = 0
  for (const merge of merges) {
    yield* folder.checkRoom
    merged += yield* Effect.catchTag(mergeFiles(sql, duck, merge, fileRows), "HistoryFailed", ({ message }) =>
      Effect.as(Effect.logWarning("files of the history were not merged", message), 0)
    )
  }
  return merged
}, orUnavailable)

const mergeFiles = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  duck: DuckDbConnection,
  { files, tier }: Merge,
  fileRows: number
) {
  const fault = yield* TierFaults
  const intact = yield* intactOf(sql, files)
  if (intact.length < files.length) return 0
  const begunAt = yield* databaseTime(sql)
  const output = yield* Effect.tapError(writeMerged(sql, duck, tier, files, fileRows), () =>
    // One of them may be damaged inside. It is found now, and left out the next time.
    Effect.forEach(files, (file) => Effect.ignore(readEach(sql, [file], (some) => readAll(duck, some))))
  )
  const publication = Effect.gen(function* () {
    const retired = yield* retireFiles(
      sql,
      files.map(({ id }) => id)
    )
    if (retired < files.length) return yield* new HistoryFailed({ message: "another hub merged the same files first" })
    yield* insertFiles(sql, output)
    yield* fault("compact.statements")
  })
  yield* makeVisible(sql, begunAt, publication)
  yield* fault("compact.after")
  return files.length
})

/** The rows of all files, in one or several new ones. */
const writeMerged = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  duck: DuckDbConnection,
  tier: FileTier,
  files: ReadonlyArray<ListedFile>,
  fileRows: number
) {
  const folder = yield* HistoryFolder
  const { day, workspaceNumber } = files[0]!
  const [workspace] = yield* sql<{ key: string }>`SELECT key FROM any_workspace WHERE number = ${workspaceNumber}`
  const target = folderOf(tier, workspace!.key, day)
  const read = readFiles(files.map(({ path }) => folder.absolute(path)))
  const counts = yield* duck.rows<{ partition: number; rows: number }>(
    `SELECT partition, count(*)::INTEGER AS rows FROM ${read} GROUP BY partition ORDER BY partition`
  )
  const stored = yield* folder.publish(
    rangesOf(counts, fileRows).map(({ first, last }) => ({
      folder: target,
      write: (file) => duck.run(copyTo(tier, mergedOf(tier, read), `partition BETWEEN ${first} AND ${last}`, file))
    }))
  )
  const newestArrivalMillis = Math.max(...files.map((file) => file.newestArrivalMillis))
  const output: Array<TierFile> = []
  for (const file of stored) {
    const seen = yield* describe(duck, tier, folder.absolute(file.path))
    output.push({ ...file, ...seen, tier, day, workspaceNumber, newestArrivalMillis })
  }
  const before = yield* weigh(duck, tier, files)
  const after = yield* weigh(duck, tier, output)
  if (before === after) return output
  return yield* new HistoryFailed({ message: `files of ${before} points were merged into files of ${after}` })
})

/** Rows of the merged file: those of rollups added up. */
const mergedOf = (tier: FileTier, read: string): string =>
  tier !== "rollup-5m"
    ? read
    : `(SELECT partition, series, any_value(metric) AS metric, any_value(labels) AS labels, bucket, min(min) AS min,
        max(max) AS max, fsum(sum) AS sum, sum(count)::BIGINT AS count, arg_max(last, last_timestamp) AS last,
        max(last_timestamp) AS last_timestamp
      FROM ${read} GROUP BY partition, series, bucket)`

const describe = Effect.fnUntraced(function* (duck: DuckDbConnection, tier: FileTier, file: string) {
  const { time } = FORMATS[tier]
  const [row] = yield* duck.rows<{ rows: number; first: number; last: number; from: number; to: number }>(
    `SELECT count(*)::DOUBLE AS rows, min(partition) AS first, max(partition) AS last,
       epoch_ms(min(${time}))::DOUBLE AS "from", epoch_ms(max(${time}))::DOUBLE AS "to"
     FROM ${readFiles([file])}`
  )
  const { first, from, last, rows, to } = row!
  return { rows, firstPartition: first, lastPartition: last, firstMillis: from, lastMillis: to }
})

/** What a merge must leave as it is: the number of points, of control records. */
const weigh = Effect.fnUntraced(function* (
  duck: DuckDbConnection,
  tier: FileTier,
  files: ReadonlyArray<{ readonly path: string }>
) {
  const folder = yield* HistoryFolder
  const read = readFiles(files.map(({ path }) => folder.absolute(path)))
  const weight = tier === "rollup-5m" ? "sum(count)" : "count(*)"
  const [row] = yield* duck.rows<{ weight: number }>(`SELECT ${weight}::DOUBLE AS weight FROM ${read}`)
  return row!.weight
})

/** Reads every value: what counts rows alone, or one column, reads no page of the others. */
const readAll = Effect.fnUntraced(function* (duck: DuckDbConnection, files: ReadonlyArray<{ readonly path: string }>) {
  const folder = yield* HistoryFolder
  const read = readFiles(files.map(({ path }) => folder.absolute(path)))
  yield* duck.run(`SELECT bit_xor(hash(rows)) FROM ${read} AS rows`)
})

/** The manifest: which Parquet files there are. A file that is not listed as live does not exist for readers. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { bigints, float8s, ints, texts } from "../JournalPg.ts"
import type { StoredFile } from "./HistoryFolder.ts"

export type FileTier = "raw" | "rollup-5m" | "control"

export const DAY_MILLIS = 86_400_000

/** What the manifest says of a file. Times are in epoch milliseconds; `day` counts from 1970-01-01. */
export interface TierFile extends StoredFile {
  readonly workspaceNumber: number
  readonly tier: FileTier
  readonly day: number
  readonly rows: number
  readonly firstPartition: number
  readonly lastPartition: number
  readonly firstMillis: number
  readonly lastMillis: number
  readonly newestArrivalMillis: number
}

export interface ListedFile extends TierFile {
  readonly id: bigint
  readonly createdMillis: number
}

/** The folder of a file (H6). */
export const folderOf = (tier: FileTier, workspaceKey: string, day: number): string =>
  `${tier}/workspace=${workspaceKey}/day=${dateOf(day)}`

const dateOf = (day: number): string => new Date(day * DAY_MILLIS).toISOString().slice(0, 10)

export const insertFiles = (sql: PgClient.PgClient, files: ReadonlyArray<TierFile>) =>
  files.length === 0
    ? Effect.void
    : sql.unsafe(INSERT, [
        ints(files.map((file) => file.workspaceNumber)),
        texts(files.map((file) => file.tier)),
        ints(files.map((file) => file.day)),
        texts(files.map((file) => file.path)),
        bigints(files.map((file) => BigInt(file.bytes))),
        bigints(files.map((file) => BigInt(file.rows))),
        bigints(files.map((file) => BigInt(file.tailChecksum))),
        ints(files.map((file) => file.firstPartition)),
        ints(files.map((file) => file.lastPartition)),
        float8s(files.map((file) => file.firstMillis)),
        float8s(files.map((file) => file.lastMillis)),
        float8s(files.map((file) => file.newestArrivalMillis))
      ])

/** How many of them were live, and no longer are. */
export const retireFiles = (sql: PgClient.PgClient, ids: ReadonlyArray<bigint>) =>
  Effect.map(
    sql`UPDATE tier_file SET state = 'retired', changed_at = now()
      WHERE id = ANY (${bigints(ids)}) AND state = 'live' RETURNING id`,
    (rows) => rows.length
  )

/** Kept out of everybody's sight, and kept: a person may repair it. */
export const quarantineFile = (sql: PgClient.PgClient, file: ListedFile, reason: string) =>
  Effect.andThen(
    sql`UPDATE tier_file SET state = 'quarantined', reason = ${reason}, changed_at = now()
      WHERE id = ${file.id} AND state = 'live'`,
    Effect.logError("a file of the history is not readable, and is left out from now on", { path: file.path, reason })
  )

/** Live files of a tier that have rows of these partitions and times. */
export const filesWithin = (
  sql: PgClient.PgClient,
  tier: FileTier,
  { fromMillis, partitions, toMillis }: { partitions: ReadonlyArray<number>; fromMillis: number; toMillis: number }
) =>
  Effect.map(
    sql.unsafe<FileRow>(
      `${SELECT} WHERE state = 'live' AND tier = $1
         AND last_timestamp >= to_timestamp($2 / 1000.0) AND first_timestamp < to_timestamp($3 / 1000.0)
         AND last_partition >= $4 AND first_partition <= $5
       ORDER BY id`,
      [tier, fromMillis, toMillis, Math.min(...partitions), Math.max(...partitions)]
    ),
    (rows) => rows.map(fileOf)
  )

export const liveFiles = (sql: PgClient.PgClient) =>
  Effect.map(sql.unsafe<FileRow>(`${SELECT} WHERE state = 'live' ORDER BY id`), (rows) => rows.map(fileOf))

const INSERT = `
  INSERT INTO tier_file (workspace_number, tier, day, path, bytes, rows, tail_checksum, first_partition,
    last_partition, first_timestamp, last_timestamp, newest_arrival)
  SELECT workspace, tier, '1970-01-01'::date + day, path, bytes, rows, tail, first_partition, last_partition,
    to_timestamp(first / 1000.0), to_timestamp(last / 1000.0), to_timestamp(arrival / 1000.0)
  FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) AS file(workspace, tier, day, path, bytes, rows,
    tail, first_partition, last_partition, first, last, arrival)`

const millisOf = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::float8`

const SELECT = `
  SELECT id, workspace_number, tier, day - '1970-01-01'::date AS day, path,
    bytes::float8 AS bytes, rows::float8 AS rows,
    tail_checksum::float8 AS tail_checksum, first_partition, last_partition,
    ${millisOf("first_timestamp")} AS first_millis, ${millisOf("last_timestamp")} AS last_millis,
    ${millisOf("newest_arrival")} AS arrival_millis, ${millisOf("created_at")} AS created_millis
  FROM tier_file`

interface FileRow {
  readonly id: bigint
  readonly workspace_number: number
  readonly tier: FileTier
  readonly day: number
  readonly path: string
  readonly bytes: number
  readonly rows: number
  readonly tail_checksum: number
  readonly first_partition: number
  readonly last_partition: number
  readonly first_millis: number
  readonly last_millis: number
  readonly arrival_millis: number
  readonly created_millis: number
}

const fileOf = (row: FileRow): ListedFile => ({
  id: row.id,
  workspaceNumber: row.workspace_number,
  tier: row.tier,
  day: row.day,
  path: row.path,
  bytes: row.bytes,
  rows: row.rows,
  tailChecksum: row.tail_checksum,
  firstPartition: row.first_partition,
  lastPartition: row.last_partition,
  firstMillis: row.first_millis,
  lastMillis: row.last_millis,
  newestArrivalMillis: row.arrival_millis,
  createdMillis: row.created_millis
})

/**
 * Partitions whose points a test journals and moves, on a real Postgres and a real DuckDB, and what is in the tiers
 * then, read in the plainest way.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, type Redacted } from "effect"
import { type Entry, encodeRecord } from "../../../src/actors/partition/Record.ts"
import { dimensionKeyOf, type Labels, workspaceIdOf } from "../../../src/schema/Identity.ts"
import { Facts } from "../../../src/store/facts/Facts.ts"
import { FactsPg } from "../../../src/store/facts/FactsPg.ts"
import { DuckDb } from "../../../src/store/history/DuckDb.ts"
import { HistoryFolder, TOKEN_FILE } from "../../../src/store/history/HistoryFolder.ts"
import { decodeHotBlock } from "../../../src/store/history/HotBlock.ts"
import type { FileTier } from "../../../src/store/history/Manifest.ts"
import { readFiles } from "../../../src/store/history/Parquet.ts"
import { addUp, MINUTE_MILLIS } from "../../../src/store/history/Rollups.ts"
import { type MoveRequest, TierWriter } from "../../../src/store/history/TierWriter.ts"
import { TierWriterLive } from "../../../src/store/history/TierWriterLive.ts"
import { Journal } from "../../../src/store/Journal.ts"
import { JournalPg } from "../../../src/store/JournalPg.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { columnsOf, declare, keyOf } from "../../actors/partition/fixtures.ts"
import { testDatabase } from "../../support/postgres.ts"
import { type Point, type Row, rowsOf } from "./points.ts"

/** The history folder of a test, absolute. */
export class Root extends Context.Service<Root, string>()("lumina/test/store/history/Root") {
  static readonly layer = Layer.effect(
    Root,
    Effect.acquireRelease(
      Effect.sync(() => {
        const root = mkdtempSync(join(tmpdir(), "lumina-history-"))
        writeFileSync(join(root, TOKEN_FILE), "")
        return root
      }),
      (root) => Effect.sync(() => rmSync(root, { recursive: true, force: true }))
    )
  )
}

const Folder = Layer.unwrap(Effect.map(Root, (root) => HistoryFolder.layer(root, 0)))
const Duck = Layer.unwrap(
  Effect.map(Root, (temporaryFolder) => DuckDb.layer({ threads: 1, memoryMebibytes: 256, temporaryFolder }))
)
const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }: { url: Redacted.Redacted }) => Sql.layer(url)))

/** A database with workspaces 1 and 2, and a folder, of a test's own. */
export const Tiers = TierWriterLive.pipe(
  Layer.provideMerge(Layer.mergeAll(Folder, Duck)),
  Layer.provideMerge(Root.layer),
  Layer.provideMerge(Layer.mergeAll(JournalPg, FactsPg)),
  Layer.provideMerge(Layer.effectDiscard(Effect.suspend(() => makeWorkspaces))),
  Layer.provideMerge(Database)
)

const WORKSPACE_KEYS = ["default", "other"]

/** Workspaces 1 and 2. */
export const makeWorkspaces = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  for (const key of WORKSPACE_KEYS) {
    yield* sql`INSERT INTO workspace (id, key, name) VALUES (${workspaceIdOf(key)}, ${key}, ${key})
      ON CONFLICT DO NOTHING`
  }
})

export interface TestSeries {
  readonly workspaceNumber: number
  readonly metric: string
  readonly labels: Labels
}

/** A partition as its owner has it. */
export class Partition {
  readonly id: number
  epoch = 0
  seq = 0
  #declared = 0

  constructor(id: number) {
    this.id = id
  }

  claim = Effect.gen({ self: this }, function* () {
    this.epoch = (yield* (yield* Journal).claim(this.id)).epoch
  })

  /** Series get the next local ids. They are declared in the journal, and stored as facts, as evaluation would. */
  declare = Effect.fnUntraced({ self: this }, function* (series: ReadonlyArray<TestSeries>) {
    const facts = series.map(({ labels, metric, workspaceNumber }, i) => ({
      partition: this.id,
      series: this.#declared + i,
      workspaceNumber,
      metric,
      dimensionKey: dimensionKeyOf(labels),
      labels
    }))
    this.#declared += series.length
    yield* this.append([
      declare(...facts.map(({ dimensionKey, metric, workspaceNumber }) => keyOf(workspaceNumber, metric, dimensionKey)))
    ])
    const position = { partition: this.id, epoch: this.epoch, appliedSeq: this.seq }
    yield* (yield* Facts).commit({ positions: [position], series: facts, violations: [], alerts: [] })
  })

  append = Effect.fnUntraced({ self: this }, function* (entries: ReadonlyArray<Entry>) {
    this.seq++
    const slice = { partition: this.id, epoch: this.epoch, seq: this.seq, record: encodeRecord(entries) }
    yield* (yield* Journal).append([slice as never], [])
  })

  push = Effect.fnUntraced({ self: this }, function* (points: ReadonlyArray<Point>, arrivalMillis: number) {
    yield* this.append([{ _tag: "Points", points: columnsOf(points, arrivalMillis) }])
  })

  get request(): MoveRequest {
    return { partition: this.id, epoch: this.epoch, upTo: this.seq }
  }

  move = Effect.gen({ self: this }, function* () {
    return yield* (yield* TierWriter).move([this.request])
  })
}

/** Absolute paths of the live files of a tier. */
export const livePaths = Effect.fnUntraced(function* (tier: FileTier) {
  const sql = yield* PgClient.PgClient
  const folder = yield* HistoryFolder
  const rows = yield* sql<{ path: string }>`SELECT path FROM tier_file WHERE tier = ${tier} AND state = 'live'
    ORDER BY path`
  return rows.map(({ path }) => folder.absolute(path))
})

/** Rows of the live files of a tier, as a query over `files` gives them. */
export const query = <A extends object>(tier: FileTier, select: (files: string) => string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const paths = yield* livePaths(tier)
      if (paths.length === 0) return []
      const duck = yield* (yield* DuckDb).connect
      return yield* duck.rows<A>(select(readFiles(paths)))
    })
  )

/** All raw points: partition, series, time, value. */
export const rawPoints = Effect.map(
  query<{ partition: number; series: number; time: number; value: number }>(
    "raw",
    (files) => `SELECT partition, series, epoch_ms(timestamp)::DOUBLE AS time, value FROM ${files}
      ORDER BY partition, series, time`
  ),
  (rows) => rows.map((row) => [row.partition, row.series, row.time, row.value] as const)
)

/** Five-minute rows of the cold tier with their partition, rows of one bucket added up. */
export const coldRows = Effect.map(
  query<{ partition: number; row: ReadonlyArray<number> }>(
    "rollup-5m",
    (files) => `SELECT partition, series, epoch_ms(bucket)::DOUBLE AS start, min(min) AS min, max(max) AS max,
      fsum(sum) AS sum, sum(count)::DOUBLE AS count, arg_max(last, last_timestamp) AS last,
      epoch_ms(max(last_timestamp))::DOUBLE AS last_time
    FROM ${files} GROUP BY partition, series, bucket ORDER BY partition, series, bucket`
  ),
  (rows) => rows.map((row) => Object.values(row) as unknown as PartitionRow)
)

export type PartitionRow = readonly [partition: number, ...Row]

/** One-minute rows of the hot tier with their partition, rows of one bucket added up. */
export const hotRows = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const blocks = yield* sql<{ partition_id: number; payload: Uint8Array }>`
    SELECT partition_id, payload FROM hot_block ORDER BY partition_id`
  return [...Map.groupBy(blocks, (block) => block.partition_id)].flatMap(([partition, some]) =>
    rowsOf(
      addUp(
        some.map(({ payload }) => decodeHotBlock(payload)),
        MINUTE_MILLIS
      )
    ).map((row): PartitionRow => [partition, ...row])
  )
})

/** All files become older, as if they had been written so many hours ago. */
export const ageFiles = (hours: number) =>
  Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql`UPDATE tier_file SET created_at = created_at - make_interval(hours => ${hours}),
      changed_at = changed_at - make_interval(hours => ${hours})`
  )

/** What is in the hot tier becomes some hours older: its tables are over then, at whatever minute this runs. */
export const ageHotTables = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [row] = yield* sql<{ lower: number }>`SELECT (floor(extract(epoch FROM now()) / 3600) * 3600)::int AS lower`
  const lower = row!.lower
  const [last] = yield* sql<{ oldest: number }>`
    SELECT coalesce(min(substring(relname FROM '_([0-9]+)')::int), ${lower}) AS oldest
    FROM pg_class WHERE relname ~ '^hot_block_[0-9]+' AND relkind = 'r'`
  const past = Math.min(lower, last!.oldest) - 3 * 3_600
  yield* sql.unsafe(`CREATE TABLE hot_block_${past} PARTITION OF hot_block
    FOR VALUES FROM (to_timestamp(${past})) TO (to_timestamp(${past + 3_600}))`)
  yield* sql`UPDATE hot_block SET moved_at = to_timestamp(${past}) WHERE moved_at >= to_timestamp(${lower})`
})

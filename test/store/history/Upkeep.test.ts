/** Compaction, retention, and what is swept. */
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer } from "effect"
import { TestClock } from "effect/testing"
import { compactBlocks } from "../../../src/store/history/BlockCompaction.ts"
import { compactFiles } from "../../../src/store/history/Compaction.ts"
import { DuckDb } from "../../../src/store/history/DuckDb.ts"
import { HistoryFolder } from "../../../src/store/history/HistoryFolder.ts"
import { MINUTE_MILLIS } from "../../../src/store/history/Rollups.ts"
import { type TierFaultPoint, TierFaults } from "../../../src/store/history/TierFaults.ts"
import { TierWriter } from "../../../src/store/history/TierWriter.ts"
import { TierWriterLive } from "../../../src/store/history/TierWriterLive.ts"
import { modelRows, type Point } from "./points.ts"
import {
  ageFiles,
  ageHotTables,
  coldRows,
  hotRows,
  livePaths,
  Partition,
  query,
  Root,
  rawPoints,
  Tiers
} from "./tiers.ts"

const DAY = Date.UTC(2026, 10, 21)
const HOUR = 3_600_000
const RETENTION = { hotHours: 24, coldDays: 30, rawDays: 7 }

/** Moves a few points of some partitions, each in a move of its own. */
const movePoints = Effect.fnUntraced(function* (ids: ReadonlyArray<number>, moves: number, arrivalMillis = DAY) {
  for (const id of ids) {
    const partition = new Partition(id)
    yield* partition.claim
    yield* partition.declare(["a", "b"].map((host) => ({ workspaceNumber: 1, metric: "cpu", labels: { host } })))
    for (let move = 0; move < moves; move++) {
      const points = Array.from({ length: 20 }, (_, i): Point => [i % 2, DAY + (move * 20 + i) * 10_000, i])
      yield* partition.push(points, arrivalMillis)
      yield* partition.move
    }
  }
})

const filesOf = Effect.flatMap(
  PgClient.PgClient,
  (sql) => sql<{ tier: string; state: string; path: string; first: number; last: number; rows: number }>`
    SELECT tier, state, path, first_partition AS first, last_partition AS last, rows::int AS rows
    FROM tier_file ORDER BY id`
)

layer(Layer.fresh(Tiers))("compaction of files", (it) => {
  it.effect("H3: many become few with the same rows, sorted, a series in one of them", () =>
    Effect.gen(function* () {
      yield* movePoints([1, 2, 3], 2)
      const before = [yield* rawPoints, yield* coldRows]
      yield* ageFiles(2)
      const duck = yield* (yield* DuckDb).connect
      // 120 raw points and 12 rollup rows of three partitions.
      assert.strictEqual(yield* compactFiles(duck, 80), 12)
      assert.deepStrictEqual([yield* rawPoints, yield* coldRows], before)
      const live = (yield* filesOf).filter(({ state }) => state === "live")
      assert.deepStrictEqual(
        live.map(({ first, last, rows, tier }) => [tier, first, last, rows]),
        [
          ["raw", 1, 2, 80],
          ["raw", 3, 3, 40],
          ["rollup-5m", 1, 3, 12]
        ]
      )
      const unsorted = yield* query<{ rows: number }>(
        "rollup-5m",
        (files) => `SELECT count(*)::INTEGER AS rows FROM (SELECT (partition, series, bucket) AS key,
            lag((partition, series, bucket)) OVER (ORDER BY file_row_number) AS before FROM
            ${files.replace(")", ", file_row_number = true)")}) WHERE key < before`
      )
      assert.deepStrictEqual(unsorted, [{ rows: 0 }])
      assert.strictEqual(yield* compactFiles(duck, 80), 0)
    })
  )

  it.effect("rows of a bucket that two moves cut are one row afterwards", () =>
    Effect.gen(function* () {
      const rows = yield* query<{ rows: number; buckets: number }>(
        "rollup-5m",
        (files) => `SELECT count(*)::INTEGER AS rows, count(DISTINCT (partition, series, bucket))::INTEGER AS buckets
          FROM ${files}`
      )
      assert.deepStrictEqual(rows, [{ rows: 12, buckets: 12 }])
    })
  )
})

layer(Layer.fresh(Tiers))("compaction by two hubs", (it) => {
  it.effect("of two merges of the same files one is given up, and its files are nobody's", () =>
    Effect.gen(function* () {
      yield* movePoints([1], 2)
      const before = [yield* rawPoints, yield* coldRows]
      yield* ageFiles(2)
      const duck = yield* (yield* DuckDb).connect
      const other = yield* (yield* DuckDb).connect
      const context = yield* Effect.context<PgClient.PgClient | HistoryFolder>()
      let isFirst = true
      const between = (point: TierFaultPoint) => {
        if (point !== "file.published" || !isFirst) return Effect.void
        isFirst = false
        return Effect.asVoid(Effect.orDie(Effect.provide(compactFiles(other), context)))
      }
      assert.strictEqual(yield* Effect.provideService(compactFiles(duck), TierFaults, between), 0)
      assert.deepStrictEqual([yield* rawPoints, yield* coldRows], before)
    })
  )
})

layer(Layer.fresh(Tiers))("compaction of a damaged file", (it) => {
  it.effect("K9: it is left out, and the others are merged", () =>
    Effect.gen(function* () {
      yield* movePoints([1], 3)
      const [first] = yield* livePaths("raw")
      writeFileSync(first!, "nothing")
      yield* ageFiles(2)
      const writer = yield* TierWriter
      yield* writer.compact
      yield* writer.compact
      const raw = (yield* filesOf).filter(({ tier }) => tier === "raw")
      assert.deepStrictEqual(raw.map(({ rows, state }) => `${state} ${rows}`).toSorted(), [
        "live 40",
        "quarantined 20",
        "retired 20",
        "retired 20"
      ])
    })
  )
})

/** Zeros in the middle; its end, and so its size and footer, are as they were. */
const damageInside = (path: string): void => {
  const bytes = readFileSync(path)
  assert.isAbove(bytes.length, 2 * 4_096)
  writeFileSync(path, bytes.fill(0, 4, bytes.length - 4_096))
}

layer(Layer.fresh(Tiers))("compaction where something is in its way", (it) => {
  it.effect("K9: a file damaged inside is left out, and stops no merge behind it, of files or blocks", () =>
    Effect.gen(function* () {
      const partition = new Partition(1)
      yield* partition.claim
      yield* partition.declare([{ workspaceNumber: 1, metric: "cpu", labels: {} }])
      for (let move = 0; move < 3; move++) {
        // Values that do not compress, so that there is something to damage.
        const points = Array.from(
          { length: 5_000 },
          (_, i): Point => [0, DAY + (move * 5_000 + i) * 1_000, Math.sin(i)]
        )
        yield* partition.push(points, DAY)
        yield* partition.move
      }
      damageInside((yield* livePaths("raw"))[0]!)
      yield* ageFiles(2)
      yield* ageHotTables
      const writer = yield* TierWriter
      const states = Effect.map(filesOf, (files) => files.map(({ rows, state, tier }) => `${tier} ${state} ${rows}`))
      const cold = (yield* coldRows).length
      yield* writer.compact
      const once = yield* states
      assert.include(once, "raw quarantined 5000")
      assert.lengthOf(
        once.filter((file) => file === "raw live 5000"),
        2
      )
      assert.include(once, `rollup-5m live ${cold}`)
      const sql = yield* PgClient.PgClient
      const doubled = yield* sql`SELECT FROM hot_block GROUP BY series_group, hour HAVING count(*) > 1`
      assert.lengthOf(doubled, 0)
      yield* writer.compact
      assert.include(yield* states, "raw live 10000")
    })
  )

  it.effect("a full disk stops merges of files, and none of blocks, which are in the database", () =>
    Effect.gen(function* () {
      yield* movePoints([2], 2)
      yield* ageFiles(2)
      yield* ageHotTables
      const before = yield* livePaths("raw")
      const full = HistoryFolder.layer(yield* Root, Number.MAX_SAFE_INTEGER)
      const compact = Effect.flatMap(TierWriter, (writer) => Effect.flip(writer.compact))
      const error = yield* Effect.provide(compact, TierWriterLive.pipe(Layer.provide(full), Layer.fresh))
      assert.strictEqual(error._tag, "DiskFull")
      assert.deepStrictEqual(yield* livePaths("raw"), before)
      const sql = yield* PgClient.PgClient
      const doubled = yield* sql`SELECT FROM hot_block GROUP BY partition_id, series_group, hour HAVING count(*) > 1`
      assert.lengthOf(doubled, 0)
    })
  )
})

layer(Layer.fresh(Tiers))("compaction of blocks", (it) => {
  it.effect("H2: an hour's blocks become one for each group of series and hour of event time", () =>
    Effect.gen(function* () {
      const partition = new Partition(1)
      yield* partition.claim
      yield* partition.declare(
        Array.from({ length: 20 }, (_, i) => ({ workspaceNumber: 1, metric: "cpu", labels: { host: `${i}` } }))
      )
      const sent: Array<Point> = []
      for (let move = 0; move < 4; move++) {
        const points = Array.from(
          { length: 200 },
          (_, i): Point => [i % 20, DAY + (move * 10 + (i % 10)) * 240_000 + i, i]
        )
        yield* partition.push(points, DAY)
        yield* partition.move
        sent.push(...points)
      }
      const expected = modelRows(sent, MINUTE_MILLIS).map((row) => [1, ...row] as const)
      const sql = yield* PgClient.PgClient
      const blocks = sql<{ count: number; places: number }>`
        SELECT count(*)::int, count(DISTINCT (series_group, hour))::int AS places FROM hot_block`
      const [before] = yield* blocks
      assert.isAbove(before!.count, before!.places)
      assert.strictEqual(yield* compactBlocks, 0, "the hour is not over")
      yield* ageHotTables
      assert.strictEqual(yield* compactBlocks, before!.count)
      const [after] = yield* blocks
      assert.deepStrictEqual(after, { count: before!.places, places: before!.places })
      assert.deepStrictEqual(yield* hotRows, expected)
      assert.strictEqual(yield* compactBlocks, 0, "once is enough")
      const tables = yield* sql<{ name: string }>`
        SELECT relname AS name FROM pg_class WHERE relname LIKE 'hot_block%merged' AND relkind = 'r'`
      assert.lengthOf(tables, 1)
    })
  )
})

layer(Layer.fresh(Tiers))("compaction of blocks that are damaged", (it) => {
  it.effect("K9: they stay as they are, and the others are merged", () =>
    Effect.gen(function* () {
      yield* movePoints([1, 2], 3)
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE hot_block SET payload = '\\x63' WHERE ctid IN (
        SELECT ctid FROM hot_block WHERE partition_id = 1 ORDER BY moved_at LIMIT 1)`
      yield* ageHotTables
      assert.strictEqual(yield* compactBlocks, 6)
      const blocks = yield* sql<{ id: number; count: number; damaged: number }>`
        SELECT partition_id AS id, count(*)::int, (count(*) FILTER (WHERE payload = '\\x63'))::int AS damaged
        FROM hot_block GROUP BY id ORDER BY id`
      assert.deepStrictEqual(blocks, [
        { id: 1, count: 2, damaged: 1 },
        { id: 2, count: 1, damaged: 0 }
      ])
    })
  )
})

layer(Layer.fresh(Tiers))("retention", (it) => {
  it.effect("H1: a tier keeps a point so long after the later of its timestamp and its arrival", () =>
    Effect.gen(function* () {
      const now = Date.now()
      yield* movePoints([1], 1, now - 8 * 24 * HOUR)
      yield* movePoints([2], 1, now - 6 * 24 * HOUR)
      const sql = yield* PgClient.PgClient
      // Points of long ago, except of the first partition's rollups.
      yield* sql`UPDATE tier_file SET first_timestamp = '2020-01-01', last_timestamp = '2020-01-01'`
      yield* sql`
        UPDATE tier_file SET newest_arrival = now() - interval '31 days'
        WHERE tier = 'rollup-5m' AND first_partition = 2`
      yield* (yield* TierWriter).retain(RETENTION)
      assert.deepStrictEqual(
        (yield* filesOf).map(({ first, state, tier }) => `${tier} ${first} ${state}`),
        ["raw 1 retired", "rollup-5m 1 live", "raw 2 live", "rollup-5m 2 retired"]
      )
    })
  )

  it.effect("a workspace may keep its history for another time", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE tier_file SET state = 'live'`
      yield* sql`UPDATE workspace SET cold_retention_days = 365, raw_retention_days = 5 WHERE number = 1`
      yield* (yield* TierWriter).retain(RETENTION)
      const states = Effect.map(filesOf, (files) => files.map(({ first, state, tier }) => `${tier} ${first} ${state}`))
      assert.deepStrictEqual(yield* states, ["raw 1 retired", "rollup-5m 1 live", "raw 2 retired", "rollup-5m 2 live"])
      yield* sql`UPDATE workspace SET cold_retention_days = NULL, raw_retention_days = NULL`
      yield* sql`UPDATE tier_file SET state = 'live'`
      yield* (yield* TierWriter).retain(RETENTION)
      assert.deepStrictEqual(yield* states, ["raw 1 retired", "rollup-5m 1 live", "raw 2 live", "rollup-5m 2 retired"])
    })
  )

  it.effect("a retired file stays for those who are about to read it, and goes then", () =>
    Effect.gen(function* () {
      const writer = yield* TierWriter
      const folder = yield* HistoryFolder
      const paths = (yield* filesOf).map(({ path }) => folder.absolute(path))
      assert.isTrue(paths.every((path) => existsSync(path)))
      yield* ageFiles(1)
      // A crash between the file and its row in the manifest.
      const crash = (point: TierFaultPoint) => (point === "sweep.file" ? Effect.die(new Error("crash")) : Effect.void)
      yield* Effect.exit(Effect.provideService(writer.retain(RETENTION), TierFaults, crash))
      yield* writer.retain(RETENTION)
      assert.deepStrictEqual(
        (yield* filesOf).map(({ state, tier }) => `${tier} ${state}`),
        ["rollup-5m live", "raw live"]
      )
      assert.deepStrictEqual(
        paths.map((path) => existsSync(path)),
        [false, true, true, false]
      )
    })
  )

  it.effect("H2: tables of the hot tier go as a whole, when all of their rows are past it", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const lower = Math.floor(Date.now() / HOUR) * 3_600
      for (const hours of [24, 26, 27]) {
        const from = lower - hours * 3_600
        yield* sql.unsafe(`CREATE TABLE hot_block_${from}${hours === 27 ? "_merged" : ""} PARTITION OF hot_block
          FOR VALUES FROM (to_timestamp(${from})) TO (to_timestamp(${from + 3_600}))`)
      }
      yield* (yield* TierWriter).retain(RETENTION)
      const tables = yield* sql<{ name: string }>`
        SELECT relname AS name FROM pg_class WHERE relname ~ '^hot_block_[0-9]' AND relkind = 'r' ORDER BY name`
      const names = tables.map(({ name }) => name)
      assert.notInclude(names, `hot_block_${lower - 27 * 3_600}_merged`)
      assert.include(names, `hot_block_${lower - 24 * 3_600}`)
    })
  )

  it.effect("a merge of blocks waits for readers, and lets those by that come meanwhile", () =>
    Effect.gen(function* () {
      yield* ageHotTables
      const sql = yield* PgClient.PgClient
      const before = yield* hotRows
      const isReading = yield* Latch.make(false)
      const reading = sql.withTransaction(
        Effect.gen(function* () {
          yield* sql`SELECT count(*) FROM hot_block`
          yield* isReading.open
          // The merge asks for its lock, and gives up for a while: others would wait behind it.
          for (const isWaiting of [true, false]) {
            yield* Effect.repeat(
              sql<{ waits: boolean }>`SELECT EXISTS (
                SELECT FROM pg_locks JOIN pg_database ON database = pg_database.oid
                WHERE NOT granted AND datname = current_database()) AS waits`,
              { until: ([row]) => row!.waits === isWaiting }
            )
          }
        })
      )
      const reader = yield* Effect.forkChild(reading)
      yield* isReading.await
      assert.isAbove(yield* compactBlocks, 0)
      yield* Fiber.join(reader)
      assert.deepStrictEqual(yield* hotRows, before)
    }).pipe(TestClock.withLive)
  )

  it.effect("what a crash left in the folder is swept when it is old", () =>
    Effect.gen(function* () {
      const root = yield* Root
      const [live] = yield* livePaths("raw")
      const folder = dirname(live!)
      const old = ["left.parquet", "begun.parquet.writing"].map((name) => join(folder, name))
      const young = ["new.parquet", "new.parquet.writing"].map((name) => join(folder, name))
      for (const path of [...old, ...young]) writeFileSync(path, "")
      const now = Date.now()
      for (const path of [...old, live!]) utimesSync(path, now / 1_000 - 7_200, now / 1_000 - 7_200)
      yield* (yield* TierWriter).retain(RETENTION)
      const left = readdirSync(folder).map((name) => join(folder, name))
      assert.sameMembers(left, [live!, ...young])
      assert.isTrue(folder.startsWith(root))
    })
  )
})

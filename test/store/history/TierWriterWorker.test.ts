/** The writer where the hub has it: in a process of its own. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Fiber, Layer, type Redacted } from "effect"
import { LuminaConfig } from "../../../src/config.ts"
import { FactsPg } from "../../../src/store/facts/FactsPg.ts"
import { DuckDb } from "../../../src/store/history/DuckDb.ts"
import { HistoryFolder } from "../../../src/store/history/HistoryFolder.ts"
import { TierWriter } from "../../../src/store/history/TierWriter.ts"
import { TierWriterWorker } from "../../../src/store/history/TierWriterWorker.ts"
import { JournalPg } from "../../../src/store/JournalPg.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"
import type { Point } from "./points.ts"
import { coldRows, makeWorkspaces, Partition, Root } from "./tiers.ts"

const DAY = Date.UTC(2026, 10, 21)

const Config = Layer.effect(
  LuminaConfig,
  Effect.map(
    Root,
    (root) =>
      ({
        dataDir: root,
        historyDir: join(root, "history"),
        historyReserveMebibytes: 1,
        logLevel: "Error"
      }) as LuminaConfig["Service"]
  )
)
const Folder = Layer.unwrap(Effect.map(Root, (root) => HistoryFolder.layer(join(root, "history"), 0)))
const Duck = Layer.unwrap(
  Effect.map(Root, (temporaryFolder) => DuckDb.layer({ threads: 1, memoryMebibytes: 256, temporaryFolder }))
)
const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }: { url: Redacted.Redacted }) => Sql.layer(url)))
const Worker = TierWriterWorker.pipe(
  Layer.provideMerge(Layer.mergeAll(JournalPg, FactsPg, Folder, Duck, Config)),
  Layer.provideMerge(Layer.effectDiscard(makeWorkspaces)),
  Layer.provideMerge(Database),
  Layer.provideMerge(Root.layer)
)

/** Processes that this one started for the history. */
const writers = (): ReadonlyArray<number> =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0 && isWriter(pid))

const isWriter = (pid: number): boolean => {
  try {
    const parent = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ")[1]
    return parent === String(process.pid) && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("worker/writer.ts")
  } catch {
    return false
  }
}

const points = (count: number, from: number): ReadonlyArray<Point> =>
  Array.from({ length: count }, (_, i) => [0, DAY + (from + i) * 10_000, i])

// Real time: starting a process takes some of it.
layer(Layer.fresh(Worker), { excludeTestServices: true })("the writer's process", (it) => {
  it.effect("moves, merges and drops for the hub; its failures are told with what is wrong", () =>
    Effect.gen(function* () {
      const writer = yield* TierWriter
      const partition = new Partition(1)
      yield* partition.claim
      yield* partition.declare([{ workspaceNumber: 1, metric: "cpu", labels: {} }])
      yield* partition.push(points(10, 0), DAY)
      assert.strictEqual((yield* partition.move).points, 10)
      assert.strictEqual(yield* writer.compact, 0)
      yield* writer.retain({ hotHours: 24, coldDays: 30, rawDays: 7 })
      yield* partition.push(points(1, 20), DAY)
      yield* new Partition(1).claim
      assert.deepStrictEqual(
        yield* Effect.flip(Effect.map(partition.move, ({ points }) => points)).pipe(Effect.map(({ _tag }) => _tag)),
        "Fenced"
      )
    })
  )

  it.effect("a defect of one request is told to whoever made it, and fails no other", () =>
    Effect.gen(function* () {
      const writer = yield* TierWriter
      const partition = new Partition(3)
      yield* partition.claim
      const sql = yield* PgClient.PgClient
      yield* sql`INSERT INTO tier_position VALUES (3, 0, 'no zstd')`
      const held = Effect.gen(function* () {
        yield* sql`LOCK TABLE tier_file IN EXCLUSIVE MODE`
        const other = yield* Effect.forkChild(writer.retain({ hotHours: 24, coldDays: 30, rawDays: 7 }))
        yield* Effect.repeat(sql<{ waits: boolean }>`SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) AS waits`, {
          until: ([row]) => row!.waits
        })
        const exit = yield* Effect.exit(partition.move)
        assert.isTrue(Exit.hasDies(exit))
        return other
      })
      const other = yield* sql.withTransaction(held)
      yield* Fiber.join(other)
      yield* sql`DELETE FROM tier_position WHERE partition_id = 3`
    })
  )

  it.effect("when it dies the hub lives on, and has another one", () =>
    Effect.gen(function* () {
      if (process.platform !== "linux") return
      const partition = new Partition(2)
      yield* partition.claim
      yield* partition.declare([{ workspaceNumber: 1, metric: "cpu", labels: {} }])
      yield* partition.push(points(10, 0), DAY)
      const sql = yield* PgClient.PgClient
      const [first, ...others] = writers()
      assert.deepStrictEqual(others, [])
      // It is held in its transaction: no move gets by while a claim has the lock.
      const held = Effect.gen(function* () {
        yield* sql`LOCK TABLE partition IN EXCLUSIVE MODE`
        const moving = yield* Effect.forkChild(Effect.exit(partition.move))
        yield* Effect.repeat(sql<{ waits: boolean }>`SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted) AS waits`, {
          until: ([row]) => row!.waits
        })
        process.kill(first!, "SIGKILL")
        return yield* Fiber.join(moving)
      })
      const exit = yield* sql.withTransaction(held)
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual((yield* partition.move).points, 10)
      assert.deepStrictEqual(
        (yield* coldRows).filter(([id]) => id === 2).map((row) => row[6]),
        [10]
      )
      const [second] = writers()
      assert.notStrictEqual(second, first)
    })
  )
})

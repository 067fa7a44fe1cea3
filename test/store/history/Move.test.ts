import { readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { DuckDb } from "../../../src/store/history/DuckDb.ts"
import { HistoryFolder, TOKEN_FILE } from "../../../src/store/history/HistoryFolder.ts"
import { move } from "../../../src/store/history/Move.ts"
import { FIVE_MINUTES_MILLIS, MINUTE_MILLIS } from "../../../src/store/history/Rollups.ts"
import { type TierFaultPoint, TierFaults } from "../../../src/store/history/TierFaults.ts"
import { type MoveReport, TierWriter } from "../../../src/store/history/TierWriter.ts"
import { control, declare, keyOf, rule, workspace } from "../../actors/partition/fixtures.ts"
import { modelRows, type Point } from "./points.ts"
import { coldRows, hotRows, livePaths, Partition, query, Root, rawPoints, Tiers } from "./tiers.ts"

const DAY = Date.UTC(2026, 10, 21)
const HOST = { workspaceNumber: 1, metric: "cpu", labels: { host: "web-1", "10": "b", "9": "a" } }
const FRESH = Layer.fresh(Tiers)

const points = (count: number, from = DAY, series = 0): ReadonlyArray<Point> =>
  Array.from({ length: count }, (_, i) => [series, from + i * 10_000, (i * 7) % 13])

const newPartition = Effect.fnUntraced(function* (id: number, series = [HOST]) {
  const partition = new Partition(id)
  yield* partition.claim
  yield* partition.declare(series)
  return partition
})

const of = <A extends ReadonlyArray<number>>(rows: ReadonlyArray<readonly [number, ...A]>, { id }: Partition) =>
  rows.filter(([partition]) => partition === id).map(([, ...row]) => row)

const countIn = (rows: ReadonlyArray<ReadonlyArray<number>>) => rows.reduce((sum, row) => sum + row[5]!, 0)

const apart = ({ room: _, ...report }: MoveReport) => report
const notShown = { damaged: [], late: 0, repeated: 0 }

layer(FRESH, { timeout: 60_000 })("a move", (it) => {
  it.effect("H1: points become rows of all tiers", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(1, [HOST, { ...HOST, metric: "memory" }])
      const sent = [...points(100, DAY - 600_000), ...points(100, DAY - 600_000, 1)]
      yield* partition.push(sent, DAY + 400_000)
      assert.deepStrictEqual(apart(yield* partition.move), {
        ...notShown,
        moved: [{ partition: 1, seq: 2 }],
        points: 200
      })
      assert.deepStrictEqual(
        of(yield* rawPoints, partition),
        sent.map((point) => [...point])
      )
      assert.deepStrictEqual(
        of(yield* coldRows, partition),
        modelRows(sent, FIVE_MINUTES_MILLIS).map((row) => [...row])
      )
      assert.deepStrictEqual(
        of(yield* hotRows, partition),
        modelRows(sent, MINUTE_MILLIS).map((row) => [...row])
      )
      assert.deepStrictEqual(apart(yield* partition.move), {
        ...notShown,
        moved: [{ partition: 1, seq: 2 }],
        points: 0
      })
    })
  )

  it.effect("H6 K8: a file has rows of one workspace and day, and its path says which", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(2, [HOST, { ...HOST, workspaceNumber: 2 }])
      yield* partition.push([...points(4, DAY - 20_000), ...points(4, DAY - 20_000, 1)], DAY)
      yield* partition.move
      const sql = yield* PgClient.PgClient
      const files = yield* sql<{ path: string }>`SELECT path FROM tier_file WHERE first_partition = 2 ORDER BY path`
      const folders = ["raw", "rollup-5m"].flatMap((tier) =>
        ["default", "other"].flatMap((key) =>
          ["2026-11-20", "2026-11-21"].map((day) => `${tier}/workspace=${key}/day=${day}`)
        )
      )
      assert.deepStrictEqual(
        files.map(({ path }) => path.replace(/\/[0-9a-f-]{36}\.parquet$/, "")),
        folders
      )
    })
  )

  it.effect("large moves are cut into batches, also within a partition", () =>
    Effect.gen(function* () {
      const partitions = [yield* newPartition(3), yield* newPartition(4)]
      for (const partition of partitions) {
        for (let i = 0; i < 35; i += 7) yield* partition.push(points(35).slice(i, i + 7), DAY)
      }
      const duck = yield* (yield* DuckDb).connect
      const requests = partitions.map(({ epoch, id, seq }) => ({ partition: id, epoch, upTo: seq }))
      const counts: Array<number> = []
      let behind = requests
      while (behind.length > 0) {
        const { moved, points } = yield* move(duck, behind, 20)
        counts.push(points)
        behind = behind.filter(
          (request) => moved.find(({ partition }) => partition === request.partition)!.seq < request.upTo
        )
      }
      assert.deepStrictEqual(counts, [21, 21, 21, 7])
      for (const partition of partitions) {
        assert.deepStrictEqual(
          of(yield* hotRows, partition),
          modelRows(points(35), MINUTE_MILLIS).map((row) => [...row])
        )
      }
    })
  )

  it.effect("K5: so are moves of large rules, whose text takes memory, too", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(41)
      const scope = { host: Array.from({ length: 60 }, (_, i) => `${i}`.padEnd(1_000, "x")) }
      for (let version = 1; version <= 8; version++) {
        yield* partition.append([control(rule(version, { scope }, { revision: version }))])
      }
      const duck = yield* (yield* DuckDb).connect
      const { epoch, id, seq } = partition
      const positions: Array<number> = []
      while ((positions.at(-1) ?? 0) < seq) {
        const { moved } = yield* move(duck, [{ partition: id, epoch, upTo: seq }], 2_500)
        positions.push(moved[0]!.seq)
      }
      // A rule is some 60 kB, and 60 B of it count as a point.
      assert.strictEqual(positions.length, 3)
    })
  )

  it.effect("K4: nothing is moved for a partition that another node owns", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(5)
      yield* partition.push(points(10), DAY)
      yield* new Partition(5).claim
      const error = yield* Effect.flip(partition.move)
      assert.deepStrictEqual([error._tag, "partitions" in error && error.partitions], ["Fenced", [5]])
      assert.deepStrictEqual(of(yield* rawPoints, partition), [])
      assert.deepStrictEqual(of(yield* hotRows, partition), [])
    })
  )

  it.effect("K1: of two moves of the same records one comes too late", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(6)
      yield* partition.push(points(10), DAY)
      // As a statement that goes on after its hub has died, beside the hub that has started since.
      const duck = yield* (yield* DuckDb).connect
      const other = Effect.orDie(Effect.asVoid(move(duck, [partition.request])))
      const context = yield* Effect.context<PgClient.PgClient | HistoryFolder>()
      const between = (point: TierFaultPoint) =>
        point === "move.files"
          ? Effect.provide(
              other,
              Context.add(context, TierFaults, () => Effect.void)
            )
          : Effect.void
      const error = yield* Effect.flip(Effect.provideService(partition.move, TierFaults, between))
      assert.strictEqual(error._tag, "StoreUnavailable")
      assert.strictEqual(countIn(of(yield* coldRows, partition)), 10)
      assert.strictEqual(countIn(of(yield* hotRows, partition)), 10)
    })
  )

  it.effect("K9: a damaged journal stops its own partition, and no other", () =>
    Effect.gen(function* () {
      const [torn, holed, sound] = [yield* newPartition(7), yield* newPartition(8), yield* newPartition(9)]
      for (const partition of [torn, holed, sound]) {
        yield* partition.push(points(3), DAY)
        yield* partition.push(points(3, DAY + 30_000), DAY)
      }
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE journal SET payload = set_bit(payload, 100, 1 - get_bit(payload, 100))
        WHERE partition_id = 7 AND seq = 2`
      yield* sql`DELETE FROM journal WHERE partition_id = 8 AND seq = 2`
      const {
        damaged,
        moved,
        points: count
      } = yield* (yield* TierWriter).move([torn, holed, sound].map(({ request }) => request))
      assert.deepStrictEqual(
        damaged.map(({ message, partition }) => [partition, message.replace(/:.*/, "")]),
        [
          [7, "record 2 of partition 7"],
          [8, "the journal of partition 8 lacks records after 0"]
        ]
      )
      assert.deepStrictEqual([count, moved.map(({ seq }) => seq)], [6, [0, 0, 3]])
    })
  )

  it.effect("what was journalled before there were tiers may be gone", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(10)
      yield* partition.push(points(3), DAY)
      yield* partition.push(points(4, DAY + 30_000), DAY)
      yield* (yield* PgClient.PgClient)`DELETE FROM journal WHERE partition_id = 10 AND seq <= 2`
      const { moved, points: count } = yield* partition.move
      assert.deepStrictEqual([moved, count], [[{ partition: 10, seq: 3 }], 4])
      assert.deepStrictEqual(
        of(yield* rawPoints, partition),
        points(4, DAY + 30_000).map((point) => [...point])
      )
    })
  )

  it.effect("H4: what controls evaluation is archived in its place among the points", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(11)
      const [first] = [control(workspace(1), rule(2, {}, { workspaceNumber: 2 }))]
      yield* partition.append([first, { _tag: "Tick", timeMillis: DAY }])
      const command = { kind: "close", alertId: "a", ruleId: "r", series: 0, actor: "me", note: null } as const
      yield* partition.append([
        { _tag: "Command", command: { ...command, severity: "Warning", timeMillis: DAY } },
        declare(keyOf(1, "cpu", "host=other"))
      ])
      yield* partition.move
      const rows = yield* query<{ seq: bigint; ordinal: number; kind: string; document: string; file: string }>(
        "control",
        (files) => `SELECT seq, ordinal, kind, document FROM ${files} WHERE partition = 11 ORDER BY seq, ordinal`
      )
      assert.deepStrictEqual(
        rows.map(({ document, kind, ordinal, seq }) => [Number(seq), ordinal, kind, JSON.parse(document).kind]),
        [
          [2, 0, "change", "workspace"],
          [2, 1, "change", "rule"],
          [3, 0, "command", "close"]
        ]
      )
      const paths = yield* livePaths("control")
      assert.lengthOf(
        paths.filter((path) => path.includes("workspace=other")),
        1
      )
    })
  )
})

layer(FRESH, { timeout: 60_000 })("late points", (it) => {
  it.effect("I4 I6: repeated and conflicting ones change nothing, new ones are in every tier", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(1)
      const sent = points(60)
      yield* partition.push(sent, DAY)
      yield* partition.move
      const late: ReadonlyArray<Point> = [
        [0, DAY + 10_000, 7],
        [0, DAY + 10_000, 99],
        [0, DAY + 15_000, 50],
        [0, DAY + 15_000, 51]
      ]
      yield* partition.push(late, DAY)
      const report = yield* partition.move
      assert.deepStrictEqual([report.points, report.late, report.repeated], [1, 1, 3])
      const expected = [...sent, late[2]!].toSorted((a, b) => a[1] - b[1])
      assert.deepStrictEqual(
        of(yield* rawPoints, partition),
        expected.map((point) => [...point])
      )
      assert.deepStrictEqual(
        of(yield* hotRows, partition),
        modelRows(expected, MINUTE_MILLIS).map((row) => [...row])
      )
      assert.deepStrictEqual(
        of(yield* coldRows, partition),
        modelRows(expected, FIVE_MINUTES_MILLIS).map((row) => [...row])
      )
      const marks = yield* query<{ late: boolean }>("raw", (files) => `SELECT late FROM ${files} WHERE value = 50`)
      assert.deepStrictEqual(marks, [{ late: true }])
    })
  )

  it.effect("H4: where raw points are no longer kept, they are added as they come", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(2)
      yield* partition.push(points(30), DAY)
      yield* partition.move
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE tier_file SET state = 'retired' WHERE tier = 'raw' AND first_partition = 2`
      yield* partition.push([[0, DAY, 100]], DAY)
      assert.strictEqual((yield* partition.move).points, 1)
      const [first] = of(yield* coldRows, partition)
      assert.deepStrictEqual([first![3], first![5]], [100, 31])
    })
  )

  for (const [id, how, damage] of [
    [10, "is cut short", (path: string) => truncateSync(path, 500)],
    [11, "is not there", (path: string) => rmSync(path)],
    [12, "was replaced by another", (path: string) => writeFileSync(path, "not parquet".repeat(1_000))],
    [13, "has bad pages", damagePages]
  ] as const) {
    it.effect(`K9: a raw file that ${how} is quarantined, and stops no move`, () =>
      Effect.gen(function* () {
        const partition = yield* newPartition(id)
        // Values that do not compress, so that there is something to damage.
        const values = points(5_000).map(([series, time]): Point => [series, time, Math.sin(time)])
        yield* partition.push(values, DAY)
        yield* partition.move
        const sql = yield* PgClient.PgClient
        const own = sql<{ path: string; state: string }>`
          SELECT path, state FROM tier_file WHERE tier = 'raw' AND first_partition = ${partition.id} ORDER BY id`
        const folder = yield* HistoryFolder
        damage(folder.absolute((yield* own)[0]!.path))
        yield* partition.push([[0, DAY + 1, 5]], DAY)
        assert.strictEqual((yield* partition.move).points, 1)
        assert.deepStrictEqual(
          (yield* own).map(({ state }) => state),
          ["quarantined", "live"]
        )
      })
    )
  }
})

/** Zeros in the middle; its end, and so its size and footer, are as they were. */
function damagePages(path: string): void {
  const bytes = readFileSync(path)
  assert.isAbove(bytes.length, 2 * 4_096)
  bytes.fill(0, 4, bytes.length - 4_096)
  writeFileSync(path, bytes)
}

layer(Layer.fresh(Tiers))("a folder that is not mounted", (it) => {
  it.effect("nothing is written where it would be", () =>
    Effect.gen(function* () {
      const partition = yield* newPartition(1)
      yield* partition.push(points(10), DAY)
      const token = join(yield* Root, TOKEN_FILE)
      renameSync(token, `${token}-elsewhere`)
      assert.strictEqual((yield* Effect.flip(partition.move))._tag, "HistoryFailed")
      renameSync(`${token}-elsewhere`, token)
      assert.strictEqual((yield* partition.move).points, 10)
    })
  )
})

layer(Layer.fresh(Tiers))("a disk that is full", (it) => {
  it.effect(
    "nothing is written before it is; the journal keeps the points, and they are moved when there is room",
    () =>
      Effect.gen(function* () {
        const partition = yield* newPartition(1)
        yield* partition.push(points(10), DAY)
        const root = yield* Root
        const duck = yield* (yield* DuckDb).connect
        const error = yield* Effect.flip(
          Effect.provide(move(duck, [partition.request]), HistoryFolder.layer(root, Number.MAX_SAFE_INTEGER))
        )
        assert.strictEqual(error._tag, "DiskFull")
        assert.match(error.message, /^only \d+ MiB are free on the disk of the history folder/)
        assert.deepStrictEqual(yield* rawPoints, [])
        assert.strictEqual((yield* partition.move).points, 10)
      })
  )
})

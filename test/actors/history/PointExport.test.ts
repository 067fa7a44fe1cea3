/** An export over real tiers: everything once, as fine as it is kept, of one workspace. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import { type ExportRequest, PointExport } from "../../../src/actors/history/PointExport.ts"
import { Partitions } from "../../../src/actors/partition/Partitions.ts"
import type { ExportLine } from "../../../src/schema/Export.ts"
import { ExportStoreLive } from "../../../src/store/export/ExportStoreLive.ts"
import { TierReaderLive } from "../../../src/store/history/TierReaderLive.ts"
import { modelRows, type Point } from "../../store/history/points.ts"
import { Partition, Tiers } from "../../store/history/tiers.ts"

const DAY = Date.UTC(2026, 10, 21)
const MINUTE = 60_000
const EVERYTHING: ExportRequest = { workspaceNumber: 1, metric: null, labels: {}, fromMillis: null, toMillis: null }

const unmoved = new Map<number, string>()
/** Closed: a move takes long. */
const moving = Latch.makeUnsafe(true)
const PartitionsStub = Layer.mock(Partitions, {
  moveNow: () => Effect.as(moving.await, unmoved),
  totals: () => ({ evaluated: 0, late: 0, duplicate: 0, conflicting: 0 })
})

const Export = PointExport.layer.pipe(
  Layer.provide(PartitionsStub),
  Layer.provide(Layer.mergeAll(ExportStoreLive, TierReaderLive)),
  Layer.provideMerge(Tiers)
)

const linesOf = (request: Partial<ExportRequest> = {}) =>
  Effect.scoped(
    Effect.gen(function* () {
      const lines = yield* (yield* PointExport).lines({ ...EVERYTHING, ...request })
      return yield* Stream.runCollect(lines)
    })
  )

type Kept = "points" | "1m" | "5m" | "missing"

/** What each series has, in the order of the lines. */
const bySeries = (lines: ReadonlyArray<ExportLine>) => {
  const found: Record<string, Array<readonly [Kept, ReadonlyArray<unknown>]>> = {}
  let name = ""
  for (const line of lines) {
    if (line.type === "series") name = `${line.metric}${JSON.stringify(line.labels)}`
    const rows = found[name] ?? []
    if (line.type === "points") rows.push(["points", line.points])
    if (line.type === "rollups") rows.push([line.resolution, line.rows])
    if (line.type === "missing") rows.push(["missing", [line.reason]])
    if (line.type !== "start" && line.type !== "end") found[name] = rows
  }
  return found
}

const points: ReadonlyArray<Point> = [0, 1, 2].flatMap((series) =>
  Array.from({ length: 120 }, (_, i): Point => [series, DAY + i * 10_000, i + series / 2])
)
const raw = (series: number, some = points) =>
  some.filter((point) => point[0] === series).map(([, time, value]) => [time, value])
const rollups = (series: number, width: number) =>
  modelRows(
    points.filter((point) => point[0] === series),
    width
  ).map(([, start, min, max, sum, count, last]) => [start, min, max, sum, count, last])

layer(Layer.fresh(Export), { timeout: 60_000 })("an export of points", (it) => {
  it.effect("raw points, late ones in their places, of one workspace (K8)", () =>
    Effect.gen(function* () {
      const partition = new Partition(7)
      yield* partition.claim
      yield* partition.declare([
        { workspaceNumber: 1, metric: "cpu", labels: { host: "a" } },
        { workspaceNumber: 1, metric: "mem", labels: { host: "a", zone: "z" } },
        { workspaceNumber: 2, metric: "cpu", labels: { secret: "s" } }
      ])
      const late = (point: Point) => point[1] === DAY + 50_000
      yield* partition.push(
        points.filter((point) => !late(point)),
        DAY + 3_600_000
      )
      yield* partition.move
      yield* partition.push(points.filter(late), DAY + 3_600_000)
      yield* partition.move

      const lines = yield* linesOf()
      assert.deepStrictEqual(lines[0], { type: "start", labelNames: ["host", "zone"] })
      assert.deepStrictEqual(lines.at(-1), { type: "end", points: 240, rollups: 0, missing: 0 })
      assert.deepStrictEqual(bySeries(lines), {
        'cpu{"host":"a"}': [["points", raw(0)]],
        'mem{"host":"a","zone":"z"}': [["points", raw(1)]]
      })
      assert.deepStrictEqual(bySeries(yield* linesOf({ metric: "mem" })), {
        'mem{"host":"a","zone":"z"}': [["points", raw(1)]]
      })
      assert.deepStrictEqual(bySeries(yield* linesOf({ labels: { host: "b" } })), {})
      const [from, to] = [DAY + 15_000, DAY + 40_000]
      assert.deepStrictEqual(bySeries(yield* linesOf({ metric: "cpu", fromMillis: from, toMillis: to })), {
        'cpu{"host":"a"}': [["points", raw(0).slice(2, 4)]]
      })
    })
  )

  it.effect("rollups with all they say where raw points are gone; what cannot be read is named", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      yield* sql`UPDATE tier_file SET state = 'retired' WHERE tier = 'raw'`
      const byMinutes = bySeries(yield* linesOf({ metric: "cpu" }))
      assert.deepStrictEqual(byMinutes, { 'cpu{"host":"a"}': [["1m", rollups(0, MINUTE)]] })

      yield* sql`DELETE FROM hot_block`
      const lines = yield* linesOf({ metric: "cpu" })
      assert.deepStrictEqual(bySeries(lines), { 'cpu{"host":"a"}': [["5m", rollups(0, 5 * MINUTE)]] })
      assert.deepStrictEqual(lines.at(-1), { type: "end", points: 0, rollups: 4, missing: 0 })

      yield* sql`UPDATE tier_file SET state = 'quarantined', reason = 'cut short' WHERE workspace_number = 1`
      unmoved.set(7, "the disk is full")
      const found = bySeries(yield* linesOf({ metric: "cpu" }))['cpu{"host":"a"}']!
      assert.isTrue(found.every(([kept]) => kept === "missing"))
      const reasons = found.flatMap(([, reason]) => reason)
      assert.strictEqual(reasons[0], "what came last is not in the history yet: the disk is full")
      assert.match(String(reasons[1]), /^the file rollup-5m\/workspace=default\/.* cannot be read: cut short$/)
      unmoved.clear()
    })
  )

  it.effect("K9: of a window of which a file is lost no rollup comes out that tells of a part of its points", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const partition = new Partition(8)
      yield* partition.claim
      yield* partition.declare([{ workspaceNumber: 1, metric: "cut", labels: {} }])
      // Two moves cut the window; the next one is in the second move alone.
      for (const seconds of [
        [0, 10],
        [20, 30, 300, 310]
      ]) {
        yield* partition.push(
          seconds.map((second): Point => [0, DAY + second * 1_000, second]),
          DAY
        )
        yield* partition.move
      }
      yield* sql`UPDATE tier_file SET state = 'retired' WHERE tier = 'raw'`
      yield* sql`DELETE FROM hot_block`
      const whole = bySeries(yield* linesOf({ metric: "cut" }))["cut{}"]!
      const next = [DAY + 300_000, 300, 310, 610, 2, 310]
      assert.deepStrictEqual(whole, [["5m", [[DAY, 0, 30, 60, 4, 30], next]]])
      yield* sql`UPDATE tier_file SET state = 'quarantined', reason = 'cut short' WHERE id = (
        SELECT min(id) FROM tier_file WHERE tier = 'rollup-5m' AND first_partition = 8)`
      const lines = yield* linesOf({ metric: "cut" })
      const [missing, ...rest] = bySeries(lines)["cut{}"]!
      assert.strictEqual(missing![0], "missing")
      assert.deepStrictEqual(rest, [["5m", [next]]])
      assert.deepStrictEqual(
        lines.flatMap((line) => (line.type === "missing" ? [[line.from, line.to]] : [])),
        [[DAY, DAY + 300_000]]
      )
    })
  )

  /** An export while a move takes long; it has sent its first line. */
  const whileMoving = Effect.gen(function* () {
    moving.closeUnsafe()
    const lines = yield* Queue.unbounded<ExportLine>()
    const exporting = Effect.flatMap(PointExport, (exports) => exports.lines({ ...EVERYTHING, metric: "cut" })).pipe(
      Effect.flatMap(Stream.runForEach((line) => Queue.offer(lines, line))),
      Effect.scoped
    )
    const running = yield* Effect.forkChild(exporting)
    yield* TestClock.adjust("5 seconds")
    assert.deepStrictEqual(yield* Queue.take(lines), { type: "start", labelNames: [] })
    const rest = Effect.andThen(Fiber.join(running), Queue.takeAll(lines))
    return { lines, rest }
  })

  it.effect("while points are moved for long the first line is there; all of them are in the rest", () =>
    Effect.gen(function* () {
      const { lines, rest } = yield* whileMoving
      yield* TestClock.adjust("85 seconds")
      assert.strictEqual(yield* Queue.size(lines), 0)
      moving.openUnsafe()
      const found = yield* rest
      assert.strictEqual(found.at(-1)!.type, "end")
      assert.notInclude(JSON.stringify(found), "still being moved")
    })
  )

  it.effect("I3: what is not moved when who reads would give up is named", () =>
    Effect.gen(function* () {
      const { rest } = yield* whileMoving
      yield* TestClock.adjust("90 seconds")
      const found = yield* rest
      moving.openUnsafe()
      const reason = "what came last is not in the history yet: it is still being moved"
      assert.deepInclude(found, { type: "missing", from: null, to: null, reason })
    })
  )

  it.effect("K5: others are told to come back while two run", () =>
    Effect.gen(function* () {
      const exports = yield* PointExport
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* exports.lines(EVERYTHING)
          yield* exports.lines(EVERYTHING)
          const error = yield* Effect.flip(exports.lines(EVERYTHING))
          assert.strictEqual(error._tag, "Unavailable")
        })
      )
      yield* Effect.scoped(exports.lines(EVERYTHING))
    })
  )
})

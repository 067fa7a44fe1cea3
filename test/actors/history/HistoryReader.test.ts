/** H5: one question, all tiers. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import { HistoryReader } from "../../../src/actors/history/HistoryReader.ts"
import type { HistoryRequest } from "../../../src/schema/History.ts"
import type { TierReader } from "../../../src/store/history/TierReader.ts"
import { checkBuckets, checkSpans } from "./checks.ts"
import { bucketRows, ModelTiers, modelBuckets } from "./ModelTiers.ts"
import { ask, layerOf, read } from "./reading.ts"

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A whole hour. */
const T0 = Date.UTC(2026, 0, 5)

/** Points come in; now and then they are moved, and the hot tier drops what is old. */
const Event = Schema.Union([
  Schema.Tuple([
    Schema.Literal("push"),
    Schema.Literals([0, 0, 0, 1]),
    // Later or earlier than the newest, mostly by little.
    Schema.Literals([1, 5, 5, 30, 61, 299, 600, 1_500, 7_200, -1, -40, -400, -1_000, -5_000, 0]),
    Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 40 }))
  ]),
  Schema.Tuple([Schema.Literal("move")]),
  Schema.Tuple([Schema.Literal("drop"), Schema.Literals([0, 1, 2, 3])])
])
type Event = typeof Event.Type

/** `lag`: how much later than its time a point arrives; imports are hours late. */
const replay = (events: ReadonlyArray<Event>, lag: number): ModelTiers => {
  const tiers = new ModelTiers()
  let time = T0
  let arrival = T0 + lag
  for (const event of events) {
    if (event[0] === "move") tiers.move()
    else if (event[0] === "drop") tiers.drop(arrival - event[1] * HOUR)
    else {
      const [, series, step, count] = event
      for (let i = 0; i < count; i++) {
        time = Math.max(time + step * SECOND, T0 - 10 * HOUR)
        arrival = Math.max(arrival, time + lag)
        tiers.push([series, time, ((i * 37 + step * 11) % 1_000) / 8], arrival)
      }
    }
  }
  return tiers
}

const Offset = Schema.Int.check(Schema.isBetween({ minimum: -6 * HOUR, maximum: 30 * HOUR }))

describe("H5: history over all tiers", () => {
  it.effect.prop(
    "is that of the points, whatever tier has them, for any range and any step",
    [
      Arbitrary.array(Arbitrary.schema(Event)),
      Schema.Literals([0, 2 * HOUR, 400 * 24 * HOUR]),
      Offset,
      Offset,
      Schema.NullOr(
        Schema.Literals([1, SECOND, 7 * SECOND, MINUTE, 90 * SECOND, 5 * MINUTE, 7 * MINUTE, HOUR, 9 * HOUR])
      )
    ],
    ([events, lag, a, b, step]) =>
      Effect.gen(function* () {
        const tiers = replay(events, lag)
        const [from, to] = [T0 + a, T0 + b].sort((x, y) => x - y) as [number, number]
        const request = ask(from, to + 1, step)
        const histories = yield* read(tiers, request, [0, 1])
        for (const [series, { buckets, spans }] of histories.entries()) {
          const own = tiers.accepted.filter((point) => point[0] === series)
          checkSpans(spans, request)
          checkBuckets(bucketRows(buckets), own, spans, request)
        }
      }),
    { arbitrary: { runs: 600 } }
  )
})

/** A point each ten seconds for so long, ending at a time; arrived as they were measured. */
const live = (tiers: ModelTiers, fromMillis: number, toMillis: number, series = 0): void => {
  for (let time = fromMillis; time < toMillis; time += 10 * SECOND) tiers.push([series, time, 1], time)
}

describe("H5: which tier answers", () => {
  it.effect("raw points while the RAM tier has them, then minutes, then five minutes, without a seam", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + 26 * HOUR)
      tiers.move()
      live(tiers, T0 + 26 * HOUR, T0 + 26 * HOUR + 2 * MINUTE)
      tiers.drop(T0 + 2 * HOUR)
      const request = ask(T0, T0 + 27 * HOUR, 30 * MINUTE)
      const [{ buckets, spans } = never()] = yield* read(tiers, request)
      // The newest point is at 26:01:50; raw points are held from 25:46:50.001 on.
      assert.deepStrictEqual(spans, [
        { from: T0, to: T0 + 2 * HOUR + 5 * MINUTE, resolution: "5m" },
        { from: T0 + 2 * HOUR + 5 * MINUTE, to: T0 + 25 * HOUR + 47 * MINUTE, resolution: "1m" },
        { from: T0 + 25 * HOUR + 47 * MINUTE, to: T0 + 27 * HOUR, resolution: "raw" }
      ])
      assert.deepStrictEqual(
        bucketRows(buckets).map(([, , , , count]) => count),
        [...Array.from({ length: 52 }, () => 180), 12]
      )
      assert.strictEqual(tiers.moves, 0)
    })
  )

  it.effect("nothing is read, and nothing moved, where the RAM tier has it all", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + HOUR)
      tiers.moveFails = "no"
      const asked = Effect.die("a tier was asked")
      const broken: TierReader["Service"] = {
        minutesFrom: asked,
        minutes: () => asked,
        oldest: () => asked,
        fiveMinutes: () => asked,
        unreadable: asked
      }
      Object.defineProperty(tiers, "reader", { value: broken })
      const [{ buckets, spans } = never()] = yield* read(tiers, ask(T0 + 50 * MINUTE, T0 + HOUR))
      assert.deepStrictEqual(spans, [{ from: T0 + 50 * MINUTE, to: T0 + HOUR, resolution: "raw" }])
      assert.strictEqual(buckets.count, 60)
      assert.strictEqual(tiers.moves, 0)
    })
  )

  it.effect("I3: what ran through the RAM tier before a move is moved when it is asked for, once in a while", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + 5 * HOUR)
      const count = (request: HistoryRequest) =>
        Effect.gen(function* () {
          const reader = yield* HistoryReader
          const [{ buckets, spans } = never()] = yield* reader.read(1, [{ partition: 0, series: 0 }], request)
          checkSpans(spans, request)
          return bucketRows(buckets).reduce((sum, [, , , , one]) => sum + one, 0)
        })
      yield* Effect.gen(function* () {
        assert.strictEqual(yield* count(ask(T0, T0 + 5 * HOUR, MINUTE)), 1_800)
        assert.strictEqual(tiers.moves, 1)
        tiers.push([0, T0 + 5 * SECOND, 1], T0 + 5 * HOUR)
        assert.strictEqual(yield* count(ask(T0, T0 + 5 * HOUR, MINUTE)), 1_800)
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* count(ask(T0, T0 + 5 * HOUR, MINUTE)), 1_801)
        assert.strictEqual(tiers.moves, 2)
      }).pipe(Effect.provide(layerOf(tiers)))
    })
  )

  it.effect("what cannot be moved is missing, with the reason, and the rest is there", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + HOUR)
      tiers.move()
      tiers.hotFrom = T0 + 48 * HOUR
      live(tiers, T0 + HOUR, T0 + 5 * HOUR)
      tiers.moveFails = "the disk is full"
      const [{ buckets, spans } = never()] = yield* read(tiers, ask(T0, T0 + 5 * HOUR, 5 * MINUTE))
      assert.deepStrictEqual(spans, [
        { from: T0, to: T0 + HOUR, resolution: "5m" },
        { from: T0 + HOUR, to: T0 + 4 * HOUR + 45 * MINUTE, resolution: "5m", missing: "the disk is full" },
        { from: T0 + 4 * HOUR + 45 * MINUTE, to: T0 + 5 * HOUR, resolution: "raw" }
      ])
      assert.strictEqual(buckets.count, 15)
    })
  )

  it.effect("a move goes on when an answer does not wait for it any more; who asks meanwhile shares the next", () => {
    const tiers = new ModelTiers()
    live(tiers, T0, T0 + HOUR)
    return Effect.gen(function* () {
      const reader = yield* HistoryReader
      const request = ask(T0, T0 + HOUR, MINUTE)
      const question = Effect.map(reader.read(1, [{ partition: 0, series: 0 }], request), ([one = never()]) =>
        one.spans.some(({ missing }) => missing !== undefined)
      )
      tiers.moving.closeUnsafe()
      const first = yield* Effect.forkChild(question)
      yield* TestClock.adjust("5 seconds")
      assert.isTrue(yield* Fiber.join(first))
      const others = yield* Effect.forkChild(Effect.all([question, question, question], { concurrency: 3 }))
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(tiers.moves, 1)
      tiers.moving.openUnsafe()
      assert.deepStrictEqual(yield* Fiber.join(others), [false, false, false])
      assert.strictEqual(tiers.moves, 2)
    }).pipe(Effect.provide(layerOf(tiers)))
  })

  it.effect("a partition that reads back its raw points is answered by the tiers alone", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + HOUR)
      tiers.partition.rawMissing = "being read back"
      const request = ask(T0, T0 + HOUR, MINUTE)
      const [{ buckets, spans } = never()] = yield* read(tiers, request)
      assert.deepStrictEqual(spans, [{ from: T0, to: T0 + HOUR, resolution: "1m" }])
      assert.deepStrictEqual(bucketRows(buckets), modelBuckets(tiers.accepted, MINUTE))
      tiers.moveFails = "partition 0 is starting"
      const [later = never()] = yield* read(tiers, ask(T0, T0 + 2 * HOUR, MINUTE))
      assert.deepStrictEqual(later.spans, [
        { from: T0, to: T0 + HOUR, resolution: "1m" },
        { from: T0 + HOUR, to: T0 + 2 * HOUR, resolution: "1m", missing: "partition 0 is starting" }
      ])
    })
  )

  it.effect("an import is answered as finely as the hot tier has it, window by window", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      const arrival = T0 + 400 * 24 * HOUR
      live(tiers, T0, T0 + 10 * MINUTE)
      tiers.move()
      tiers.drop(arrival - HOUR)
      for (let time = T0 + 2 * MINUTE + 5 * SECOND; time < T0 + 3 * HOUR; time += 10 * SECOND) {
        tiers.push([0, time, 1], arrival)
      }
      tiers.move()
      const [{ spans } = never()] = yield* read(tiers, ask(T0 + MINUTE, T0 + 2 * HOUR))
      // Of the first ten minutes the hot tier has only what came a year later.
      assert.deepStrictEqual(spans, [
        { from: T0 + MINUTE, to: T0 + 10 * MINUTE, resolution: "5m" },
        { from: T0 + 10 * MINUTE, to: T0 + 2 * HOUR, resolution: "1m" }
      ])
      const [within = never()] = yield* read(tiers, ask(T0 + 12 * MINUTE, T0 + 2 * HOUR, MINUTE))
      assert.strictEqual(within.buckets.starts[0], T0 + 12 * MINUTE)
      const [coarse = never()] = yield* read(tiers, ask(T0, T0 + 2 * HOUR, 10 * MINUTE))
      assert.deepStrictEqual(coarse.spans, [{ from: T0, to: T0 + 2 * HOUR, resolution: "5m" }])
    })
  )

  it.effect("five minutes go up to the next whole ones, where raw points take over", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + 21 * MINUTE)
      tiers.move()
      tiers.hotFrom = T0 + HOUR
      const [{ buckets, spans } = never()] = yield* read(tiers, ask(T0, T0 + 30 * MINUTE, 5 * MINUTE))
      assert.strictEqual(spans[0]!.to, T0 + 10 * MINUTE)
      assert.deepStrictEqual([...buckets.counts], [30, 30, 30, 30, 6])
    })
  )

  it.effect("what the hot tier drops while it is read comes from the cold tier", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + 26 * HOUR)
      tiers.move()
      tiers.drop(T0 + 2 * HOUR)
      const { reader } = tiers
      Object.defineProperty(tiers, "reader", { value: { ...reader, minutesFrom: Effect.succeed(T0) } })
      const [{ buckets, spans } = never()] = yield* read(tiers, ask(T0, T0 + 5 * HOUR, HOUR))
      assert.deepStrictEqual([...buckets.counts], [360, 360, 360, 360, 360])
      assert.strictEqual(spans[0]!.to, T0 + 2 * HOUR + 5 * MINUTE)
    })
  )

  it.effect("gaps of a tier are named where the tier answers, and nowhere else", () =>
    Effect.gen(function* () {
      const tiers = new ModelTiers()
      live(tiers, T0, T0 + 26 * HOUR)
      tiers.move()
      tiers.drop(T0 + 2 * HOUR)
      const reason = "the file is damaged"
      tiers.gaps = [
        { fromMillis: T0 - HOUR, toMillis: T0 + 5 * MINUTE, reason },
        { fromMillis: T0 + HOUR, toMillis: T0 + 4 * HOUR, reason }
      ]
      const [{ buckets, spans } = never()] = yield* read(tiers, ask(T0, T0 + 3 * HOUR, 5 * MINUTE))
      assert.deepStrictEqual(spans, [
        { from: T0, to: T0 + 5 * MINUTE, resolution: "5m", missing: reason },
        { from: T0 + 5 * MINUTE, to: T0 + HOUR, resolution: "5m" },
        { from: T0 + HOUR, to: T0 + 2 * HOUR + 5 * MINUTE, resolution: "5m", missing: reason },
        { from: T0 + 2 * HOUR + 5 * MINUTE, to: T0 + 3 * HOUR, resolution: "1m" }
      ])
      assert.deepStrictEqual([...buckets.starts].slice(0, 13).at(-1), T0 + 2 * HOUR + 10 * MINUTE)
    })
  )
})

const never = (): never => assert.fail("no series")

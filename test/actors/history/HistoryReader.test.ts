/** H5: one question, all tiers. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Layer, Schema } from "effect"
import { HistoryReader } from "../../../src/actors/history/HistoryReader.ts"
import { Partitions } from "../../../src/actors/partition/Partitions.ts"
import type { HistoryRequest } from "../../../src/schema/History.ts"
import { TierReader } from "../../../src/store/history/TierReader.ts"
import type { Point } from "../../store/history/points.ts"
import { bucketRows, ModelTiers, modelBuckets } from "./ModelTiers.ts"

const SECOND = 1_000
const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A whole hour. */
const T0 = Date.UTC(2026, 0, 5)

const ask = (fromMillis: number, toMillis: number, stepMillis: number | null = null): HistoryRequest => ({
  metric: "m",
  labels: {},
  fromMillis,
  toMillis,
  stepMillis
})

const read = (tiers: ModelTiers, request: HistoryRequest, series: ReadonlyArray<number> = [0]) =>
  Effect.gen(function* () {
    const reader = yield* HistoryReader
    return yield* reader.read(
      1,
      series.map((local) => ({ partition: 0, series: local })),
      request
    )
  }).pipe(
    Effect.provide(
      HistoryReader.layer.pipe(
        Layer.provide(Layer.succeed(Partitions, tiers.partitions)),
        Layer.provide(Layer.succeed(TierReader, tiers.reader))
      )
    )
  )

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
    { arbitrary: { runs: 400 } }
  )
})

/** They cover the question, one after the other, and nothing is missing. */
const checkSpans = (
  spans: ReadonlyArray<{ readonly from: number; readonly to: number; readonly missing?: string }>,
  { fromMillis, toMillis }: HistoryRequest
) => {
  assert.strictEqual(spans[0]?.from, fromMillis)
  assert.strictEqual(spans.at(-1)?.to, toMillis)
  for (let i = 1; i < spans.length; i++) assert.strictEqual(spans[i]!.from, spans[i - 1]!.to)
  for (const { missing } of spans) assert.isUndefined(missing)
}

/**
 * Of a step that all tiers can tell apart, the answer is exactly that of the points. Of any step, each point in the
 * range is counted once, in a bucket that has it by the step of its span, and times rise.
 */
const checkBuckets = (
  rows: ReadonlyArray<readonly [start: number, min: number, max: number, sum: number, count: number]>,
  points: ReadonlyArray<Point>,
  spans: ReadonlyArray<{ readonly from: number; readonly to: number; readonly resolution: "raw" | "1m" | "5m" }>,
  { fromMillis, stepMillis, toMillis }: HistoryRequest
) => {
  for (let i = 1; i < rows.length; i++) assert.isBelow(rows[i - 1]![0], rows[i]![0])
  if (stepMillis === null) assert.isAtMost(rows.length, 1_000)
  const isOne = new Set(spans.map(({ resolution }) => resolution)).size === 1
  const resolution = { raw: 1, "1m": MINUTE, "5m": 5 * MINUTE }[spans[0]!.resolution]
  if (stepMillis !== null && (isOne || stepMillis % (5 * MINUTE) === 0)) {
    const width = Math.ceil(stepMillis / resolution) * resolution
    const expected = modelBuckets(points, isOne ? width : stepMillis).filter(
      ([start]) => start >= fromMillis && start < toMillis
    )
    assert.deepStrictEqual(rows, expected)
  }
  const total = rows.reduce((sum, [, , , , count]) => sum + count, 0)
  const widest = Math.max(stepMillis ?? 0, 1) + 5 * MINUTE
  const surely = points.filter(([, time]) => time >= fromMillis + widest && time < toMillis - widest)
  const perhaps = points.filter(([, time]) => time >= fromMillis && time < toMillis + widest)
  if (stepMillis !== null) {
    assert.isAtLeast(total, surely.length)
    assert.isAtMost(total, perhaps.length)
  }
}

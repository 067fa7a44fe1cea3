import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import type { HistoryRequest } from "../../src/schema/History.ts"
import {
  answerSeries,
  coarsen,
  type HistoryPart,
  mergeRollups,
  type Rollup,
  rawParts,
  readTo
} from "../../src/schema/HistoryBuckets.ts"

const SECOND = 1_000
const MINUTE = 60_000
/** A whole hour. */
const T0 = 1_699_999_200_000

type Points = ReadonlyArray<readonly [timestamp: number, value: number]>

const ask = (fromMillis: number, toMillis: number, stepMillis: number | null = null): HistoryRequest => ({
  metric: "m",
  labels: {},
  fromMillis,
  toMillis,
  stepMillis
})

const columns = (points: Points, missing: string | null = null) => ({
  timestamps: Float64Array.from(points, ([timestamp]) => timestamp),
  values: Float64Array.from(points, ([, value]) => value),
  missing
})

const answer = (points: Points, request: HistoryRequest, maxPoints = 1_000) =>
  answerSeries("m", {}, rawParts(columns(points), request), request, maxPoints).points

/** Buckets of points the naive way. */
const bucketsOf = (points: Points, step: number) => {
  const buckets = new Map<number, Array<number>>()
  for (const [timestamp, value] of points) {
    const start = timestamp - (timestamp % step)
    buckets.set(start, [...(buckets.get(start) ?? []), value])
  }
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([start, values]) => {
      const sum = values.reduce((total, value) => total + value, 0)
      return [start, Math.min(...values), sum / values.length, Math.max(...values)] as const
    })
}

const rollupsOf = (points: Points, step: number): ReadonlyArray<Rollup> =>
  coarsen(rawParts(columns(points), ask(0, 1))[0]!.rollups, step)

describe("H5: buckets", () => {
  const points: Points = [
    [T0 + 1_000, 1],
    [T0 + 59_999, 3],
    [T0 + 60_000, 10],
    [T0 + 200_000, 7]
  ]

  it("are aligned to the epoch, named by their start, absent where empty", () => {
    assert.deepStrictEqual(answer(points, ask(T0, T0 + 5 * MINUTE, MINUTE)), [
      [T0, 1, 2, 3],
      [T0 + MINUTE, 10, 10, 10],
      [T0 + 3 * MINUTE, 7, 7, 7]
    ])
    assert.deepStrictEqual<unknown>(answer(points, ask(T0 - MINUTE, T0 + 5 * MINUTE, 7_000)), bucketsOf(points, 7_000))
  })

  it("belong to the answer, whole, when they start in [from, to)", () => {
    assert.deepStrictEqual(answer(points, ask(T0 + 1, T0 + 3 * MINUTE, MINUTE)), [[T0 + MINUTE, 10, 10, 10]])
    assert.deepStrictEqual(answer(points, ask(T0, T0 + 1, MINUTE)), [[T0, 1, 2, 3]])
    assert.deepStrictEqual(answer(points, ask(T0 + 60_001, T0 + 3 * MINUTE, MINUTE)), [])
  })

  it("are the points themselves where no step is asked for and they are few", () => {
    assert.deepStrictEqual(answer(points, ask(T0 + 1_000, T0 + 60_000)), [
      [T0 + 1_000, 1, 1, 1],
      [T0 + 59_999, 3, 3, 3]
    ])
  })

  it("are as fine as gives at most so many, where no step is asked for", () => {
    const many = Array.from({ length: 1_024 }, (_, i) => [T0 + i * 800, i] as const)
    const request = ask(T0, T0 + 15 * MINUTE)
    assert.deepStrictEqual(answer(many, request), bucketsOf(many, SECOND))
    assert.deepStrictEqual(answer(many, request, 400), bucketsOf(many, 5 * SECOND))
    assert.deepStrictEqual(answer(many, request, 2), bucketsOf(many, 10 * MINUTE))
    assert.deepStrictEqual(answer(many.slice(0, 1_000), request), bucketsOf(many.slice(0, 1_000), 1))
  })

  it("have a mean between their extremes, also where sums round or overflow", () => {
    const tenths = [0, 1, 2].map((i) => [T0 + i, 0.1] as const)
    assert.deepStrictEqual(answer(tenths, ask(T0, T0 + 1, MINUTE)), [[T0, 0.1, 0.1, 0.1]])
    const large = [0, 1, 2].map((i) => [T0 + i, 1.7e308] as const)
    assert.deepStrictEqual(answer(large, ask(T0, T0 + 1, MINUTE)), [[T0, 1.7e308, 1.7e308, 1.7e308]])
    const opposite = mergeRollups(
      [{ startMillis: T0, min: 1e308, max: 1e308, sum: Infinity, count: 9, last: 1e308 }],
      [{ startMillis: T0, min: -1e308, max: -1e308, sum: -Infinity, count: 9, last: -1e308 }]
    )
    const part: HistoryPart = { fromMillis: T0, toMillis: T0 + 1, resolution: "1m", rollups: opposite }
    const request = ask(T0, T0 + 1)
    assert.deepStrictEqual(answerSeries("m", {}, [part], request, 10).points, [[T0, -1e308, 0, 1e308]])
  })

  it("of rollups keep count and the newest value", () => {
    assert.deepStrictEqual(coarsen(rollupsOf(points, MINUTE), 5 * MINUTE), [
      { startMillis: T0, min: 1, max: 10, sum: 21, count: 4, last: 7 }
    ])
  })
})

describe("H5: tiers", () => {
  const Time = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 * MINUTE }))
  const Times = Arbitrary.array(Arbitrary.schema(Time))

  /** The newest points raw, those before `rawFrom` by the minute, those before `minutesFrom` by five. */
  const tiers = (points: Points, minutesFrom: number, rawFrom: number, until: number): ReadonlyArray<HistoryPart> => {
    const within = (from: number, to: number) => points.filter(([timestamp]) => timestamp >= from && timestamp < to)
    const rollups = (from: number, to: number, step: number) => rollupsOf(within(from, to), step)
    return [
      { fromMillis: T0, toMillis: minutesFrom, resolution: "5m", rollups: rollups(T0, minutesFrom, 5 * MINUTE) },
      { fromMillis: minutesFrom, toMillis: rawFrom, resolution: "1m", rollups: rollups(minutesFrom, rawFrom, MINUTE) },
      { fromMillis: rawFrom, toMillis: until, resolution: "raw", rollups: rollups(rawFrom, until, 1) }
    ]
  }

  const pointsAt = (times: ReadonlyArray<number>): Points =>
    [...new Set(times)].sort((a, b) => a - b).map((time, i) => [T0 + time, (i * 37) % 101] as const)

  it.prop(
    "of any step that all tiers can answer, the answer is that of the points",
    [Times, Schema.Literals([0, 1, 5, 12]), Schema.Literals([0, 1, 3, 7, 50]), Schema.Literals([5, 10, 15, 35, 60])],
    ([times, fives, ones, step]) => {
      const points = pointsAt(times)
      const minutesFrom = T0 + fives * 5 * MINUTE
      const request = ask(T0, T0 + 61 * MINUTE, step * MINUTE)
      const parts = tiers(points, minutesFrom, minutesFrom + ones * MINUTE, T0 + 200 * MINUTE)
      const expected = bucketsOf(points, step * MINUTE).filter(([start]) => start >= T0)
      assert.deepStrictEqual(
        answerSeries("m", {}, parts, request, 1_000).points,
        expected.map((point) => [...point])
      )
    }
  )

  it.prop(
    "of any step whatever, every point is counted once and times rise",
    [Times, Schema.Literals([0, 1, 5]), Schema.Literals([0, 1, 3, 7]), Schema.Int],
    ([times, fives, ones, seed]) => {
      const points = pointsAt(times)
      const minutesFrom = T0 + fives * 5 * MINUTE
      const step = (Math.abs(seed) % (11 * MINUTE)) + 1
      const parts = tiers(points, minutesFrom, minutesFrom + ones * MINUTE, T0 + 200 * MINUTE)
      const { points: answered } = answerSeries("m", {}, parts, ask(0, 2 * T0, step), 1_000)
      for (let i = 1; i < answered.length; i++) assert.isBelow(answered[i - 1]![0], answered[i]![0])
      const merged = parts.map(({ rollups }) => coarsen(rollups, step)).reduce(mergeRollups, [])
      assert.strictEqual(
        merged.reduce((sum, { count }) => sum + count, 0),
        points.length
      )
    }
  )

  it("answer a step finer than they are in what they have, and say so", () => {
    const points = pointsAt([0, 30_000, 61_000, 299_000, 301_000, 305_000])
    const parts = tiers(points, T0 + 5 * MINUTE, T0 + 5 * MINUTE, T0 + 10 * MINUTE)
    const { points: answered, spans } = answerSeries("m", {}, parts, ask(T0, T0 + 10 * MINUTE, SECOND), 1_000)
    assert.deepStrictEqual(
      answered.map(([start]) => start),
      [T0, T0 + 301_000, T0 + 305_000]
    )
    assert.deepStrictEqual(spans, [
      { from: T0, to: T0 + 5 * MINUTE, resolution: "5m" },
      { from: T0 + 5 * MINUTE, to: T0 + 10 * MINUTE, resolution: "raw" }
    ])
  })

  it("answer a step that is no multiple of theirs in the next one that is", () => {
    const rollups = rollupsOf(pointsAt([0, 60_000, 120_000, 180_000]), MINUTE)
    const part: HistoryPart = { fromMillis: T0, toMillis: T0 + 5 * MINUTE, resolution: "1m", rollups }
    const starts = (step: number) =>
      answerSeries("m", {}, [part], ask(T0, T0 + 5 * MINUTE, step), 1_000).points.map(([start]) => start - T0)
    assert.deepStrictEqual(starts(90 * SECOND), [0, 2 * MINUTE])
    assert.deepStrictEqual(starts(3 * MINUTE), [0, 3 * MINUTE])
  })

  it.prop(
    "are read far enough: what lies behind changes nothing",
    [
      Times,
      Time,
      Time,
      Schema.NullOr(Schema.Literals([1, 7 * SECOND, 90 * SECOND, 7 * MINUTE])),
      Schema.Literals([1, 5, 50])
    ],
    ([times, a, b, step, maxPoints]) => {
      const points = pointsAt(times)
      const [from, to] = [T0 + a, T0 + b].sort((x, y) => x - y)
      const request = ask(from!, to! + 1, step)
      for (const resolution of ["raw", "1m", "5m"] as const) {
        const width = { raw: 1, "1m": MINUTE, "5m": 5 * MINUTE }[resolution]
        const part = (upTo: number): HistoryPart => ({
          fromMillis: T0,
          toMillis: upTo,
          resolution,
          rollups: rollupsOf(points, width).filter(({ startMillis }) => startMillis < upTo)
        })
        const upTo = readTo(request, maxPoints)
        assert.deepStrictEqual(
          answerSeries("m", {}, [part(upTo)], request, maxPoints).points,
          answerSeries("m", {}, [part(Number.POSITIVE_INFINITY)], request, maxPoints).points
        )
      }
    },
    { arbitrary: { runs: 300 } }
  )

  it("say which part of the question each answers", () => {
    const parts = tiers([], T0 + 5 * MINUTE, T0 + 8 * MINUTE, T0 + 60 * MINUTE)
    assert.deepStrictEqual(answerSeries("m", {}, parts, ask(T0 + 1, T0 + 8 * MINUTE), 9).spans, [
      { from: T0 + 1, to: T0 + 5 * MINUTE, resolution: "5m" },
      { from: T0 + 5 * MINUTE, to: T0 + 8 * MINUTE, resolution: "1m" }
    ])
    assert.deepStrictEqual(answerSeries("m", {}, parts, ask(T0 + 7 * MINUTE, T0 + 9 * MINUTE), 9).spans, [
      { from: T0 + 7 * MINUTE, to: T0 + 8 * MINUTE, resolution: "1m" },
      { from: T0 + 8 * MINUTE, to: T0 + 9 * MINUTE, resolution: "raw" }
    ])
  })

  it("say what is not at hand", () => {
    const request = ask(T0, T0 + 10 * MINUTE)
    const missing = "being read back"
    const spans = (points: Points) =>
      answerSeries("m", {}, rawParts(columns(points, missing), request), request, 9).spans
    assert.deepStrictEqual(spans([[T0 + MINUTE, 1]]), [
      { from: T0, to: T0 + MINUTE, resolution: "raw", missing },
      { from: T0 + MINUTE, to: T0 + 10 * MINUTE, resolution: "raw" }
    ])
    assert.deepStrictEqual(spans([]), [{ from: T0, to: T0 + 10 * MINUTE, resolution: "raw", missing }])
    assert.deepStrictEqual(spans([[T0, 1]]), [{ from: T0, to: T0 + 10 * MINUTE, resolution: "raw" }])
  })
})

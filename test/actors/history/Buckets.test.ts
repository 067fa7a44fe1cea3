import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { bucketsOf, meanOf, type Part, readTo, rowsOfPoints } from "../../../src/actors/history/Buckets.ts"
import type { HistoryRequest, Resolution } from "../../../src/schema/History.ts"
import { addUp, emptyRows, type RollupColumns, rollUp, selectRows } from "../../../src/store/history/Rollups.ts"
import { type Point, sortedPoints } from "../../store/history/points.ts"
import { bucketRows, modelBuckets } from "./ModelTiers.ts"

const SECOND = 1_000
const MINUTE = 60_000
/** A whole hour. */
const T0 = 1_699_999_200_000

type Times = ReadonlyArray<readonly [timestamp: number, value: number]>

const ask = (fromMillis: number, toMillis: number, stepMillis: number | null = null): HistoryRequest => ({
  metric: "m",
  labels: {},
  fromMillis,
  toMillis,
  stepMillis
})

const pointsOf = (times: Times) => times.map(([timestamp, value]): Point => [0, timestamp, value])
const raw = (times: Times): Part => ({
  resolution: "raw",
  rows: rowsOfPoints(
    0,
    Float64Array.from(times, ([timestamp]) => timestamp),
    Float64Array.from(times, ([, value]) => value)
  )
})
const rolled = (times: Times, resolution: "1m" | "5m"): Part => ({
  resolution,
  rows: rollUp(sortedPoints(pointsOf(times)), resolution === "1m" ? MINUTE : 5 * MINUTE)
})
const answer = (parts: ReadonlyArray<Part>, request: HistoryRequest, maxPoints = 1_000) =>
  bucketRows(bucketsOf(parts, request, maxPoints))
const startsOf = (parts: ReadonlyArray<Part>, request: HistoryRequest, maxPoints = 1_000) =>
  answer(parts, request, maxPoints).map(([start]) => start - T0)

describe("H5: buckets", () => {
  const times: Times = [
    [T0 + 1_000, 1],
    [T0 + 59_999, 3],
    [T0 + 60_000, 10],
    [T0 + 200_000, 7]
  ]

  it("are aligned to the epoch, named by their start, absent where empty", () => {
    assert.deepStrictEqual(answer([raw(times)], ask(T0, T0 + 5 * MINUTE, MINUTE)), [
      [T0, 1, 3, 4, 2],
      [T0 + MINUTE, 10, 10, 10, 1],
      [T0 + 3 * MINUTE, 7, 7, 7, 1]
    ])
    assert.deepStrictEqual<unknown>(
      answer([raw(times)], ask(T0 - MINUTE, T0 + 5 * MINUTE, 7_000)),
      modelBuckets(pointsOf(times), 7_000)
    )
  })

  it("belong to the answer, whole, when they start in [from, to)", () => {
    assert.deepStrictEqual(startsOf([raw(times)], ask(T0 + 1, T0 + 3 * MINUTE, MINUTE)), [MINUTE])
    assert.deepStrictEqual(answer([raw(times)], ask(T0, T0 + 1, MINUTE)), [[T0, 1, 3, 4, 2]])
    assert.deepStrictEqual(startsOf([raw(times)], ask(T0 + 60_001, T0 + 3 * MINUTE, MINUTE)), [])
  })

  it("are the points themselves where no step is asked for and they are few", () => {
    assert.deepStrictEqual(startsOf([raw(times)], ask(T0 + 1_000, T0 + 60_000)), [1_000, 59_999])
  })

  it("are as fine as gives at most so many, where no step is asked for", () => {
    const many = Array.from({ length: 1_024 }, (_, i) => [T0 + i * 800, i] as const)
    const request = ask(T0, T0 + 15 * MINUTE)
    const expected = (step: number) => modelBuckets(pointsOf(many), step)
    assert.deepStrictEqual<unknown>(answer([raw(many)], request), expected(SECOND))
    assert.deepStrictEqual<unknown>(answer([raw(many)], request, 400), expected(5 * SECOND))
    assert.deepStrictEqual<unknown>(answer([raw(many)], request, 2), expected(10 * MINUTE))
    assert.deepStrictEqual(answer([raw(many.slice(0, 1_000))], request).length, 1_000)
    // Rows that were added up before they came are never shown as if they were finer.
    assert.deepStrictEqual(bucketsOf([raw(many)], request, 1_000, 5 * SECOND).count, 164)
  })

  it("have a mean between their extremes, also where sums round or overflow", () => {
    assert.strictEqual(meanOf(0.1, 0.1, 0.1 + 0.1 + 0.1, 3), 0.1)
    assert.strictEqual(meanOf(1.7e308, 1.7e308, Number.POSITIVE_INFINITY, 3), 1.7e308)
    assert.strictEqual(meanOf(-1e308, 1e308, Number.NaN, 18), 0)
    assert.strictEqual(meanOf(1, 4, 10, 4), 2.5)
  })

  it("of a step finer than their tier are those of the tier", () => {
    const parts = [
      rolled(times, "5m"),
      raw([
        [T0 + 301_000, 1],
        [T0 + 305_000, 2]
      ])
    ] // prettier-ignore
    assert.deepStrictEqual(startsOf(parts, ask(T0, T0 + 10 * MINUTE, SECOND)), [0, 301_000, 305_000])
  })

  it("of a step that is no multiple of their tier's are those of the next one that is", () => {
    const minutes = rolled(
      [0, 1, 2, 3].map((minute) => [T0 + minute * MINUTE, 1] as const),
      "1m"
    )
    assert.deepStrictEqual(startsOf([minutes], ask(T0, T0 + 5 * MINUTE, 90 * SECOND)), [0, 2 * MINUTE])
    assert.deepStrictEqual(startsOf([minutes], ask(T0, T0 + 5 * MINUTE, 3 * MINUTE)), [0, 3 * MINUTE])
  })
})

describe("H5: buckets of several tiers", () => {
  const Time = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 60 * MINUTE }))
  const Times = Arbitrary.array(Arbitrary.schema(Time))
  const unique = (times: ReadonlyArray<number>): Times =>
    [...new Set(times)].sort((a, b) => a - b).map((time, i) => [T0 + time, (i * 37) % 101] as const)

  /** The newest points raw, those before `rawFrom` by the minute, those before `minutesFrom` by five. */
  const tiers = (times: Times, minutesFrom: number, rawFrom: number): ReadonlyArray<Part> => {
    const within = (from: number, to: number) => times.filter(([timestamp]) => timestamp >= from && timestamp < to)
    return [
      rolled(within(T0, minutesFrom), "5m"),
      rolled(within(minutesFrom, rawFrom), "1m"),
      raw(within(rawFrom, Number.POSITIVE_INFINITY))
    ]
  }

  it.prop(
    "of any step that all tiers can answer are those of the points",
    [Times, Schema.Literals([0, 1, 5, 12]), Schema.Literals([0, 1, 3, 7, 50]), Schema.Literals([5, 10, 15, 35, 60])],
    ([times, fives, ones, step]) => {
      const points = unique(times)
      const minutesFrom = T0 + fives * 5 * MINUTE
      const parts = tiers(points, minutesFrom, minutesFrom + ones * MINUTE)
      assert.deepStrictEqual<unknown>(
        answer(parts, ask(T0, T0 + 61 * MINUTE, step * MINUTE)),
        modelBuckets(pointsOf(points), step * MINUTE).filter(([start]) => start >= T0)
      )
    }
  )

  it.prop(
    "where no step is asked for are at most so many, the finest of the usual ones, and count every point",
    [Times, Schema.Literals([0, 1, 5]), Schema.Literals([0, 1, 3, 7]), Schema.Literals([1, 2, 5, 20, 200])],
    ([times, fives, ones, maxPoints]) => {
      const points = unique(times)
      const minutesFrom = T0 + fives * 5 * MINUTE
      const parts = tiers(points, minutesFrom, minutesFrom + ones * MINUTE)
      const request = ask(T0 - 60 * MINUTE, T0 + 120 * MINUTE)
      const buckets = answer(parts, request, maxPoints)
      assert.isAtMost(buckets.length, maxPoints)
      assert.strictEqual(
        buckets.reduce((sum, [, , , , count]) => sum + count, 0),
        points.length
      )
      for (let i = 1; i < buckets.length; i++) assert.isBelow(buckets[i - 1]![0], buckets[i]![0])
      const finer = [1, 1_000, 2_000, 5_000, 10_000, 15_000, 20_000, 30_000, ...[1, 2, 5].map((one) => one * MINUTE)]
      const first = finer.find((step) => answer(parts, { ...request, stepMillis: step }).length <= maxPoints)
      if (first !== undefined) assert.deepStrictEqual(buckets, answer(parts, { ...request, stepMillis: first }))
    }
  )

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
      const points = unique(times)
      const [from, to] = [T0 + a, T0 + b].sort((x, y) => x - y)
      const request = ask(from!, to! + 1, step)
      const upTo = readTo(request, maxPoints)
      const before = ({ resolution, rows }: Part): Part => ({ resolution, rows: startingBefore(rows, upTo) })
      for (const part of [raw(points), rolled(points, "1m"), rolled(points, "5m")]) {
        assert.deepStrictEqual(answer([before(part)], request, maxPoints), answer([part], request, maxPoints))
      }
    },
    { arbitrary: { runs: 300 } }
  )

  it("of no rows are none", () => {
    for (const resolution of ["raw", "1m", "5m"] satisfies ReadonlyArray<Resolution>) {
      assert.deepStrictEqual(answer([{ resolution, rows: emptyRows(0) }], ask(T0, T0 + MINUTE)), [])
    }
    assert.deepStrictEqual(answer([], ask(T0, T0 + MINUTE, 7)), [])
    assert.strictEqual(addUp([], 1).count, 0)
  })
})

const startingBefore = (rows: RollupColumns, millis: number): RollupColumns =>
  selectRows(
    rows,
    Array.from({ length: rows.count }, (_, i) => i).filter((i) => rows.starts[i]! < millis)
  )

import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  addUp,
  emptyRows,
  FIVE_MINUTES_MILLIS,
  MINUTE_MILLIS,
  type RollupColumns,
  rollUp
} from "../../../src/store/history/Rollups.ts"
import { modelRows, type Point, rowsOf, sortedPoints } from "./points.ts"

const EPOCH = 1_700_000_000_000

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const ArbitraryPoint = Schema.Struct({
  series: between(0, 3),
  second: between(0, 1_200),
  /** Tenths of cents, so that sums of doubles would be rounded. */
  value: between(-1_000_000, 1_000_000),
  part: between(0, 3)
})
/** One value for each series and timestamp. */
const Points = Arbitrary.map(Arbitrary.array(Arbitrary.schema(ArbitraryPoint), { maxLength: 60 }), (drawn) => [
  ...new Map(drawn.map((one) => [`${one.series} ${one.second}`, one])).values()
])

const pointsOf = (drawn: ReadonlyArray<typeof ArbitraryPoint.Type>): ReadonlyArray<Point> =>
  drawn.map(({ second, series, value }) => [series, EPOCH + second * 1_000, value / 1_000])

describe("rollups", () => {
  it("H2: a bucket has min, max, sum, count and the value of its newest point", () => {
    const points: ReadonlyArray<Point> = [
      [7, MINUTE_MILLIS, 3],
      [7, MINUTE_MILLIS + 1, 1],
      [7, 2 * MINUTE_MILLIS - 1, 2],
      [7, 2 * MINUTE_MILLIS, 9],
      [8, 2 * MINUTE_MILLIS, 5]
    ]
    assert.deepStrictEqual(rowsOf(rollUp(sortedPoints(points), MINUTE_MILLIS)), [
      [7, MINUTE_MILLIS, 1, 3, 6, 3, 2, 2 * MINUTE_MILLIS - 1],
      [7, 2 * MINUTE_MILLIS, 9, 9, 9, 1, 9, 2 * MINUTE_MILLIS],
      [8, 2 * MINUTE_MILLIS, 5, 5, 5, 1, 5, 2 * MINUTE_MILLIS]
    ])
  })

  it.prop("agrees with grouping points by hand", [Points], ([drawn]) => {
    const points = pointsOf(drawn)
    assert.deepStrictEqual(rowsOf(rollUp(sortedPoints(points), MINUTE_MILLIS)), modelRows(points, MINUTE_MILLIS))
  })

  it.prop(
    "H1: wherever moves cut, and in whatever order parts come, the rows add up to the same",
    [Points],
    ([drawn]) => {
      const whole = modelRows(pointsOf(drawn), FIVE_MINUTES_MILLIS)
      const parts = [0, 1, 2, 3].map((part) =>
        rollUp(sortedPoints(pointsOf(drawn.filter((one) => one.part === part))), MINUTE_MILLIS)
      )
      assert.deepStrictEqual(rowsOf(addUp(parts, FIVE_MINUTES_MILLIS)), whole)
      assert.deepStrictEqual(rowsOf(addUp(parts.toReversed(), FIVE_MINUTES_MILLIS)), whole)
      const merged = addUp(
        [addUp(parts.slice(0, 2), MINUTE_MILLIS), addUp(parts.slice(2), MINUTE_MILLIS)],
        MINUTE_MILLIS
      )
      assert.deepStrictEqual(rowsOf(addUp([merged], FIVE_MINUTES_MILLIS)), whole)
    }
  )

  it("of two last values with one timestamp the one of the earlier part stays", () => {
    const one = (value: number): RollupColumns => rollUp(sortedPoints([[1, 5, value]]), MINUTE_MILLIS)
    assert.strictEqual(addUp([one(4), one(2)], MINUTE_MILLIS).lasts[0], 4)
    assert.strictEqual(addUp([one(2), one(4)], MINUTE_MILLIS).lasts[0], 2)
  })

  it("sums of what are no decimals, or not small ones, are the usual sums", () => {
    const sumOf = (values: ReadonlyArray<number>) =>
      rollUp(sortedPoints(values.map((value, i): Point => [0, i, value])), MINUTE_MILLIS).sums[0]
    assert.strictEqual(sumOf(Array(10).fill(0.1)), 1)
    assert.strictEqual(sumOf([1 / 3, 1 / 3, 0.5]), 1 / 3 + 1 / 3 + 0.5)
    assert.strictEqual(sumOf([2 ** 53, 2 ** 53]), 2 ** 54)
    assert.strictEqual(sumOf([1e-9, 1e12]), 1e-9 + 1e12)
    assert.strictEqual(sumOf([1e308, 1e308]), Number.POSITIVE_INFINITY)
    assert.strictEqual(sumOf([-0.5, 0.25, -0]), -0.25)
  })

  it("nothing gives nothing", () => {
    assert.deepStrictEqual(rowsOf(addUp([], MINUTE_MILLIS)), [])
    assert.deepStrictEqual(rowsOf(addUp([emptyRows(0), emptyRows(0)], MINUTE_MILLIS)), [])
  })
})

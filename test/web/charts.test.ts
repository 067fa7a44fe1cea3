import { assert, describe, it } from "@effect/vitest"
import { bucketsOf } from "../../src/web/charts/activity.ts"
import { type ChartPoint, columnsOf, summaryOf, valueRange } from "../../src/web/charts/columns.ts"

const raw = (time: number, value: number): ChartPoint => [time, value, value, value]

describe("columns of a chart", () => {
  it("series that are not measured in step share one column of times, and their lines go on", () => {
    const columns = columnsOf([
      { id: "a", name: "a", points: [raw(0, 1), raw(10, 2), raw(20, 3)] },
      { id: "b", name: "b", points: [[5, 1, 2, 3], raw(15, 5)] }
    ])
    assert.deepStrictEqual(columns.times, [0, 5, 10, 15, 20])
    assert.deepStrictEqual(columns.series[0]!.avg, [1, undefined, 2, undefined, 3])
    assert.deepStrictEqual(columns.series[1]!.avg, [undefined, 2, undefined, 5, undefined])
    assert.deepStrictEqual(columns.series[1]!.max, [undefined, 3, undefined, 5, undefined])
  })

  it("a pause longer than usual is a gap", () => {
    const times = [0, 10, 20, 30, 100, 110]
    const { times: shown, series } = columnsOf([{ id: "a", name: "a", points: times.map((time) => raw(time, 1)) }])
    assert.deepStrictEqual(shown, [0, 10, 20, 30, 40, 100, 110])
    assert.deepStrictEqual(series[0]!.avg, [1, 1, 1, 1, null, 1, 1])
  })

  it("a gap of one series does not hide a point of another", () => {
    const steady = [0, 10, 20, 30, 40, 50, 60, 70, 80].map((time) => raw(time, 2))
    const { series } = columnsOf([
      { id: "a", name: "a", points: [raw(0, 1), raw(10, 1), raw(20, 1), raw(70, 1), raw(80, 1)] },
      { id: "b", name: "b", points: steady }
    ])
    assert.deepStrictEqual(series[0]!.avg, [1, 1, 1, null, undefined, undefined, undefined, 1, 1])
    assert.deepStrictEqual(
      series[1]!.avg,
      steady.map(() => 2)
    )
  })

  it("the legend sums up what is shown", () => {
    const points: ReadonlyArray<ChartPoint> = [raw(0, 99), [10, 1, 2, 3], [20, 0, 1, 5], raw(30, -99)]
    assert.deepStrictEqual(summaryOf(points, 10, 20), { last: 1, min: 0, max: 5 })
    assert.isNull(summaryOf(points, 40, 50))
  })

  it("the scale starts at zero where that does not flatten the line", () => {
    assert.strictEqual(valueRange(1, 10, "")[0], 0)
    assert.isAbove(valueRange(1_000, 1_001, "")[0], 990)
    assert.deepStrictEqual(valueRange(20, 96, "percent"), [0, 100])
    assert.isBelow(valueRange(-5, 5, "")[0], -5)
    assert.deepStrictEqual(valueRange(null, null, ""), [0, 1])
  })
})

describe("activity", () => {
  it("a bucket in which nothing was counted is empty; the first and the last hold the range's ends", () => {
    const counted = [
      { from: 0, warning: 2, critical: 0 },
      { from: 120, warning: 1, critical: 4 }
    ]
    const buckets = bucketsOf(counted, { from: 30, to: 170 }, 60)
    assert.deepStrictEqual(
      buckets.map(({ from, warning, critical }) => [from, warning, critical]),
      [
        [0, 2, 0],
        [60, 0, 0],
        [120, 1, 4]
      ]
    )
  })
})

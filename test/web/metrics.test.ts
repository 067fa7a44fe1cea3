import { assert, describe, it } from "@effect/vitest"
import { inBuckets, together } from "../../src/web/charts/aggregate.ts"
import type { ChartPoint } from "../../src/web/charts/columns.ts"
import { columnsOf } from "../../src/web/charts/columns.ts"
import { seriesId } from "../../src/web/charts/Feed.ts"
import {
  type Line,
  labelChoices,
  linesOf,
  nameOf,
  rankOf,
  references,
  summed
} from "../../src/web/pages/metrics/explore.ts"
import { hasWords, parseSearch } from "../../src/web/pages/metrics/search.ts"

const raw = (time: number, value: number): ChartPoint => [time, value, value, value]
const series = (labels: Readonly<Record<string, string>>, ...points: ReadonlyArray<ChartPoint>) => ({
  id: seriesId(labels),
  labels,
  points
})

describe("points put together", () => {
  it("a bucket has the extremes and the mean of its points", () => {
    assert.deepStrictEqual(inBuckets([raw(1, 2), raw(5, 4), [9, 0, 3, 9], raw(10, 7)], 10), [
      [0, 0, 3, 9],
      [10, 7, 7, 7]
    ])
  })

  it("several series are one, each way", () => {
    const all = [[[0, 1, 2, 3] as const, raw(10, 5)], [[0, 4, 6, 8] as const]]
    assert.deepStrictEqual(together(all, "avg"), [[0, 1, 4, 8], raw(10, 5)])
    assert.deepStrictEqual(together(all, "sum"), [[0, 5, 8, 11], raw(10, 5)])
    assert.deepStrictEqual(together(all, "min"), [[0, 1, 2, 3], raw(10, 5)])
    assert.deepStrictEqual(together(all, "max"), [[0, 4, 6, 8], raw(10, 5)])
  })
})

describe("U1: the metric explorer", () => {
  const all = [
    series({ host: "a", cpu: "0" }, raw(1, 10), raw(11, 30)),
    series({ host: "a", cpu: "1" }, raw(2, 20), raw(12, 50)),
    series({ host: "b", cpu: "0" }, raw(3, 90))
  ]

  it("a line for each value of the label that is split by, whole buckets only", () => {
    const lines = linesOf(all, { split: "host", how: "avg", width: 10, until: 15 })
    assert.deepStrictEqual(
      lines.map(({ count, labels, points }) => [labels, count, points]),
      [
        [{ host: "a" }, 2, [[0, 10, 15, 20]]],
        [{ host: "b" }, 1, [raw(0, 90)]]
      ]
    )
    assert.deepStrictEqual(linesOf(all, { split: null, how: "sum", width: 10, until: 10 })[0]!.points, [
      [0, 120, 120, 120]
    ])
  })

  it("each series its own where nothing is put together", () => {
    const lines = linesOf(all, { split: "host", how: "none", width: null, until: 0 })
    assert.deepStrictEqual(
      lines.map(({ points }) => points.length),
      [2, 2, 1]
    )
  })

  it("the largest come first, and keep their places while values change", () => {
    const line = (id: string, value: number): Line => ({ id, labels: {}, count: 1, points: [raw(5, value)] })
    const order = rankOf([line("low", 1), line("high", 9)])
    const shown = summed([line("new", 99), line("low", 20), line("high", 2)], order, { from: 0, to: 10 })
    assert.deepStrictEqual(
      shown.map(({ id, summary }) => [id, summary?.last]),
      [
        ["high", 2],
        ["low", 20],
        ["new", 99]
      ]
    )
  })

  it("what it is compared with lies under it, at its time and in its colour", () => {
    const day = 86_400_000
    const [a, b] = [series({ host: "a" }, raw(day + 5, 1)), series({ host: "b" }, raw(day + 5, 2))]
    const before = [{ ...series({ host: "b" }, [5, 3, 4, 5]), count: 1 }]
    const drawn = [a, b].map((one) => ({ ...one, count: 1 }))
    assert.deepStrictEqual(references(drawn, before, "day"), [
      {
        id: `day ${b.id}`,
        name: "b, yesterday",
        color: 1,
        reference: true,
        points: [raw(day + 5, 4)]
      }
    ])
  })

  it("lines are named by what tells them apart", () => {
    const labels = all.map((one) => ({ labels: one.labels }))
    assert.strictEqual(nameOf({ host: "a", cpu: "0" }, labels), "0 · a")
    assert.strictEqual(nameOf({ host: "a", cpu: "0" }, labels.slice(0, 2)), "0")
    assert.strictEqual(nameOf({}, [{ labels: {} }]), "all")
  })
})

describe("what can be narrowed down", () => {
  it("labels that differ, that some series lack, or that are chosen from already", () => {
    const all = [{ host: "b10" }, { host: "b2", cpu: "0" }, { host: "b2" }].map((labels) => ({ ...labels, site: "x" }))
    assert.deepStrictEqual(labelChoices(all, {}), [
      ["cpu", ["0"]],
      ["host", ["b2", "b10"]]
    ])
    assert.deepStrictEqual(labelChoices(all, { site: "y" })[2], ["site", ["x", "y"]])
  })
})

describe("the search for metrics", () => {
  it("has words and labels", () => {
    assert.deepStrictEqual(parseSearch('CPU host=web-1 mount="/my files" used'), {
      words: ["cpu", "used"],
      labels: { host: "web-1", mount: "/my files" }
    })
    assert.deepStrictEqual(parseSearch("host= =x"), { words: ["host"], labels: {} })
  })

  it("finds by key, name and unit", () => {
    const metric = { key: "host.cpu.used_percent", displayName: "Processor", unit: "percent" }
    assert.isTrue(hasWords(metric, ["host.cpu", "processor"]))
    assert.isFalse(hasWords(metric, ["cpu", "memory"]))
  })
})

describe("gaps of a chart", () => {
  it("minutes before seconds are none; a pause among the minutes is one", () => {
    const minutes = [0, 60, 120, 300, 360].map((time) => raw(time, 1))
    const seconds = Array.from({ length: 40 }, (_, index) => raw(365 + index * 5, 1))
    const { series: shown, times } = columnsOf([{ id: "a", name: "a", points: [...minutes, ...seconds] }])
    assert.deepStrictEqual(
      times.filter((_, index) => shown[0]!.avg[index] === null),
      []
    )
    const longer = [0, 60, 120, 420, 480].map((time) => raw(time, 1))
    const other = columnsOf([
      { id: "a", name: "a", points: [...longer, ...seconds.map(([time]) => raw(time + 120, 1))] }
    ])
    assert.deepStrictEqual(
      other.times.filter((_, index) => other.series[0]!.avg[index] === null),
      [180]
    )
  })
})

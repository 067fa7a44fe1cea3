import { assert, describe, it } from "@effect/vitest"
import type { Point } from "../../../src/cli/push/Item.ts"
import { SeriesTable } from "../../../src/cli/push/SeriesTable.ts"
import { encodeDeclare } from "../../../src/http/stream/Codec.ts"
import { limits } from "../../../src/limits.ts"

const point = (metric: string, labels = {}): Point => ({
  _tag: "Point",
  line: 1,
  metric,
  labels,
  timestamp: 0,
  value: 1
})

describe("push: series of a connection", () => {
  it("I2: a series is declared once, and known by its ref then", () => {
    const table = new SeriesTable(100)
    const first = table.refsOf([point("a"), point("b", { host: "x" }), point("a")])
    assert.deepStrictEqual([...first.refs], [0, 1, 0])
    assert.deepStrictEqual(first.declarations, [
      [
        { ref: 0, metric: "a", labels: {} },
        { ref: 1, metric: "b", labels: { host: "x" } }
      ]
    ])
    const second = table.refsOf([point("b", { host: "x" }), point("b", { host: "y" })])
    assert.deepStrictEqual([...second.refs], [1, 2])
    assert.deepStrictEqual(second.declarations, [[{ ref: 2, metric: "b", labels: { host: "y" } }]])
  })

  it("I2: more series than a connection may have take refs again, each declared before it is used", () => {
    const table = new SeriesTable(3)
    const meaning = new Map<number, string>()
    for (const metrics of [
      ["a", "b", "c"],
      ["a", "d"],
      ["e", "f", "a"]
    ]) {
      const { refs, declarations } = table.refsOf(metrics.map((metric) => point(metric)))
      for (const { ref, metric } of declarations.flat()) {
        assert.isBelow(ref, 3)
        meaning.set(ref, metric)
      }
      assert.deepStrictEqual(
        Array.from(refs, (ref) => meaning.get(ref)),
        metrics
      )
    }
  })

  it("I2: long series are declared in messages that the hub takes", () => {
    const points = Array.from({ length: 2_000 }, (_, i) => point(`m${i}`, { note: "é".repeat(512), i: String(i) }))
    const { declarations } = new SeriesTable(limits.seriesPerConnection).refsOf(points)
    assert.isAbove(declarations.length, 1)
    assert.lengthOf(declarations.flat(), points.length)
    for (const series of declarations) {
      assert.isBelow(encodeDeclare({ type: "declare", series }).byteLength, limits.messageBytes)
    }
  })
})

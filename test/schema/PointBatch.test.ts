import { assert, describe, it } from "@effect/vitest"
import { type PointBatch, parsePoints } from "../../src/schema/PointBatch.ts"

const now = Date.UTC(2026, 2, 1)

const batchOf = (json: string, host?: string): PointBatch => {
  const parsed = parsePoints(JSON.parse(json), now, host)
  if (parsed._tag !== "PointBatch") throw new Error(parsed.message)
  return parsed
}

const rejections = (batch: PointBatch) => batch.rejected.map(({ index, code }) => [index, code])

describe("I1: the body of POST /v1/metrics", () => {
  it("is one point", () => {
    const batch = batchOf('{"metric":"CpuUsageRate(%)","timestamp":1661126400000,"value":97.5,"labels":{"pod":"a"}}')
    assert.deepStrictEqual(batch, {
      _tag: "PointBatch",
      indexes: Uint32Array.of(0),
      metrics: ["CpuUsageRate(%)"],
      labels: [{ pod: "a" }],
      timestamps: Float64Array.of(1661126400000),
      values: Float64Array.of(97.5),
      rejected: []
    })
  })

  it("is a batch: valid points are kept, each bad one is named by its place", () => {
    const batch = batchOf(`{"points":[
      {"metric":"a","value":1,"timestamp":"2022-08-22T00:00:00Z"},
      {"metric":"a","value":"1"},
      {"metric":"b","value":2,"labels":{}},
      {"value":3},
      {"metric":"c","value":1e400},
      {"metric":"d","value":1,"timestamp":"yesterday"},
      {"metric":"e","value":1,"timestamp":1},
      {"metric":"f","value":1,"labels":{"a":1}},
      {"metric":"g","value":1,"timestamp":null},
      7, null, [], "x",
      {"metric":"h","value":-0.5,"timestamp":1661126400000}
    ]}`)
    assert.deepStrictEqual(batch.metrics, ["a", "b", "h"])
    assert.deepStrictEqual([...batch.indexes], [0, 2, 13])
    assert.deepStrictEqual([...batch.values], [1, 2, -0.5])
    assert.deepStrictEqual([...batch.timestamps], [1661126400000, now, 1661126400000])
    assert.deepStrictEqual(rejections(batch), [
      [1, "value_invalid"],
      [3, "missing_metric"],
      [4, "value_not_finite"],
      [5, "timestamp_invalid"],
      [6, "timestamp_range"],
      [7, "label_invalid"],
      [8, "timestamp_invalid"],
      [9, "point_invalid"],
      [10, "point_invalid"],
      [11, "point_invalid"],
      [12, "point_invalid"]
    ])
  })

  it("an empty batch has no valid point", () => {
    const batch = batchOf('{"points":[]}')
    assert.deepStrictEqual([batch.metrics.length, batch.rejected.length], [0, 0])
  })

  it.each(["null", "1", '"a"', "[]", '[{"metric":"a","value":1}]', '{"points":{}}', '{"points":null}'])(
    "%s is neither",
    (json) => assert.deepInclude(parsePoints(JSON.parse(json), now), { _tag: "NoPointBatch", code: "points_invalid" })
  )

  it("10,000 points are a batch, 10,001 are too many", () => {
    const points = Array.from({ length: 10_000 }, () => ({ metric: "a", value: 1 }))
    assert.deepInclude(parsePoints({ points }, now), { _tag: "PointBatch" })
    assert.deepInclude(parsePoints({ points: [...points, points[0]] }, now), { code: "too_many_points" })
  })

  it("names the first problem of a point with several", () => {
    const batch = batchOf(
      '{"points":[{"metric":1,"value":"x","timestamp":-1},{"metric":"a","value":"x","timestamp":-1}]}'
    )
    assert.deepStrictEqual(rejections(batch), [
      [0, "metric_invalid"],
      [1, "value_invalid"]
    ])
  })

  it("K9: __proto__ and constructor are plain data everywhere", () => {
    const batch = batchOf(`{"points":[
      {"metric":"__proto__","value":1,"labels":{"__proto__":"a","constructor":"b"}},
      {"__proto__":{"metric":"inherited","value":1}},
      {"metric":"a","value":1,"__proto__":{"labels":{"b":"c"}}}
    ]}`)
    assert.deepStrictEqual(batch.metrics, ["__proto__", "a"])
    assert.deepStrictEqual(Object.entries(batch.labels[0]!), [
      ["__proto__", "a"],
      ["constructor", "b"]
    ])
    assert.deepStrictEqual(Object.entries(batch.labels[1]!), [])
    assert.deepStrictEqual(rejections(batch), [[1, "missing_metric"]])
  })

  it("of duplicate keys the last wins", () => {
    const batch = batchOf('{"metric":"a","value":1,"value":2,"labels":{"x":"1","x":"2"}}')
    assert.deepStrictEqual([batch.values[0], batch.labels[0]], [2, { x: "2" }])
  })

  it("X2: a host's token pushes its own host's points", () => {
    const batch = batchOf(
      `{"points":[
        {"metric":"a","value":1},
        {"metric":"a","value":1,"labels":{"host":"web-2"}},
        {"metric":"a","value":1,"labels":{"host":"web-1","cpu":"0"}}
      ]}`,
      "web-1"
    )
    assert.deepStrictEqual(batch.labels, [{ host: "web-1" }, { host: "web-1", cpu: "0" }])
    assert.deepStrictEqual(rejections(batch), [[1, "wrong_host"]])
  })
})

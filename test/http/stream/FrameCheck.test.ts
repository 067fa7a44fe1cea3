import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { ColumnPool } from "../../../src/http/stream/ColumnPool.ts"
import { checkFrame } from "../../../src/http/stream/FrameCheck.ts"
import { SeriesTable } from "../../../src/http/stream/SeriesTable.ts"
import { limits } from "../../../src/limits.ts"
import type { Frame } from "../../../src/schema/Protocol.ts"

const NOW = Date.UTC(2022, 7, 22)

/** Refs 0 to 3 have places, 4 is declined, all others are undeclared. */
const table = (shift = 0): SeriesTable => {
  const table = new SeriesTable()
  table.reserve(1_500)
  for (let ref = 0; ref < 4; ref++) {
    table.name(ref, { metric: "m", dimensionKey: `i=${ref}` })
    table.place(ref, 10 + ref, 100 + ref + shift)
  }
  table.decline(4, { code: "missing_label", message: "pod" })
  return table
}

const check = (frame: Frame, of = table()) => checkFrame(frame, of, new ColumnPool().take(frame.series.length), NOW)

const Point = Schema.Struct({
  ref: Schema.Literals([0, 1, 2, 3, 4, 5, 1_499, 5_000, 1_048_575]),
  timestamp: Schema.Literals([
    NOW,
    NOW + limits.futureMillis,
    NOW + limits.futureMillis + 1,
    limits.oldestTimestamp,
    limits.oldestTimestamp - 1,
    -1
  ]),
  value: Schema.Literals(["0", "-0", "1e308", "5e-324", "NaN", "Infinity", "-Infinity"])
})
type Point = typeof Point.Type

const frameOf = (points: ReadonlyArray<Point>): Frame => ({
  type: "frame",
  sequence: 1,
  series: Uint32Array.from(points, ({ ref }) => ref),
  timestamps: Float64Array.from(points, ({ timestamp }) => timestamp),
  values: Float64Array.from(points, ({ value }) => Number(value))
})

/** The first thing wrong with a point, as the rules say it. */
const codeOf = ({ ref, timestamp, value }: Point): string | undefined => {
  if (ref > 4) return "series_unknown"
  if (ref === 4) return "missing_label"
  if (!Number.isFinite(Number(value))) return "value_not_finite"
  if (timestamp > NOW + limits.futureMillis) return "timestamp_future"
  return timestamp < limits.oldestTimestamp ? "timestamp_range" : undefined
}

describe("checkFrame", () => {
  it.prop(
    "I6, I8: keeps the good points at their places in their order, and names each other one",
    [Schema.NonEmptyArray(Point)],
    ([points]) => {
      const { batch, rejected } = check(frameOf(points))
      const good = points.filter((point) => codeOf(point) === undefined)
      assert.deepStrictEqual(
        Array.from({ length: batch.count }, (_, i) => [
          batch.partitions[i],
          batch.series[i],
          batch.timestamps[batch.timestamps.length === 1 ? 0 : i],
          batch.values[i]
        ]),
        good.map(({ ref, timestamp, value }) => [10 + ref, 100 + ref, timestamp, Number(value)])
      )
      const bad = points
        .map((point, index) => ({ index, code: codeOf(point) }))
        .filter(({ code }) => code !== undefined)
      assert.deepStrictEqual<unknown>(
        rejected.map(({ index, code }) => ({ index, code })),
        bad
      )
      return true
    }
  )

  it("one timestamp stands for all points", () => {
    const frame = frameOf([
      { ref: 0, timestamp: NOW, value: "0" },
      { ref: 1, timestamp: NOW, value: "1e308" }
    ])
    const short = { ...frame, timestamps: Float64Array.of(NOW) }
    assert.deepStrictEqual(check(short), check(frame))
    const late = { ...frame, timestamps: Float64Array.of(NOW + limits.futureMillis + 1) }
    assert.strictEqual(check(late).batch.count, 0)
  })

  it.prop(
    "I4: the body's hash is that of names, times and values, wherever the series live",
    [Schema.NonEmptyArray(Point), Schema.NonEmptyArray(Point)],
    ([a, b]) => {
      const hash = (points: ReadonlyArray<Point>, shift: number) => check(frameOf(points), table(shift)).bodyHash
      const nameOf = ({ ref, timestamp, value }: Point) => [
        ref > 3 ? "none" : ref,
        timestamp,
        Object.is(value, -0) ? "-0" : `${value}`
      ]
      assert.strictEqual(hash(a, 0), hash(a, 7))
      assert.isTrue(hash(a, 0) >= 0n && hash(a, 0) < 2n ** 63n)
      return (hash(a, 0) === hash(b, 0)) === (JSON.stringify(a.map(nameOf)) === JSON.stringify(b.map(nameOf)))
    }
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  mostPointBytes,
  type PointColumns,
  readPoints,
  writePoints
} from "../../../src/actors/partition/PointColumns.ts"
import { columnsOf, NOW } from "./fixtures.ts"

const written = (points: PointColumns): Uint8Array<ArrayBuffer> => {
  // Not at the start of its buffer, and behind what was there before.
  const buffer = new Uint8Array(16 + mostPointBytes(points)).fill(0xff)
  const length = writePoints(points, buffer.subarray(8), 8)
  assert.isAtMost(length, mostPointBytes(points))
  return buffer.slice(16, 16 + length)
}

const plain = ({ arrivalMillis, count, ends, runs, series, times, values }: PointColumns) => ({
  arrivalMillis,
  count,
  runs,
  series: [...series],
  times: [...times],
  ends: [...ends],
  // -0 is not 0.
  values: Array.from(values, (value) => (Object.is(value, -0) ? "-0" : value))
})

const Value = Schema.Union([
  Schema.Finite,
  Schema.Int,
  Schema.Literals([0, -0, 0.1, 12.34, 99.999999999, 2 ** 31, -(2 ** 31), 2 ** 31 - 1, 1e300, 5e-324])
])
const Row = Schema.Tuple([
  Schema.Literals([0, 1, 7, 65_535, 65_536, 4_000_000_000]),
  Schema.Literals([NOW, NOW + 1, NOW + 5_000]),
  Value
])

describe("points in a record", () => {
  it.prop("come back bit for bit, whatever they are", [Schema.Array(Row)], ([rows]) => {
    const points = columnsOf(rows, NOW + 0.5)
    assert.deepStrictEqual(plain(readPoints(written(points))), plain(points))
  })

  const decimals = Arbitrary.array(
    Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: -9_999, maximum: 9_999 }))),
    {
      minLength: 100,
      maxLength: 400
    }
  )
  it.prop("take some 6 bytes where they are decimals of one time, and a few are not", [decimals], ([hundredths]) => {
    const rows = hundredths.map((value, i) => [i, NOW, i % 50 === 49 ? Math.PI : value / 100] as const)
    const points = columnsOf(rows, NOW)
    const bytes = written(points)
    assert.isBelow(bytes.length, 40 + rows.length * 6.5)
    assert.deepStrictEqual(plain(readPoints(bytes)), plain(points))
  })

  it("take 8 bytes a value where too few are decimals, and no more", () => {
    const rows = Array.from({ length: 300 }, (_, i) => [i, NOW, i % 2 === 0 ? i : Math.sqrt(i)] as const)
    assert.strictEqual(written(columnsOf(rows, NOW)).length, 24 + 300 * 10 + 12)
  })
})

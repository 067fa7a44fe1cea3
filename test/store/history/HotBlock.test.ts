import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { decodeHotBlock, encodeHotBlock, readHotBlock, UnreadableBlock } from "../../../src/store/history/HotBlock.ts"
import { addUp, emptyRows, MINUTE_MILLIS, rollUp } from "../../../src/store/history/Rollups.ts"
import { type Point, rowsOf, sortedPoints } from "./points.ts"

const EPOCH = 1_700_000_000_000
const VALUES = [0, -0, 1, -1, 0.1, 12.34, -99.999, 1 / 3, 1e-9, 1e15 + 0.5, 2 ** 53, -(2 ** 60), 1e308, -1e308, 5e-324]

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const ArbitraryPoint = Schema.Struct({
  series: Schema.Literals([16, 17, 23]),
  millis: between(0, 3_599_999),
  value: Schema.Union([Schema.Literals(VALUES), between(-100_000, 100_000)])
})
const Points = Arbitrary.map(Arbitrary.array(Arbitrary.schema(ArbitraryPoint), { maxLength: 80 }), (drawn) =>
  [...new Map(drawn.map((one) => [`${one.series} ${one.millis}`, one])).values()].map(
    ({ millis, series, value }): Point => [series, EPOCH + millis, value]
  )
)

describe("blocks of the hot tier", () => {
  it.prop("H2: rows come back bit for bit, all together and of one series", [Points], ([points]) => {
    const rows = rollUp(sortedPoints(points), MINUTE_MILLIS)
    const block = encodeHotBlock(rows)
    assert.deepStrictEqual(rowsOf(decodeHotBlock(block)), rowsOf(rows))
    for (const series of [16, 17, 18, 23]) {
      const expected = rowsOf(rows).filter((row) => row[0] === series)
      assert.deepStrictEqual(rowsOf(readHotBlock(block, series)), expected)
    }
  })

  it("an hour of a usual series takes some 7 B a minute", () => {
    let walk = 5_000
    const points = Array.from({ length: 720 }, (_, i): Point => {
      walk += ((i * i * 7_919) % 101) - 50
      return [1, EPOCH + i * 5_000, walk / 100]
    })
    const rows = addUp([rollUp(sortedPoints(points), MINUTE_MILLIS)], MINUTE_MILLIS)
    assert.isBelow(encodeHotBlock(rows).length / rows.count, 8)
  })

  it("nothing is a block too", () => {
    assert.deepStrictEqual(rowsOf(decodeHotBlock(encodeHotBlock(emptyRows(0)))), [])
  })

  it("every cut of a block is refused, and claims nothing from memory", () => {
    const points = Array.from({ length: 50 }, (_, i): Point => [i % 3, EPOCH + i * 30_000, i / 7])
    const block = encodeHotBlock(rollUp(sortedPoints(points), MINUTE_MILLIS))
    for (let length = 0; length < block.length; length++) {
      assert.throws(() => decodeHotBlock(block.subarray(0, length)), UnreadableBlock)
    }
    assert.throws(() => decodeHotBlock(Uint8Array.of(2, 0)), UnreadableBlock)
    assert.throws(() => decodeHotBlock(Uint8Array.of(1, 255, 255, 255, 255, 15)), UnreadableBlock)
  })
})

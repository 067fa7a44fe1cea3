import { assert, describe, it } from "@effect/vitest"
import { differences } from "../../../src/agent/collect/Counters.ts"

const counters = (entries: Record<string, ReadonlyArray<number>>) => new Map(Object.entries(entries))

describe("C1: rates", () => {
  it("come from two readings and the monotonic time between them", () => {
    const grow = differences()
    assert.strictEqual(grow(counters({ a: [10, 20] }), 1000).byName.size, 0)
    const { seconds, byName } = grow(counters({ a: [15, 20] }), 3500)
    assert.strictEqual(seconds, 2.5)
    assert.deepStrictEqual([...byName], [["a", [5, 0]]])
  })

  it("have no point for a counter that was reset or wrapped, and go on from there", () => {
    const grow = differences()
    grow(counters({ a: [4_294_967_290, 7], b: [1, 1] }), 0)
    assert.deepStrictEqual([...grow(counters({ a: [4, 8], b: [2, 2] }), 1000).byName], [["b", [1, 1]]])
    assert.deepStrictEqual([...grow(counters({ a: [5, 8], b: [2, 2] }), 2000).byName.get("a")!], [1, 0])
  })

  it("begin with the second reading of something that appears, also again", () => {
    const grow = differences()
    grow(counters({}), 0)
    assert.strictEqual(grow(counters({ usb: [1_000_000] }), 1000).byName.size, 0)
    assert.strictEqual(grow(counters({}), 2000).byName.size, 0)
    assert.strictEqual(grow(counters({ usb: [2_000_000] }), 3000).byName.size, 0)
  })

  it("need time to have passed", () => {
    const grow = differences()
    grow(counters({ a: [1] }), 1000)
    assert.strictEqual(grow(counters({ a: [2] }), 1000).byName.size, 0)
  })
})

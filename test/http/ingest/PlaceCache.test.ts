import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { PlaceCache, packPlace, partitionOfPlace, seriesOfPlace } from "../../../src/http/ingest/PlaceCache.ts"

const Text = Schema.Literals(["", "a", "b", "=", ",", "a,b", "a=b", "\\", "\t", "1"])
const Series = Schema.Struct({ workspace: Schema.Literals([1, 11]), metric: Text, labels: Schema.Record(Text, Text) })

it.prop("a series has the place of exactly those that are named alike", [Series, Series], ([a, b]) => {
  const nameOf = ({ workspace, metric, labels }: typeof a) =>
    JSON.stringify([workspace, metric, Object.entries(labels)])
  const cache = new PlaceCache()
  cache.set(a.workspace, a.metric, a.labels, 7)
  assert.strictEqual(cache.get(a.workspace, a.metric, a.labels), 7)
  assert.strictEqual(cache.get(b.workspace, b.metric, b.labels), nameOf(a) === nameOf(b) ? 7 : undefined)
})

it("a place survives as one number", () => {
  for (const [partition, series] of [
    [0, 0],
    [127, 2 ** 32 - 1],
    [65_535, 2 ** 31]
  ] as const) {
    const place = packPlace(partition, series)
    assert.deepStrictEqual([partitionOfPlace(place), seriesOfPlace(place)], [partition, series])
  }
})

it("K5: forgets what was not asked for, and keeps what was", () => {
  const cache = new PlaceCache()
  for (let i = 0; i < 500_000; i++) {
    cache.set(1, `series ${i}`, {}, i)
    if (i % 50_000 === 0) assert.strictEqual(cache.get(1, "series 0", {}), 0)
  }
  assert.strictEqual(cache.get(1, "series 0", {}), 0)
  assert.strictEqual(cache.get(1, "series 499999", {}), 499_999)
  assert.isUndefined(cache.get(1, "series 1", {}))
  assert.isAtMost(cache.size, 2 * 128 * 1024)
})

it("forgets all when places may have changed", () => {
  const cache = new PlaceCache()
  cache.align(1, 1)
  cache.set(1, "a", {}, 7)
  cache.align(1, 1)
  assert.strictEqual(cache.get(1, "a", {}), 7)
  cache.align(2, 1)
  assert.isUndefined(cache.get(1, "a", {}))
  cache.set(1, "a", {}, 8)
  cache.align(2, 2)
  assert.isUndefined(cache.get(1, "a", {}))
})

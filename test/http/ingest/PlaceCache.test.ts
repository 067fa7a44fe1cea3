import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  PlaceCache,
  packPlace,
  partitionOfPlace,
  placeKey,
  seriesOfPlace
} from "../../../src/http/ingest/PlaceCache.ts"

const Text = Schema.Literals(["", "a", "b", "=", ",", "a,b", "a=b", "\\", "\t", "1"])
const Series = Schema.Struct({ workspace: Schema.Literals([1, 11]), metric: Text, labels: Schema.Record(Text, Text) })

it.prop("two series have one key exactly when they are named alike", [Series, Series], ([a, b]) => {
  const nameOf = ({ workspace, metric, labels }: typeof a) =>
    JSON.stringify([workspace, metric, Object.entries(labels)])
  const same = placeKey(a.workspace, a.metric, a.labels) === placeKey(b.workspace, b.metric, b.labels)
  return same === (nameOf(a) === nameOf(b))
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
    cache.set(`series ${i}`, i)
    if (i % 50_000 === 0) assert.strictEqual(cache.get("series 0"), 0)
  }
  assert.strictEqual(cache.get("series 0"), 0)
  assert.strictEqual(cache.get("series 499999"), 499_999)
  assert.isUndefined(cache.get("series 1"))
  assert.isAtMost(cache.size, 2 * 128 * 1024)
})

it("forgets all when places may have changed", () => {
  const cache = new PlaceCache()
  cache.align(1, 1)
  cache.set("a", 7)
  cache.align(1, 1)
  assert.strictEqual(cache.get("a"), 7)
  cache.align(2, 1)
  assert.isUndefined(cache.get("a"))
  cache.set("a", 8)
  cache.align(2, 2)
  assert.isUndefined(cache.get("a"))
})

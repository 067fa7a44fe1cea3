import { assert, it } from "@effect/vitest"
import { Schema } from "effect"
import { TokenBucket } from "../../src/actors/TokenBucket.ts"

const RATE = 100
const CAPACITY = 250

const small = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const Step = Schema.Struct({ afterMillis: small(3_000), count: small(300) })

it.prop(
  "I5: never admits more than a burst and the rate, and what it refuses it admits after the time it said",
  [Schema.Array(Step)],
  ([steps]) => {
    const bucket = new TokenBucket(RATE, CAPACITY)
    let now = 0
    let admitted = 0
    for (const { afterMillis, count } of steps) {
      now += afterMillis
      let waitMillis = bucket.take(count, now)
      if (waitMillis > 0) {
        assert.isAbove(bucket.take(count, now + waitMillis - 1), 0)
        now += waitMillis
        waitMillis = bucket.take(count, now)
      }
      assert.strictEqual(waitMillis, 0)
      admitted += Math.min(count, CAPACITY)
      assert.isAtMost(admitted, CAPACITY + (now * RATE) / 1_000 + 1e-6)
    }
    return true
  }
)

it("I5: a clock that steps back brings nothing and breaks nothing", () => {
  const bucket = new TokenBucket(RATE, CAPACITY)
  assert.strictEqual(bucket.take(CAPACITY, 10_000), 0)
  assert.isAbove(bucket.take(1, 5_000), 0)
  assert.strictEqual(bucket.take(1, 10_010), 0)
})

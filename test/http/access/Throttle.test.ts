import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { type Counted, makeThrottle } from "../../../src/http/access/Throttle.ts"
import { limits } from "../../../src/limits.ts"

const name = (value: string): Counted => ({ by: "name", value })

describe("throttle", () => {
  it.effect("row 9: waits are 1, 2, 4 … s after the fifth failure, up to a minute, and an hour forgets", () =>
    Effect.gen(function* () {
      const { attempt } = makeThrottle()
      const waits: Array<number> = []
      for (let i = 0; i < 14; i++) {
        assert.strictEqual(yield* attempt([name("a")]), 0)
        const waitMillis = yield* attempt([name("a")])
        if (waitMillis > 0) waits.push(waitMillis / 1_000)
        yield* TestClock.adjust(waitMillis)
      }
      // Of the first rounds both attempts were free.
      assert.deepStrictEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60].slice(0, waits.length))
      assert.isAbove(waits.length, 7)
      yield* TestClock.adjust("1 hour")
      for (let i = 0; i < 5; i++) assert.strictEqual(yield* attempt([name("a")]), 0)
      assert.strictEqual(yield* attempt([name("a")]), 1_000)
    })
  )

  it.effect("an attempt counts as failed until it is known not to be: many at once are many", () =>
    Effect.gen(function* () {
      const { attempt, forgive } = makeThrottle()
      for (let i = 0; i < 5; i++) yield* attempt([name("a")])
      assert.strictEqual(yield* attempt([name("a")]), 1_000)
      yield* forgive([name("a")])
      assert.strictEqual(yield* attempt([name("a")]), 0)
    })
  )

  it.effect("an attempt that was not made is none, and forgives none of the others", () =>
    Effect.gen(function* () {
      const { attempt, undo } = makeThrottle()
      for (let i = 0; i < 4; i++) yield* attempt([name("a")])
      for (let i = 0; i < 10; i++) {
        assert.strictEqual(yield* attempt([name("a")]), 0)
        yield* undo([name("a")])
      }
      yield* attempt([name("a")])
      assert.strictEqual(yield* attempt([name("a")]), 1_000)
    })
  )

  it.effect("who succeeds does not clear the network that they share", () =>
    Effect.gen(function* () {
      const { attempt, forgive } = makeThrottle()
      const network: Counted = { by: "network", value: "192.0.2.1" }
      for (let i = 0; i < 19; i++) yield* attempt([name(`victim-${i}`), network])
      assert.strictEqual(yield* attempt([name("me"), network]), 0)
      yield* forgive([name("me"), network])
      assert.strictEqual(yield* attempt([name("victim"), network]), 0)
      assert.strictEqual(yield* attempt([name("victim"), network]), 1_000)
    })
  )

  it.effect("row 52: the wall clock neither stretches nor ends a wait", () =>
    Effect.gen(function* () {
      const { attempt } = makeThrottle()
      yield* TestClock.setTime(10_000_000)
      for (let i = 0; i < 5; i++) yield* attempt([name("a")])
      yield* TestClock.setTime(5_000_000)
      assert.strictEqual(yield* attempt([name("a")]), 1_000)
    })
  )

  it.effect("K5: it remembers as many as it may, and of too many those heard of last", () =>
    Effect.gen(function* () {
      const { attempt } = makeThrottle()
      for (let i = 0; i < 5; i++) yield* attempt([name("oldest")])
      for (let i = 0; i < 5; i++) yield* attempt([name("kept")])
      for (let i = 0; i < limits.loginsRemembered - 1; i++) yield* attempt([name(`other-${i}`)])
      assert.strictEqual(yield* attempt([name("kept")]), 1_000)
      assert.strictEqual(yield* attempt([name("oldest")]), 0)
    })
  )
})

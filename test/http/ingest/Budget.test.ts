import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Budget } from "../../../src/http/ingest/Budget.ts"

const fork = <A, E>(effect: Effect.Effect<A, E>) => Effect.forkChild(effect, { startImmediately: true })

describe("K5: Budget", () => {
  it.effect("is handed out in order: a small request does not overtake a large one", () =>
    Effect.gen(function* () {
      const budget = new Budget(10)
      assert.isTrue(budget.tryTake(8))
      const large = yield* fork(budget.take(6))
      const small = yield* fork(budget.take(1))
      assert.isFalse(budget.tryTake(1))
      assert.isTrue(budget.isExhausted)
      assert.isUndefined(small.pollUnsafe())
      budget.give(8)
      assert.strictEqual(yield* Fiber.join(large), 6)
      assert.strictEqual(yield* Fiber.join(small), 1)
      assert.isTrue(budget.tryTake(3))
      assert.isFalse(budget.tryTake(1))
    })
  )

  it.effect("more than there is waits for all of it", () =>
    Effect.gen(function* () {
      const budget = new Budget(10)
      budget.tryTake(1)
      const all = yield* fork(budget.take(1_000))
      budget.give(1)
      const held = yield* Fiber.join(all)
      assert.strictEqual(held, 10)
      budget.give(held)
      assert.isTrue(budget.tryTake(10))
    })
  )

  it.effect("who gives up waiting leaves nothing taken, and lets the next one go on", () =>
    Effect.gen(function* () {
      const budget = new Budget(10)
      budget.tryTake(8)
      const first = yield* fork(budget.take(6))
      const second = yield* fork(budget.take(2))
      yield* Fiber.interrupt(first)
      assert.strictEqual(yield* Fiber.join(second), 2)
      budget.give(10)
      assert.isTrue(budget.tryTake(10))
    })
  )
})

/** What declarations may hold and cost (K5). */
import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect } from "effect"
import { TestClock } from "effect/testing"
import { Budget } from "../../../src/http/ingest/Budget.ts"
import { encodeDeclare } from "../../../src/http/stream/Codec.ts"
import { Declarations } from "../../../src/http/stream/Declarations.ts"
import { limits } from "../../../src/limits.ts"
import type { SeriesDeclaration } from "../../../src/schema/Protocol.ts"
import { FakeHub, identity } from "../support/FakeHub.ts"

const MEBI = 1024 * 1024
const sender = identity({ tokenId: "key", scopes: ["ingest"] })

const start = Effect.map(Clock.Clock, (clock) => {
  const budget = new Budget(limits.declarationMemory)
  const hub = new FakeHub()
  const declarations = new Declarations(hub.router, sender, budget, clock)
  const declare = (series: ReadonlyArray<SeriesDeclaration>) =>
    declarations.declare(Buffer.from(encodeDeclare({ type: "declare", series })), { type: "declare", series })
  return { hub, budget, declarations, declare }
})

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)
const good = (ref: number): SeriesDeclaration => ({ ref, metric: "cpu", labels: { pod: `pod-${ref}` } })
/** Each refused for a reason that names its own label. */
const bad = (ref: number): SeriesDeclaration => ({ ref, metric: "cpu", labels: { [`${"x".repeat(50)}${ref}`]: "\0" } })

describe("K5: declarations", () => {
  it.effect("that resemble each other hold little, whether they are accepted or declined", () =>
    Effect.gen(function* () {
      for (const series of [good, bad]) {
        const { budget, declarations, declare } = yield* start
        for (const first of range(0, 10)) yield* declare(range(first * 2_000, (first + 1) * 2_000).map(series))
        // A table of 2^15 places, and a reason each where they were declined.
        assert.isTrue(budget.tryTake(limits.declarationMemory - 2 * MEBI))
        assert.strictEqual(declarations.table.problemOf(19_999) === undefined, series === good)
        declarations.release()
        assert.isTrue(budget.tryTake(2 * MEBI))
      }
    })
  )

  it.effect("of the same refs for ever end the connection, although they hold little", () =>
    Effect.gen(function* () {
      const { declarations } = yield* start
      const message = Buffer.alloc(limits.messageBytes)
      const again = declarations.declare(message, { type: "declare", series: [good(0)] })
      for (let i = 0; i < limits.declarationBytesPerConnection / limits.messageBytes; i++) yield* again
      assert.strictEqual((yield* Effect.flip(again)).code, "unavailable")
    })
  )

  it.effect("that are declined are named up to a thousand a message; their points tell of the others", () =>
    Effect.gen(function* () {
      const { hub, declarations, declare } = yield* start
      const declined = yield* declare(range(0, 1_500).map(bad))
      assert.strictEqual(declined.length, limits.declinedPerMessage)
      assert.strictEqual(declarations.table.problemOf(1_499)?.code, "label_invalid")
      // A definition that demands a label declines them all.
      yield* declare(range(2_000, 4_000).map(good))
      hub.refusals.set("cpu", { code: "missing_label", message: "the label host is missing" })
      hub.catalogueVersion++
      assert.strictEqual((yield* declarations.refresh()).length, limits.declinedPerMessage)
      assert.strictEqual(declarations.table.problemOf(3_999)?.code, "missing_label")
    })
  )

  it.effect("of many reasons share one, but for the first few", () =>
    Effect.gen(function* () {
      const { declarations, declare } = yield* start
      yield* declare(range(0, 300).map(bad))
      const problems = new Set(range(0, 300).map((ref) => declarations.table.problemOf(ref)))
      assert.isAtMost(problems.size, 101)
      assert.include(declarations.table.problemOf(0)?.message, "NUL")
    })
  )
})

describe("I5: new series beyond a minute's limit", () => {
  it.effect("are looked up again after a while; those that exist go on", () =>
    Effect.gen(function* () {
      const { hub, declarations, declare } = yield* start
      hub.refusals.set("many", { code: "new_series_limit", message: "too many" })
      const declined = yield* declare([good(0), { ref: 1, metric: "many", labels: {} }])
      assert.deepStrictEqual(declined, [{ ref: 1, code: "new_series_limit", message: "too many" }])
      assert.isUndefined(declarations.table.problemOf(0))
      assert.isTrue(declarations.isFresh)
      hub.refusals.clear()
      yield* TestClock.adjust(limits.declinedRetryMillis)
      assert.isFalse(declarations.isFresh)
      yield* declarations.refresh()
      assert.isTrue(declarations.isFresh)
      assert.isUndefined(declarations.table.problemOf(1))
    })
  )

  it.effect("are looked up again later when that fails, or when they are still too many", () =>
    Effect.gen(function* () {
      const { hub, declarations, declare } = yield* start
      hub.refusals.set("many", { code: "new_series_limit", message: "too many" })
      yield* declare([{ ref: 1, metric: "many", labels: {} }])
      yield* TestClock.adjust(limits.declinedRetryMillis)
      hub.resolveFails = "away"
      yield* Effect.flip(declarations.refresh())
      assert.isFalse(declarations.isFresh)
      hub.resolveFails = null
      yield* declarations.refresh()
      assert.isTrue(declarations.isFresh)
      yield* TestClock.adjust(limits.declinedRetryMillis)
      assert.isFalse(declarations.isFresh)
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch } from "effect"
import { TestClock } from "effect/testing"
import { HistoryReader } from "../../../src/actors/history/HistoryReader.ts"
import type { HistoryRequest } from "../../../src/schema/History.ts"
import { emptyRows } from "../../../src/store/history/Rollups.ts"
import type { TierPlace, TierReader } from "../../../src/store/history/TierReader.ts"
import { ModelTiers } from "./ModelTiers.ts"
import { ask, layerOf, read } from "./reading.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A whole hour. */
const T0 = Date.UTC(2026, 0, 5)

describe("K5: the work for an answer is bounded", () => {
  const YEARS = 365 * 24 * HOUR
  const many = Array.from({ length: 1_000 }, (_, i) => i)

  /** Series with one point long ago each: what may be read is a matter of the range. */
  const sparse = () => {
    const tiers = new ModelTiers()
    for (const series of many) tiers.push([series, T0, 1], T0)
    for (const series of many) tiers.push([series, T0 + YEARS, 1], T0 + YEARS)
    tiers.move()
    tiers.drop(T0 + YEARS)
    return tiers
  }

  it.effect("more rows than one answer may look at are refused, by the field that asks for them", () =>
    Effect.gen(function* () {
      const tiers = sparse()
      const refused = (request: HistoryRequest, series: ReadonlyArray<number>) =>
        Effect.map(Effect.flip(read(tiers, request, series)), (error) => {
          assert.strictEqual(error._tag, "Invalid")
          return error._tag === "Invalid" ? (error.error.details as ReadonlyArray<{ field: string }>)[0]!.field : null
        })
      assert.strictEqual(yield* refused(ask(T0, T0 + YEARS), many), "from")
      assert.strictEqual(yield* refused(ask(T0, T0 + YEARS, 5 * MINUTE), many.slice(0, 100)), "step")
      // What is not there costs nothing: a range of a century, of which the tiers have ten days.
      const answered = yield* read(tiers, ask(T0 - 90 * YEARS, T0 + 10 * 24 * HOUR), many)
      assert.strictEqual(answered[999]!.buckets.count, 1)
    })
  )

  it.effect("where rows are too many for five minutes they are read coarser, and no bucket pretends to be finer", () =>
    Effect.gen(function* () {
      const tiers = sparse()
      const widths: Array<number> = []
      const { reader } = tiers
      Object.defineProperty(tiers, "reader", {
        value: {
          ...reader,
          fiveMinutes: (workspace: number, places: ReadonlyArray<TierPlace>, width: number) => {
            widths.push(width)
            return reader.fiveMinutes(workspace, places, width)
          }
        } satisfies TierReader["Service"]
      })
      yield* read(tiers, ask(T0, T0 + 30 * 24 * HOUR), many)
      yield* read(tiers, ask(T0, T0 + 30 * 24 * HOUR, HOUR), many)
      yield* read(tiers, ask(T0, T0 + 30 * 24 * HOUR), many.slice(0, 100))
      assert.deepStrictEqual(widths, [30 * MINUTE, HOUR, 5 * MINUTE])
    })
  )

  /** Of each series an import of so many windows, of which the hot tier has the minutes. */
  const imported = (windows: number) => {
    const tiers = new ModelTiers()
    for (const series of many) tiers.push([series, T0, 1], T0)
    for (const series of many) tiers.push([series, T0 + YEARS, 1], T0 + YEARS)
    tiers.move()
    tiers.hotFrom = T0 + YEARS
    const cold = emptyRows(windows)
    for (let i = 0; i < windows; i++) cold.starts[i] = T0 + i * 5 * MINUTE
    cold.counts.fill(1)
    const asked: Array<number> = []
    const isOpen = Latch.makeUnsafe(true)
    const { reader } = tiers
    Object.defineProperty(tiers, "reader", {
      value: {
        ...reader,
        minutes: (places) => {
          asked.push(places.length)
          const series = places.map(() => ({ rows: emptyRows(0), gaps: [] }))
          return Effect.as(isOpen.await, { completeFrom: tiers.hotFrom, series })
        },
        fiveMinutes: (_, places) => Effect.succeed(places.map(() => ({ rows: cold, gaps: [] })))
      } satisfies TierReader["Service"]
    })
    return { asked, isOpen, tiers }
  }

  it.effect.each([
    [400, MINUTE, [1_000]],
    [401, MINUTE, []],
    [400, null, [1_000]],
    [401, null, []],
    [401, 10 * MINUTE, []]
  ] as const)("of an import of %s windows a series no more minutes are read than an answer may have, step %s", (row) =>
    Effect.gen(function* () {
      const [windows, step, expected] = row
      const { asked, tiers } = imported(windows)
      yield* read(tiers, ask(T0, T0 + windows * 5 * MINUTE, step), many)
      assert.deepStrictEqual(asked, [...expected])
    })
  )

  it.effect("minutes of an import count among the rows of all answers that are being made", () => {
    const { asked, isOpen, tiers } = imported(400)
    return Effect.gen(function* () {
      const reader = yield* HistoryReader
      const places = many.map((series) => ({ partition: 0, series }))
      isOpen.closeUnsafe()
      const question = reader.read(1, places, ask(T0, T0 + 2_000 * MINUTE, MINUTE))
      const questions = yield* Effect.forkChild(Effect.all([question, question], { concurrency: 2 }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(asked, [1_000], "the second one waits")
      isOpen.openUnsafe()
      yield* Fiber.join(questions)
      assert.deepStrictEqual(asked, [1_000, 1_000])
    }).pipe(Effect.provide(layerOf(tiers)))
  })
})

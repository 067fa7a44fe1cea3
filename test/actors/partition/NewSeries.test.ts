/** The limit of new series a minute (I5). */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { resolveSeries } from "../../../src/actors/partition/LocalOperations.ts"
import { LocalPartition } from "../../../src/actors/partition/LocalPartition.ts"
import { makeAdmitSeries, NewSeriesLimit } from "../../../src/actors/partition/NewSeries.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { seriesKeyBytes, seriesKeyHash } from "../../../src/actors/partition/Registry.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"

const start = Effect.gen(function* () {
  const partition = new LocalPartition(0, 1, new PartitionState(0), new RawHistory())
  partition.admitSeries = yield* makeAdmitSeries
  const resolve = (workspaceNumber: number, host: string) => {
    const key = seriesKeyBytes(workspaceNumber, "cpu", `host=${host}`)
    const place = resolveSeries(partition, key, seriesKeyHash(key))
    return typeof place === "number" ? place : place.code
  }
  return resolve
}).pipe(Effect.provideService(NewSeriesLimit, 60))

const range = (count: number) => Array.from({ length: count }, (_, i) => String(i))

describe("I5: new series", () => {
  it.effect("beyond a minute's limit are refused; those that exist, and other workspaces, are not", () =>
    Effect.gen(function* () {
      const resolve = yield* start
      assert.deepStrictEqual(
        range(60).map((host) => resolve(1, host)),
        range(60).map(Number)
      )
      assert.strictEqual(resolve(1, "60"), "new_series_limit")
      assert.strictEqual(resolve(1, "59"), 59)
      assert.strictEqual(resolve(2, "60"), 60)
    })
  )

  it.effect("are admitted again as time passes", () =>
    Effect.gen(function* () {
      const resolve = yield* start
      for (const host of range(60)) resolve(1, host)
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(
        ["a", "b", "c"].map((host) => resolve(1, host)),
        [60, 61, "new_series_limit"]
      )
    })
  )

  it.effect("with keys of kilobytes count for several: keys stay in memory", () =>
    Effect.gen(function* () {
      const resolve = yield* start
      const admitted = range(60).filter((host) => resolve(1, host + "x".repeat(9_500)) !== "new_series_limit")
      assert.strictEqual(admitted.length, 6)
    })
  )
})

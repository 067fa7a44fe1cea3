import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { sweepCorrelation } from "../../../src/actors/correlator/CorrelatorLive.ts"
import { Correlators } from "../../../src/actors/correlator/Correlators.ts"
import { Partitions, Unavailable } from "../../../src/actors/partition/Partitions.ts"
import type { AlertCommand } from "../../../src/actors/partition/Record.ts"
import { Incidents, type WaitingCommand } from "../../../src/store/facts/Incidents.ts"

const waitingFor = (id: number, partition: number): WaitingCommand => ({
  id: BigInt(id),
  partition,
  command: { alertId: `alert-${id}` } as AlertCommand
})

/** Partition 1 takes 5 s to say that it does not answer, and a command of partition 2 runs into a bug. */
const world = () => {
  const seen = { ticks: 0, asked: [] as Array<string>, sent: [] as Array<number> }
  const waiting = [waitingFor(1, 1), waitingFor(2, 1), waitingFor(3, 2), waitingFor(4, 2), waitingFor(5, 3)]
  const layer = Layer.mergeAll(
    Layer.mock(Incidents, {
      tick: () =>
        Effect.sync(() => {
          seen.ticks++
          return []
        }),
      waiting: Effect.succeed([]),
      waitingCommands: Effect.sync(() => waiting.filter(({ id }) => !seen.sent.includes(Number(id)))),
      commandSent: (id) => Effect.sync(() => void seen.sent.push(Number(id)))
    }),
    Layer.mock(Correlators, { wake: () => Effect.void }),
    Layer.mock(Partitions, {
      totals: () => ({ evaluated: 0, late: 0, duplicate: 0, conflicting: 0 }),
      command: (partition, { alertId }) =>
        Effect.suspend(() => {
          seen.asked.push(alertId)
          if (alertId === "alert-3") return Effect.die("a bug")
          if (partition !== 1) return Effect.void
          return Effect.delay(new Unavailable({ message: "away", retryAfterMillis: 1 }), "5 seconds")
        })
    })
  )
  return { layer, seen }
}

it.effect("incidents resolve in time, and other alerts are acknowledged, while a partition does not answer", () =>
  Effect.gen(function* () {
    const { layer, seen } = world()
    yield* Effect.forkChild(Effect.provide(sweepCorrelation, layer))
    yield* TestClock.adjust("4 seconds")
    assert.strictEqual(seen.ticks, 5)
    assert.deepStrictEqual(seen.sent, [4, 5])
    // Asked once, and not for the next one.
    assert.deepStrictEqual(seen.asked, ["alert-1", "alert-3", "alert-4", "alert-5"])
    yield* TestClock.adjust("4 seconds")
    assert.deepStrictEqual(seen.asked.filter((alertId) => alertId !== "alert-3").slice(3), ["alert-1"])
  })
)

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { holdsInvariants } from "./Invariants.ts"
import { scenarioOf } from "./Scenario.ts"
import { runDisturbed, runUndisturbed, type World } from "./Simulation.ts"

const scenario = scenarioOf(34)
const undisturbed = runUndisturbed(scenario)
const [sick, ...healthy] = scenario.partitions as [number, ...Array<number>]

/** Less than a transaction takes. */
const LOOK_MILLIS = 5

/** How often a partition has been claimed: how often it has recovered. */
const claimsOf = ({ store }: Pick<World, "store">, partition: number): number =>
  store.partitions.get(partition)?.epoch ?? 0

/** From now on, for so long, the store refuses what the one partition has decided. What is seen at the end of it. */
const runRefusing = (seed: number, millis: number) => {
  const seen: Array<{ readonly ready: ReadonlyArray<boolean>; readonly reason: string; readonly claims: number }> = []
  let letIn = 0
  const outcome = runDisturbed(scenario, seed, (world) =>
    Effect.gen(function* () {
      yield* Effect.sleep("2 seconds")
      world.weather.refusedPartition = sick
      const { partitions } = world.node.host
      for (let elapsed = 0; elapsed < millis; elapsed += LOOK_MILLIS) {
        yield* Effect.sleep(LOOK_MILLIS)
        if (partitions.refused.has(sick) && partitions.ready(sick) !== null) letIn++
      }
      const ready = scenario.partitions.map((id) => partitions.ready(id) !== null)
      seen.push({ ready, reason: partitions.refused.get(sick) ?? "", claims: claimsOf(world, sick) })
      world.weather.refusedPartition = null
    })
  )
  assert.strictEqual(seen.length, 1)
  assert.strictEqual(letIn, 0, "it takes no points before its facts are stored")
  return { outcome, ...seen[0]! }
}

describe("K9: facts that cannot be stored", () => {
  it("stop their own partition, which says why, and no other", () => {
    const { outcome, ready, reason } = runRefusing(1, 100_000)
    assert.deepStrictEqual(ready, [false, ...healthy.map(() => true)])
    assert.strictEqual(reason, "a text that cannot be stored")
    for (const id of healthy) assert.strictEqual(claimsOf(outcome, id), 1, "it never had to recover")
    holdsInvariants(outcome, undisturbed)
  })

  it("are tried again, not too often, and stored when they can be", () => {
    const { outcome, claims } = runRefusing(2, 120_000)
    assert.isAtLeast(claims, 4)
    assert.isAtMost(claims, 12)
    holdsInvariants(outcome, undisturbed)
  })
})

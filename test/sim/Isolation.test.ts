import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { holdsInvariants } from "./Invariants.ts"
import { scenarioOf } from "./Scenario.ts"
import { type Disturbance, runDisturbed, runUndisturbed, type World } from "./Simulation.ts"

const scenario = scenarioOf(34)
const undisturbed = runUndisturbed(scenario)
const [sick, ...healthy] = scenario.partitions as [number, ...Array<number>]

const claimsOf = ({ store }: Pick<World, "store">, partition: number): number =>
  store.partitions.get(partition)?.epoch ?? 0

/** From now on, for so long, the store refuses whatever the one partition has decided. */
const refused = (millis: number, meanwhile: (world: World) => void): Disturbance =>
  Effect.fnUntraced(function* (world) {
    yield* Effect.sleep("2 seconds")
    world.weather.refusedPartition = sick
    yield* Effect.sleep(millis)
    meanwhile(world)
    world.weather.refusedPartition = null
  })

describe("K9: facts that cannot be stored", () => {
  it("take no other partition with them", () => {
    let looked = 0
    const outcome = runDisturbed(
      scenario,
      1,
      refused(100_000, ({ node: { host } }) => {
        looked++
        assert.isNull(host.partitions.ready(sick), "it is not ready while its facts cannot be stored")
        assert.match(host.partitions.refused.get(sick) ?? "", /a text that cannot be stored/)
        for (const id of healthy) assert.isNotNull(host.partitions.ready(id))
      })
    )
    assert.strictEqual(looked, 1)
    for (const id of healthy) assert.strictEqual(claimsOf(outcome, id), 1, "a healthy partition never recovered")
    holdsInvariants(outcome, undisturbed)
  })

  it("are tried again, not too often, and stored when they can be", () => {
    let claims = 0
    const outcome = runDisturbed(
      scenario,
      2,
      refused(120_000, (world) => {
        claims = claimsOf(world, sick)
      })
    )
    assert.isAtLeast(claims, 4)
    assert.isAtMost(claims, 12)
    holdsInvariants(outcome, undisturbed)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { crashAt, FAULT_POINTS, freezeAt } from "./Disturbances.ts"
import { holdsInvariants } from "./Invariants.ts"
import { scenarioOf } from "./Scenario.ts"
import { runDisturbed, runUndisturbed } from "./Simulation.ts"

const scenario = scenarioOf(3)
const undisturbed = runUndisturbed(scenario)
const OCCURRENCES = [1, 2, 3, 5, 8]

describe("one life, crashed at every labelled point", () => {
  it("is worth the trouble", () => {
    holdsInvariants(undisturbed, undisturbed)
    assert.isAbove(undisturbed.store.alerts.length, 20)
  })

  for (const point of FAULT_POINTS) {
    it(`K1 K2 K3 K7: a node that crashes at ${point} loses nothing and decides nothing twice`, () => {
      for (const occurrence of OCCURRENCES) {
        const outcome = runDisturbed(scenario, occurrence, crashAt(point, occurrence))
        assert.deepStrictEqual([...outcome.happened.keys()], [`crash ${point}`], "the fault was reached")
        holdsInvariants(outcome, undisturbed)
      }
    })

    it(`K4: a node that stops at ${point} while another takes over writes nothing when it goes on`, () => {
      for (const occurrence of OCCURRENCES) {
        const outcome = runDisturbed(scenario, occurrence, freezeAt(point, occurrence))
        assert.deepStrictEqual([...outcome.happened.keys()], [`freeze ${point}`], "the fault was reached")
        holdsInvariants(outcome, undisturbed)
      }
    })
  }
})

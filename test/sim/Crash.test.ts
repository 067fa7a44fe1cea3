import { assert, describe, it } from "@effect/vitest"
import type { FaultPoint } from "../../src/actors/partition/Faults.ts"
import type { Written } from "./Connection.ts"
import { crashAt, crashWithFactsBehind, FAULT_POINTS, freezeAt } from "./Disturbances.ts"
import { holdsInvariants } from "./Invariants.ts"
import { scenarioOf } from "./Scenario.ts"
import { runDisturbed, runUndisturbed } from "./Simulation.ts"

/** One with every kind of fact, long waits, and edits of rules while alerts are open. */
const scenario = scenarioOf(34)
const undisturbed = runUndisturbed(scenario)

/** The first ones of what happens with every batch are of the time before any alert. */
const occurrencesOf = (point: FaultPoint): ReadonlyArray<number> => {
  if (point.startsWith("snapshot")) return [1, 2, 4, 8]
  // Not every batch decides something.
  return point.startsWith("facts") ? [1, 15, 25, 35] : [1, 25, 40, 55]
}

/** What a node that stopped before a write tries when it goes on. */
const refusedWrite: Partial<Record<FaultPoint, Written>> = {
  "journal.before": "append",
  "facts.before": "commit",
  "snapshot.before": "save"
}

it("K2: a snapshot never holds what is decided and not stored, however slowly facts are stored", () => {
  for (const occurrence of [1, 2, 3, 4, 5, 6, 7, 8]) {
    const outcome = runDisturbed(scenario, occurrence, crashWithFactsBehind("snapshot.after", occurrence))
    assert.deepStrictEqual([...outcome.happened.keys()], ["crash snapshot.after"])
    holdsInvariants(outcome, undisturbed)
  }
})

describe("a life, ended at every labelled point", () => {
  it("the undisturbed run is worth comparing with", () => {
    holdsInvariants(undisturbed, undisturbed)
    assert.isAbove(undisturbed.store.alerts.length, 40)
    assert.isAbove(undisturbed.store.violations.length, 80)
  })

  for (const point of FAULT_POINTS) {
    it(`K1 K2 K3 K7: a node that crashes at ${point} loses nothing and decides nothing twice`, () => {
      for (const occurrence of occurrencesOf(point)) {
        const outcome = runDisturbed(scenario, occurrence, crashAt(point, occurrence))
        assert.deepStrictEqual([...outcome.happened.keys()], [`crash ${point}`], "the fault was reached")
        holdsInvariants(outcome, undisturbed)
      }
    })

    it(`K4: a node that stops at ${point} while another takes over writes nothing when it goes on`, () => {
      const write = refusedWrite[point]
      let refused = 0
      for (const occurrence of occurrencesOf(point)) {
        const outcome = runDisturbed(scenario, occurrence, freezeAt(point, occurrence))
        assert.deepStrictEqual([...outcome.happened.keys()], [`freeze ${point}`], "the fault was reached")
        holdsInvariants(outcome, undisturbed)
        if (write !== undefined) refused += outcome.store.refused[write]
      }
      if (write !== undefined) assert.isAbove(refused, 0, "it tried, and was refused")
    })
  }
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import { validateRule } from "../../src/schema/RuleValidation.ts"
import { poison } from "./Disturbances.ts"
import { comparable, holdsInvariants } from "./Invariants.ts"
import { type Scenario, type Step, scenarioOf } from "./Scenario.ts"
import { runDisturbed, runUndisturbed } from "./Simulation.ts"

const scenario = scenarioOf(34)
const undisturbed = runUndisturbed(scenario)

/** A rule whose scope cannot be compiled: a bug must have let it pass. */
const poisonRule = (workspaceNumber: number): Step => {
  const threshold = { type: "static", above: { warning: 1 } }
  const sound = Result.getOrThrow(validateRule({ name: "poison", metric: "cpu", threshold }))
  const document = { ...sound, scope: { host: { regex: "(" } } }
  return { _tag: "Write", workspaceNumber, write: { _tag: "Put", kind: "rule", document, expect: "any" } }
}

describe("K9: poison in the journal", () => {
  it("records that nobody can have sent stop nothing and change nothing", () => {
    const everySecond = (world: Parameters<typeof poison>[0]) =>
      Effect.forever(Effect.andThen(Effect.sleep("1 second"), poison(world)))
    const outcome = runDisturbed(scenario, 1, everySecond)
    assert.isAbove(outcome.happened.get("poison record") ?? 0, 50)
    holdsInvariants(outcome, undisturbed)
  })

  it("rules that cannot be compiled change no fact of any other, also across a snapshot and a restart", () => {
    const steps = scenario.steps.flatMap(
      (step, i): ReadonlyArray<Step> => (i % 4 === 3 ? [step, poisonRule(1 + (i % 2))] : [step])
    )
    const poisoned: Scenario = { ...scenario, steps }
    const outcome = runDisturbed(poisoned, 2, (world) =>
      Effect.forever(
        Effect.andThen(
          Effect.sleep("70 seconds"),
          Effect.suspend(() => world.node.close())
        )
      )
    )
    holdsInvariants(outcome, runUndisturbed(poisoned))
    assert.deepStrictEqual(comparable(outcome.store), comparable(undisturbed.store))
  })
})

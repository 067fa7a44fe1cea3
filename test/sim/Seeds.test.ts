import { setImmediate } from "node:timers/promises"
import { assert, it } from "@effect/vitest"
import { KINDS_OF_TROUBLE, kindsIn, trouble } from "./Disturbances.ts"
import { holdsInvariants } from "./Invariants.ts"
import { scenarioOf } from "./Scenario.ts"
import { runDisturbed, runUndisturbed } from "./Simulation.ts"

/** How many seeds; `npm run simulate` takes more. LUMINA_SIM_SEED runs one again. */
const SEEDS = Number(process.env.LUMINA_SIM_SEEDS ?? 200)
const ONLY = process.env.LUMINA_SIM_SEED

it(
  `K1 K2 K3 K4 K7 K8: ${SEEDS} random lives full of trouble end in the facts of undisturbed ones`,
  async () => {
    const seeds = ONLY === undefined ? Array.from({ length: SEEDS }, (_, i) => i + 1) : [Number(ONLY)]
    const happened = new Set<string>()
    for (const seed of seeds) {
      try {
        const scenario = scenarioOf(seed)
        const outcome = runDisturbed(scenario, seed, trouble)
        holdsInvariants(outcome, runUndisturbed(scenario))
        for (const kind of kindsIn(outcome)) happened.add(kind)
      } catch (error) {
        throw new Error(`LUMINA_SIM_SEED=${seed} fails`, { cause: error })
      }
      await setImmediate() // vitest wants to hear from us
    }
    const missing = KINDS_OF_TROUBLE.filter((kind) => !happened.has(kind))
    if (ONLY === undefined) assert.deepStrictEqual(missing, [], "every kind of trouble happened")
  },
  24 * 60 * 60_000
)

import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { decodeRecord } from "../../src/actors/partition/Record.ts"
import { scenarioOf } from "./Scenario.ts"
import { runDisturbed, type World } from "./Simulation.ts"

const NAMES = ["evaluated", "late", "duplicate", "conflicting"] as const

const pointsOf = (record: Uint8Array): number =>
  decodeRecord(record).reduce((sum, entry) => sum + (entry._tag === "Points" ? entry.points.count : 0), 0)

it("O3: points are counted once, whatever recovers, and no count ever falls", () => {
  let world: World | undefined
  let incomplete = 0
  const falls: Array<string> = []
  const outcome = runDisturbed(scenarioOf(34), 1, (simulated) =>
    Effect.gen(function* () {
      world = simulated
      let last = world.node.host.partitions.totals()
      for (let round = 1; ; round++) {
        // The database is away now and then: the partitions that have something to write recover.
        world.weather.isAway = round % 40 > 30
        yield* Effect.sleep("100 millis")
        const { partitions } = world.node.host
        const totals = partitions.totals()
        for (const name of NAMES) if (totals[name] < last[name]) falls.push(`${name} in round ${round}`)
        last = totals
        if (partitions.all().length < world.scenario.partitions.length) incomplete++
      }
    })
  )
  assert.deepStrictEqual(falls, [])
  const { evaluated, late, duplicate, conflicting } = world!.node.host.partitions.totals()
  const journalled = outcome.store.appends
    .flatMap(({ slices }) => slices)
    .reduce((sum, { record }) => sum + pointsOf(record), 0)
  assert.strictEqual(evaluated + late, journalled)
  assert.isAtLeast(incomplete, 5, "partitions were recovering")
  assert.isAbove(late, 20)
  assert.isAbove(duplicate, 3)
  assert.isAbove(conflicting, 3)
})

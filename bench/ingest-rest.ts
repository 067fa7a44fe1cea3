/**
 * Claim: `POST /v1/metrics` takes 250,000 points a second, durably and evaluated, and at least 0.4 of what parsing and
 * resolving alone would reach. 100,000 series, a static rule on each, JSON batches of 1,000 over keep-alive
 * connections.
 */
import { Effect } from "effect"
import { versionOf } from "./support/Database.ts"
import { parseAndResolveFloor } from "./support/Floors.ts"
import { complaints } from "./support/Hub.ts"
import { startLoad } from "./support/Load.ts"
import type { Options } from "./support/Options.ts"
import type { Outcome } from "./support/Report.ts"
import { planFor, setUp, THREE_IN_FIVE_MINUTES } from "./support/Stage.ts"
import { awaitEvaluated, validate } from "./support/Validity.ts"
import { coresOf, measureWindow } from "./support/Window.ts"

const SERIES = 100_000
/** One request at a time on each: together they keep the hub busy while some wait for their commit. */
const CONNECTIONS = 32

export const run = Effect.fnUntraced(function* (options: Options) {
  const { folder, hub, sql } = yield* setUp(options, THREE_IN_FIVE_MINUTES)
  const plan = { ...planFor(hub, options.series ?? SERIES), connections: CONNECTIONS }
  const load = yield* startLoad("rest", plan)
  yield* load.go
  const window = yield* measureWindow(hub, load, plan.series, options)
  const { counts: sent } = yield* load.stop
  yield* awaitEvaluated(hub)
  const { counts, notes, valid } = yield* validate(sql, hub, sent)

  const floors = { parseAndResolvePointsPerSecond: parseAndResolveFloor(plan) }
  return {
    bench: "ingest-rest",
    figures: [
      {
        name: "pointsPerSecond",
        value: window.points / window.seconds,
        target: 250_000,
        isBetter: "higher",
        floors: Object.keys(floors)
      }
    ],
    floors,
    counts,
    valid,
    notes: [
      "to reach as well: 40 % of parseAndResolvePointsPerSecond",
      ...notes,
      coresOf(window),
      ...complaints(folder)
    ],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

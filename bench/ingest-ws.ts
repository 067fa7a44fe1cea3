/**
 * Claim: points over the binary stream are taken durably and evaluated at 3 M a second. 100,000 series, a static rule
 * on each, frames of 1,000 points, as many on their way as the hub gives credit for.
 */
import { Effect } from "effect"
import { readCommits, versionOf } from "./support/Database.ts"
import { commitFloor } from "./support/FloorDatabase.ts"
import { decodeFloor, FLOOR_POINTS, loopFloor } from "./support/Floors.ts"
import { complaints } from "./support/Hub.ts"
import { startLoad } from "./support/Load.ts"
import type { Options } from "./support/Options.ts"
import type { Outcome } from "./support/Report.ts"
import { planFor, setUp, THREE_IN_FIVE_MINUTES } from "./support/Stage.ts"
import { awaitEvaluated, validate } from "./support/Validity.ts"
import { coresOf, measureWindow } from "./support/Window.ts"

const SERIES = 100_000

export const run = Effect.fnUntraced(function* (options: Options) {
  const { folder, hub, sql } = yield* setUp(options, THREE_IN_FIVE_MINUTES)
  const plan = planFor(hub, options.series ?? SERIES)
  const load = yield* startLoad("stream", plan)
  yield* load.go
  const window = yield* measureWindow(hub, load, plan.series, options)
  const { counts: sent } = yield* load.stop
  yield* awaitEvaluated(hub)
  const { counts, journal, notes, valid } = yield* validate(sql, hub, sent)

  const commits = yield* readCommits(sql, FLOOR_POINTS)
  const floors = {
    decodePointsPerSecond: decodeFloor(plan),
    loopPointsPerSecond: loopFloor(commits),
    commitPointsPerSecond: yield* commitFloor(sql, hub.databaseUrl, commits)
  }
  const { hubCpuSeconds, points, postgresCpuSeconds, seconds } = window
  return {
    bench: "ingest-ws",
    figures: [
      {
        name: "pointsPerSecond",
        value: points / seconds,
        target: 3_000_000,
        isBetter: "higher",
        floors: Object.keys(floors)
      },
      {
        name: "pointsPerCpuSecond",
        value: points / (hubCpuSeconds + postgresCpuSeconds),
        target: 2_000_000,
        isBetter: "higher"
      }
    ],
    floors,
    counts: { ...counts, "points per commit": journal.points / journal.commits },
    valid,
    notes: [...notes, coresOf(window), ...complaints(folder)],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

/**
 * Claim: points over the binary stream are taken durably and evaluated at 3 M a second. 100,000 series, a static rule on
 * each, frames of 1,000 points, as many on their way as the hub gives credit for.
 */
import { Effect } from "effect"
import type { LoadPlan } from "./load/Plan.ts"
import { connect, readCommits, versionOf } from "./support/Database.ts"
import { commitFloor, decodeFloor, FLOOR_POINTS, loopFloor } from "./support/Floors.ts"
import { complaints, dataFolder, defineRule, startHub } from "./support/Hub.ts"
import { startLoad } from "./support/Load.ts"
import type { Options } from "./support/Options.ts"
import type { Outcome } from "./support/Report.ts"
import { awaitEvaluated, validate } from "./support/Validity.ts"
import { measureWindow } from "./support/Window.ts"

const SERIES = 100_000
const CONNECTIONS = 4
const DAY_MILLIS = 86_400_000

export const run = Effect.fnUntraced(function* (options: Options) {
  const folder = yield* dataFolder
  const hub = yield* startHub(folder)
  const sql = yield* connect(hub.databaseUrl)
  yield* defineRule(hub, { violations: 3, within: "5m" }, { cleanFor: "10m", minPoints: 3 })
  const plan: LoadPlan = {
    hub: hub.url,
    token: hub.token,
    series: options.series ?? SERIES,
    connections: CONNECTIONS,
    startTime: hub.startedAt - 7 * DAY_MILLIS,
    intervalMillis: 5_000,
    steps: null,
    pointsPerSecond: null,
    breaching: "none",
    isTimed: false
  }
  const load = yield* startLoad("stream", plan)
  yield* load.go
  const window = yield* measureWindow(hub, load, options)
  const { counts: sent } = yield* load.stop
  yield* awaitEvaluated(hub)
  const { counts, journal, notes, valid } = yield* validate(sql, hub, sent)

  const commits = yield* readCommits(sql, FLOOR_POINTS)
  const floors = {
    decodePointsPerSecond: decodeFloor(plan),
    loopPointsPerSecond: loopFloor(commits),
    commitPointsPerSecond: yield* commitFloor(sql, hub.databaseUrl, commits)
  }
  const { hubCpuSeconds, loadCpuSeconds, points, postgresCpuSeconds, seconds } = window
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
    notes: [
      ...notes,
      `cores used: hub ${(hubCpuSeconds / seconds).toFixed(2)}, Postgres ${(postgresCpuSeconds / seconds).toFixed(2)}, ` +
        `load ${(loadCpuSeconds / seconds).toFixed(2)}`,
      ...complaints(folder)
    ],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

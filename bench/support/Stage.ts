/** What every bench begins with: a hub on a fresh folder, its database, and the load that is common to all. */
import { Effect } from "effect"
import type { LoadPlan } from "../load/Plan.ts"
import { connect } from "./Database.ts"
import { dataFolder, defineRule, type Hub, startHub } from "./Hub.ts"
import type { Options } from "./Options.ts"

/** The rule of PRODUCT's example. */
export const THREE_IN_FIVE_MINUTES = {
  trigger: { violations: 3, within: "5m" },
  recovery: { cleanFor: "10m", minPoints: 3 }
}
/** Opens with the first violation and closes with the second clean point: as many alerts as there can be. */
export const AT_ONCE = {
  trigger: { violations: 1, ofLast: 1 },
  recovery: { cleanFor: "1s", minPoints: 1 }
}

export const setUp = Effect.fnUntraced(function* (
  options: Options,
  judgement: typeof AT_ONCE | typeof THREE_IN_FIVE_MINUTES
) {
  const folder = yield* dataFolder
  const hub = yield* startHub(folder, options)
  const sql = yield* connect(hub.databaseUrl)
  yield* defineRule(hub, judgement)
  return { folder, hub, sql }
})

/** Sent to this hub, as fast as it takes them, and calm; imported history, since event time runs faster than clocks. */
export const planFor = (hub: Hub, series: number): LoadPlan => ({
  hub: hub.url,
  token: hub.token,
  series,
  connections: CONNECTIONS,
  startTime: hub.startedAt - 7 * DAY_MILLIS,
  intervalMillis: INTERVAL_MILLIS,
  steps: null,
  pointsPerSecond: null,
  breaching: "none",
  isTimed: false
})

const CONNECTIONS = 4
export const INTERVAL_MILLIS = 5_000
const DAY_MILLIS = 86_400_000

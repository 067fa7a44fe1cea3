/** Load, a warm-up, and then a span in which is counted what went through and what CPU time it took. */
import { Effect, Schedule } from "effect"
import { BenchFailed } from "./BenchFailed.ts"
import type { Hub } from "./Hub.ts"
import type { Load } from "./Load.ts"
import type { Options } from "./Options.ts"
import { cpuSeconds, treeCpuSeconds } from "./Processes.ts"

export interface Window {
  readonly seconds: number
  /** Acknowledged within it. */
  readonly points: number
  readonly hubCpuSeconds: number
  readonly postgresCpuSeconds: number
  readonly loadCpuSeconds: number
}

export const measureWindow = Effect.fnUntraced(function* (
  hub: Hub,
  load: Load,
  series: number,
  { seconds, warmUpSeconds }: Options
) {
  // Making series known is no part of it.
  yield* load.count.pipe(
    Effect.repeat({ until: ({ acknowledged }) => acknowledged >= series, schedule: Schedule.spaced("200 millis") }),
    Effect.timeoutOrElse({
      duration: "5 minutes",
      orElse: () => new BenchFailed({ message: "not every series has a point after 5 minutes" })
    })
  )
  yield* Effect.sleep(`${warmUpSeconds} seconds`)
  const before = yield* look(hub, load)
  yield* Effect.sleep(`${seconds} seconds`)
  const after = yield* look(hub, load)
  if (after.counts.acknowledged === before.counts.acknowledged) {
    return yield* new BenchFailed({ message: "nothing was acknowledged" })
  }
  return {
    seconds: (after.counts.time - before.counts.time) / 1_000,
    points: after.counts.acknowledged - before.counts.acknowledged,
    hubCpuSeconds: after.hub - before.hub,
    postgresCpuSeconds: after.postgres - before.postgres,
    loadCpuSeconds: after.load - before.load
  } satisfies Window as Window
})

/** For people. */
export const coresOf = ({ hubCpuSeconds, loadCpuSeconds, postgresCpuSeconds, seconds }: Window): string => {
  const cores = (cpuSeconds: number): string => (cpuSeconds / seconds).toFixed(2)
  return `cores used: hub ${cores(hubCpuSeconds)}, Postgres ${cores(postgresCpuSeconds)}, load ${cores(loadCpuSeconds)}`
}

const look = (hub: Hub, load: Load) =>
  Effect.map(load.count, (counts) => ({
    counts,
    hub: cpuSeconds(hub.pid),
    postgres: treeCpuSeconds(hub.postgresPid),
    load: cpuSeconds(load.pid)
  }))

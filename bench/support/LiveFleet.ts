/** A fleet of hosts whose points come every five seconds, with half an hour of them before. */
import { Effect, Schedule } from "effect"
import { ask, type Hub } from "./Hub.ts"

const STEP_MILLIS = 5_000
const POINTS_AT_ONCE = 5_000
const BEFORE_STEPS = 360

/** As the agent sends them. */
const USUAL = [
  "host.cpu.used_percent",
  "host.memory.used_percent",
  "host.load.1m",
  "host.load.5m",
  "host.uptime_seconds"
]

export const hostName = (index: number): string => `host-${String(index).padStart(3, "0")}`

/** The first host has `charts` metrics more than the others. Points go on until the scope closes. */
export const liveFleet = Effect.fnUntraced(function* (hub: Hub, hosts: number, charts: number) {
  const extra = Array.from({ length: charts }, (_, i) => `bench.chart_${String(i).padStart(2, "0")}`)
  const all = Array.from({ length: hosts }, (_, i) => ({
    host: hostName(i),
    metrics: i === 0 ? [...USUAL, ...extra] : USUAL
  }))
  for (const { host } of all) yield* ask(hub, "POST", "/api/hosts", { name: host })
  let step = Math.floor(Date.now() / STEP_MILLIS) - BEFORE_STEPS
  const points = (upTo: number) =>
    all.flatMap(({ host, metrics }, i) =>
      metrics.flatMap((metric, j) =>
        // Of the others the cards show some minutes.
        Array.from({ length: upTo - step }, (_, k) => step + k)
          .filter((at) => i === 0 || at > upTo - BEFORE_STEPS / 4)
          .map((at) => ({
            metric,
            timestamp: at * STEP_MILLIS,
            value: Math.round(100 * (40 + 30 * Math.sin(at / 40 + i + j))) / 100,
            labels: { host }
          }))
      )
    )
  const push = Effect.gen(function* () {
    const upTo = Math.floor(Date.now() / STEP_MILLIS)
    const batch = points(upTo)
    step = upTo
    for (let from = 0; from < batch.length; from += POINTS_AT_ONCE) {
      yield* ask(hub, "POST", "/v1/metrics", { points: batch.slice(from, from + POINTS_AT_ONCE) })
    }
  })
  yield* push
  yield* Effect.forkScoped(Effect.repeat(push, Schedule.spaced(STEP_MILLIS)))
  return [...USUAL, ...extra]
})

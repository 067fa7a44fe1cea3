/**
 * Claim: a million series, each with a rule and 15 minutes of raw points at 5 s in RAM, take 1,500 bytes each of the
 * hub's resident memory. Read as it stands after the load has ended; nobody asks for a garbage collection.
 */
import { Effect } from "effect"
import { versionOf } from "./support/Database.ts"
import { complaints, systemOf } from "./support/Hub.ts"
import { startLoad } from "./support/Load.ts"
import type { Options } from "./support/Options.ts"
import { residentBytes, treeProportionalBytes } from "./support/Processes.ts"
import type { Outcome } from "./support/Report.ts"
import { INTERVAL_MILLIS, planFor, setUp, THREE_IN_FIVE_MINUTES } from "./support/Stage.ts"
import { awaitEvaluated, validate } from "./support/Validity.ts"

const SERIES = 1_000_000
const RAW_MILLIS = 15 * 60_000
const SETTLE_SECONDS = 20

export const run = Effect.fnUntraced(function* (options: Options) {
  const { folder, hub, sql } = yield* setUp(options, THREE_IN_FIVE_MINUTES)
  const plan = { ...planFor(hub, options.series ?? SERIES), steps: RAW_MILLIS / INTERVAL_MILLIS }
  const empty = residentBytes(hub.pid)
  const sent = yield* Effect.scoped(
    Effect.gen(function* () {
      const load = yield* startLoad("stream", plan)
      yield* load.go
      return (yield* load.done).counts
    })
  )
  yield* awaitEvaluated(hub)
  const loaded = residentBytes(hub.pid)
  yield* Effect.sleep(`${SETTLE_SECONDS} seconds`)
  const resident = residentBytes(hub.pid)
  const postgres = treeProportionalBytes(hub.postgresPid)
  const { partitions, series } = yield* systemOf(hub)
  const { counts, notes, valid } = yield* validate(sql, hub, sent)
  const raw = partitions.reduce((sum, { rawBytes }) => sum + rawBytes, 0)
  const floors = { rawBytesPerSeries: raw / plan.series }
  return {
    bench: "memory",
    figures: [
      {
        name: "bytesPerSeries",
        value: resident / plan.series,
        target: 1_500,
        isBetter: "lower",
        floors: Object.keys(floors)
      }
    ],
    floors,
    counts: {
      ...counts,
      series,
      "hub: resident bytes when empty": empty,
      "hub: resident bytes when the load had ended": loaded,
      [`hub: resident bytes ${SETTLE_SECONDS} s later`]: resident,
      "Postgres: proportional bytes of all its processes": postgres,
      "Postgres: bytes per series": postgres / plan.series
    },
    valid: valid && series === plan.series,
    notes: [...notes, ...complaints(folder)],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

/**
 * Claim: keeping 100,000 series of a point every 5 s in the history tiers takes at most 15 % of a core on average,
 * moves, merges and Postgres together, and never holds up the hub's event loop over 50 ms. An hour of points, moved
 * every five minutes of it, one after the other; `--seconds N` takes N minutes instead of 60.
 */
import { monitorEventLoopDelay } from "node:perf_hooks"
import { PgClient } from "@effect/sql-pg"
import { Clock, Effect } from "effect"
import { LuminaConfig } from "../src/config.ts"
import { TierWriter } from "../src/store/history/TierWriter.ts"
import { asFailure, versionOf } from "./support/Database.ts"
import type { Options } from "./support/Options.ts"
import { childrenNamed, cpuSeconds, residentBytes, treeCpuSeconds } from "./support/Processes.ts"
import type { Outcome } from "./support/Report.ts"
import { idleDelayMillis, rawFloor } from "./support/TierFloors.ts"
import { declareSeries, Journalling, moveAll, Places, postmasterOf, sizes, tiersLayer } from "./support/Tiers.ts"

const SERIES = 100_000
const INTERVAL_MILLIS = 5_000
const MOVE_SECONDS = 300
const STEPS = (MOVE_SECONDS * 1_000) / INTERVAL_MILLIS
const HOUR_MILLIS = 3_600_000

export const run = (options: Options) => measure(options).pipe(Effect.provide(tiersLayer), Effect.mapError(asFailure))

const measure = Effect.fnUntraced(function* (options: Options) {
  const sql = yield* PgClient.PgClient
  const { compact } = yield* TierWriter
  const meter = new Meter(postmasterOf((yield* LuminaConfig).dataDir))
  const places = new Places(options.series ?? SERIES)
  const now = yield* Clock.currentTimeMillis
  const startTime = Math.floor(now / HOUR_MILLIS) * HOUR_MILLIS - HOUR_MILLIS
  const journalling = new Journalling(places, { startTime, intervalMillis: INTERVAL_MILLIS })
  yield* declareSeries(places)
  yield* journalling.declare
  const rounds = Math.max(1, Math.round((options.seconds * 60) / MOVE_SECONDS))
  let points = 0
  for (let round = 0; round < rounds; round++) {
    yield* journalling.append(round * STEPS, (round + 1) * STEPS)
    points += yield* meter.during("moves", moveAll(journalling.upTo))
    yield* sql`TRUNCATE journal`
    yield* meter.during("merges", compact)
  }
  yield* ageHotTable
  yield* meter.during("merges", compact)
  const writerBytes = childrenNamed(WRITER).reduce((sum, pid) => sum + residentBytes(pid), 0)

  const seconds = rounds * MOVE_SECONDS
  const sent = rounds * STEPS * places.series
  const floors = {
    writeCoreShare: (yield* rawFloor(places.series * STEPS)) / MOVE_SECONDS,
    idleLoopMaxMillis: yield* idleDelayMillis(meter.millis)
  }
  const { moves, merges } = meter.seconds
  const { cold, files, hot, raw } = yield* sizes
  return {
    bench: "tiering",
    figures: [
      {
        name: "coreShare",
        value: (moves + merges) / seconds,
        target: 0.15,
        isBetter: "lower",
        floors: ["writeCoreShare"]
      },
      {
        name: "eventLoopMaxMillis",
        value: meter.longestDelayMillis,
        target: 50,
        isBetter: "lower",
        floors: ["idleLoopMaxMillis"]
      }
    ],
    floors,
    counts: {
      sent,
      moved: points,
      "core share of merges": merges / seconds,
      "core share of Postgres": meter.postgresSeconds / seconds,
      "raw bytes per point": raw / sent,
      "hot bytes per point": hot / sent,
      "cold bytes per point": cold / sent,
      "live files": files,
      "writer: resident bytes": writerBytes
    },
    valid: points === sent,
    notes: [`${rounds} moves and their merges took ${(meter.millis / 1_000).toFixed(0)} s`],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

/** The module that the writer's process runs. */
const WRITER = "worker/writer.ts"

/** What the writer's process and Postgres take for some work, and how long it held up the event loop of this one. */
class Meter {
  readonly #postmaster: number
  /** CPU seconds. */
  readonly seconds = { moves: 0, merges: 0 }
  postgresSeconds = 0
  millis = 0
  longestDelayMillis = 0

  constructor(postmaster: number) {
    this.#postmaster = postmaster
  }

  during<A, E, R>(kind: keyof Meter["seconds"], work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.gen({ self: this }, function* () {
      const before = { ...this.#look(), at: performance.now() }
      const delay = monitorEventLoopDelay({ resolution: 1 })
      delay.enable()
      const answer = yield* work
      delay.disable()
      this.longestDelayMillis = Math.max(this.longestDelayMillis, delay.max / 1e6)
      this.millis += performance.now() - before.at
      const after = this.#look()
      this.seconds[kind] += after.writer - before.writer + after.postgres - before.postgres
      this.postgresSeconds += after.postgres - before.postgres
      return answer
    })
  }

  #look() {
    const writer = childrenNamed(WRITER).reduce((sum, pid) => sum + cpuSeconds(pid), 0)
    return { writer, postgres: treeCpuSeconds(this.#postmaster) }
  }
}

/** The hour is over: its blocks are to be merged. */
const ageHotTable = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const [table] = yield* sql<{ lower: number }>`SELECT (floor(extract(epoch FROM now()) / 3600) * 3600)::int AS lower`
  const past = table!.lower - 7_200
  yield* sql.unsafe(`CREATE TABLE hot_block_${past} PARTITION OF hot_block
    FOR VALUES FROM (to_timestamp(${past})) TO (to_timestamp(${past + 3_600}))
    WITH (toast_tuple_target = 8160, autovacuum_enabled = false)`)
  yield* sql`UPDATE hot_block SET moved_at = to_timestamp(${past})`
})

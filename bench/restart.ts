/**
 * Claim: a hub with a million series that was killed with -9 under load evaluates each of them again after 15 s.
 * Counted from the start of the next process on the same folder, right after the kill, until it is ready and a point of
 * every series, sent by new connections, is acknowledged and evaluated. The load is what these series bring at 5 s.
 */
import type { PgClient } from "@effect/sql-pg"
import { Clock, Effect, Schedule } from "effect"
import type { LoadPlan } from "./load/Plan.ts"
import { asFailure, countJournal, versionOf } from "./support/Database.ts"
import { complaints, type Hub, startHub, systemOf } from "./support/Hub.ts"
import { startLoad } from "./support/Load.ts"
import type { Options } from "./support/Options.ts"
import type { Outcome } from "./support/Report.ts"
import { INTERVAL_MILLIS, planFor, setUp, THREE_IN_FIVE_MINUTES } from "./support/Stage.ts"
import { awaitEvaluated, validate } from "./support/Validity.ts"

const SERIES = 1_000_000
const RAW_SECONDS = 300

export const run = Effect.fnUntraced(function* (options: Options) {
  const { folder, hub: first, sql } = yield* setUp(options, THREE_IN_FIVE_MINUTES)
  const plan = planFor(first, options.series ?? SERIES)
  const before = yield* loadAndKill(first, plan, options)
  const positions = yield* positionsOf(sql)

  const hub = yield* startHub(folder, options)
  const readyAt = yield* Clock.currentTimeMillis
  const loadMillis = (options.warmUpSeconds + options.seconds) * 1_000
  // Newer than all before, and not so much newer that they would leave the RAM tier.
  const startTime = plan.startTime + 2 * Math.ceil(loadMillis / INTERVAL_MILLIS) * INTERVAL_MILLIS + 2 * INTERVAL_MILLIS
  const probe = yield* startLoad("stream", { ...plan, hub: hub.url, startTime, steps: 1 })
  yield* probe.go
  const { counts: probed } = yield* probe.done
  yield* awaitEvaluated(hub)
  const evaluatedAt = yield* Clock.currentTimeMillis
  const raw = yield* awaitRaw(hub)

  const sent = { ...probed, sent: positions.points + probed.sent, acknowledged: positions.points + probed.acknowledged }
  const { counts, notes, valid } = yield* validate(sql, hub, sent)
  const floors = { readMillis: yield* readFloor(sql, positions) }
  const { startedAt } = hub
  return {
    bench: "restart",
    figures: [
      {
        name: "readyMillis",
        value: evaluatedAt - startedAt,
        target: 15_000,
        isBetter: "lower",
        floors: Object.keys(floors)
      }
    ],
    floors,
    counts: {
      "sent before the kill": before.sent,
      "acknowledged before the kill": before.acknowledged,
      "journalled before the kill": positions.points,
      "sent to the next hub": probed.sent,
      ...counts,
      "milliseconds until /readyz": readyAt - startedAt,
      "milliseconds until all series evaluate": evaluatedAt - startedAt
    },
    valid: valid && before.acknowledged <= positions.points && positions.points <= before.sent,
    notes: [
      "sent, acknowledged: what the journal held after the kill, and what was sent to the next hub",
      raw,
      ...notes,
      ...complaints(folder)
    ],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

/** A steady load, until the hub is killed in the middle of it. */
const loadAndKill = (hub: Hub, plan: LoadPlan, { seconds, warmUpSeconds }: Options) =>
  Effect.scoped(
    Effect.gen(function* () {
      const pointsPerSecond = (plan.series * 1_000) / INTERVAL_MILLIS
      const first = yield* startLoad("stream", { ...plan, steps: 1 })
      yield* first.go
      const { counts } = yield* first.done
      const startTime = plan.startTime + INTERVAL_MILLIS
      const load = yield* startLoad("stream", { ...plan, startTime, pointsPerSecond })
      yield* load.go
      yield* Effect.sleep(`${warmUpSeconds + seconds} seconds`)
      yield* hub.kill
      const lost = yield* load.lost
      return { sent: counts.sent + lost.sent, acknowledged: counts.acknowledged + lost.acknowledged }
    })
  )

interface Positions {
  readonly points: number
  readonly snapshots: ReadonlyMap<number, number>
  readonly tails: ReadonlyMap<number, number>
}

/** What the next hub finds in the database. */
const positionsOf = Effect.fnUntraced(function* (sql: PgClient.PgClient) {
  const rows = yield* sql<{ id: number; tail: bigint; snapshot: bigint }>`
    SELECT id, (SELECT coalesce(max(seq), 0) FROM journal WHERE partition_id = id) AS tail,
      (SELECT coalesce(max(seq), 0) FROM snapshot WHERE partition_id = id AND kind = 'detection') AS snapshot
    FROM partition`.pipe(Effect.mapError(asFailure))
  const tails = new Map(rows.map((row) => [row.id, Number(row.tail)]))
  const snapshots = new Map(rows.map((row) => [row.id, Number(row.snapshot)]))
  const { points } = yield* countJournal(sql, tails)
  return { points, snapshots, tails } satisfies Positions as Positions
})

/** Waits until raw history is complete behind; answers what there is to say about it. */
const awaitRaw = Effect.fnUntraced(function* (hub: Hub) {
  const { partitions } = yield* systemOf(hub)
  if (partitions.some(({ rawMissing }) => rawMissing === undefined)) return "raw history: this hub does not say when"
  return yield* systemOf(hub).pipe(
    Effect.repeat({
      until: (system) => system.partitions.every(({ rawMissing }) => rawMissing === null),
      schedule: Schedule.spaced("100 millis")
    }),
    Effect.andThen(Clock.currentTimeMillis),
    Effect.map((time) => `raw history is complete ${time - hub.startedAt} ms after the start`),
    Effect.timeoutOrElse({
      duration: `${RAW_SECONDS} seconds`,
      orElse: () => Effect.succeed(`raw history is not complete ${RAW_SECONDS} s after the start`)
    })
  )
})

/** Milliseconds to read from the database what the restart had to: newest snapshots and the journal behind them. */
const readFloor = (sql: PgClient.PgClient, { snapshots, tails }: Positions) =>
  Effect.gen(function* () {
    const start = performance.now()
    for (const [partition, tail] of tails) {
      const after = snapshots.get(partition) ?? 0
      yield* sql`SELECT bytes FROM snapshot_chunk WHERE partition_id = ${partition} AND kind = 'detection' AND seq = (
        SELECT max(seq) FROM snapshot WHERE partition_id = ${partition} AND kind = 'detection')`
      yield* sql`SELECT payload FROM journal WHERE partition_id = ${partition} AND seq > ${after} AND seq <= ${tail}`
    }
    return performance.now() - start
  }).pipe(Effect.mapError(asFailure))

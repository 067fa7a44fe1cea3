/**
 * Claim: when every series breaches at once, throughput degrades gently and nothing is lost. 100,000 calm series, then
 * every point of every series beyond its limit; each is a violation to keep, each series opens an alert, each host an
 * incident. Counted until the last violation is stored.
 */
import type { PgClient } from "@effect/sql-pg"
import { Clock, Effect, Schedule } from "effect"
import { BenchFailed } from "./support/BenchFailed.ts"
import { asFailure, countRows, versionOf } from "./support/Database.ts"
import { violationFloor } from "./support/FloorDatabase.ts"
import { complaints, type Hub, systemOf } from "./support/Hub.ts"
import { startLoad } from "./support/Load.ts"
import type { Options } from "./support/Options.ts"
import type { Outcome } from "./support/Report.ts"
import { planFor, setUp, THREE_IN_FIVE_MINUTES } from "./support/Stage.ts"
import { awaitEvaluated, validate } from "./support/Validity.ts"

const SERIES = 100_000
/** Points of each series before the storm, so that no series is new in it. */
const CALM_STEPS = 2

export const run = Effect.fnUntraced(function* (options: Options) {
  const { folder, hub, sql } = yield* setUp(options, THREE_IN_FIVE_MINUTES)
  // Before: behind a storm correlators still have work.
  const floors = { violationRowsPerSecond: yield* violationFloor(sql, hub.databaseUrl) }
  const plan = planFor(hub, options.series ?? SERIES)
  const calm = yield* Effect.scoped(
    Effect.gen(function* () {
      const load = yield* startLoad("stream", { ...plan, steps: CALM_STEPS })
      yield* load.go
      const { counts } = yield* load.done
      yield* awaitEvaluated(hub)
      yield* awaitSeries(sql, plan.series)
      return counts
    })
  )
  const startTime = plan.startTime + CALM_STEPS * plan.intervalMillis
  const load = yield* startLoad("stream", { ...plan, startTime, breaching: "all" })
  const startedAt = yield* Clock.currentTimeMillis
  yield* load.go
  yield* Effect.sleep(`${options.seconds} seconds`)
  const { counts: storm } = yield* load.stop
  yield* awaitEvaluated(hub)
  const endedAt = yield* awaitStored(sql, hub)
  const correlated = yield* awaitCorrelated(sql, endedAt)

  const sent = {
    ...storm,
    sent: calm.sent + storm.sent,
    acknowledged: calm.acknowledged + storm.acknowledged,
    rejected: calm.rejected + storm.rejected,
    refused: calm.refused + storm.refused
  }
  const { counts, notes, valid } = yield* validate(sql, hub, sent)
  const violations = yield* countRows(sql, "violation")
  const alerts = yield* countRows(sql, "alert")
  const incidents = yield* countRows(sql, "incident")
  return {
    bench: "storm",
    figures: [
      {
        name: "pointsPerSecond",
        value: (storm.sent * 1_000) / (endedAt - startedAt),
        target: 60_000,
        isBetter: "higher",
        floors: Object.keys(floors)
      },
      { name: "lostViolations", value: storm.breaching - violations, target: 0, isBetter: "lower" }
    ],
    floors,
    counts: {
      ...counts,
      "violations expected": storm.breaching,
      violations,
      "alerts expected": plan.series,
      alerts,
      incidents
    },
    valid,
    notes: [correlated, ...notes, ...complaints(folder)],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

/** Without progress for so long, what is missing does not come any more. */
const PATIENCE_MILLIS = 30_000

/** Waits until the facts of everything that is evaluated are stored; answers when, in epoch milliseconds. */
const awaitStored = Effect.fnUntraced(function* (sql: PgClient.PgClient, hub: Hub) {
  const { partitions } = yield* systemOf(hub)
  const evaluated = new Map(partitions.map(({ partition, appliedSeq }) => [partition, appliedSeq]))
  let left = Number.POSITIVE_INFINITY
  let since = yield* Clock.currentTimeMillis
  yield* Effect.gen(function* () {
    const rows = yield* sql<{ id: number; applied_seq: bigint }>`SELECT id, applied_seq FROM partition`
    const now = yield* Clock.currentTimeMillis
    const missing = rows.reduce((sum, row) => sum + Math.max(0, evaluated.get(row.id)! - Number(row.applied_seq)), 0)
    if (missing < left) since = now
    left = missing
    return left === 0 || now - since > PATIENCE_MILLIS
  }).pipe(
    Effect.repeat({ until: (isOver) => isOver, schedule: Schedule.spaced("50 millis") }),
    Effect.mapError(asFailure)
  )
  return since
})

const CORRELATION_SECONDS = 120

/** Waits until correlators have taken all that the storm gave them; answers what there is to say about it. */
const awaitCorrelated = (sql: PgClient.PgClient, endedAt: number) =>
  sql<{ waiting: bigint }>`SELECT count(*) AS waiting FROM alert_transition WHERE taken_position IS NULL`.pipe(
    Effect.mapError(asFailure),
    Effect.repeat({ until: ([row]) => row!.waiting === 0n, schedule: Schedule.spaced("200 millis") }),
    Effect.andThen(Clock.currentTimeMillis),
    Effect.map((time) => `every alert is in its incident ${time - endedAt} ms after the last violation was stored`),
    Effect.timeoutOrElse({
      duration: `${CORRELATION_SECONDS} seconds`,
      orElse: () => Effect.succeed(`not every alert is in an incident ${CORRELATION_SECONDS} s later`)
    })
  )

const awaitSeries = (sql: PgClient.PgClient, series: number) =>
  countRows(sql, "series").pipe(
    Effect.repeat({ until: (count) => count >= series, schedule: Schedule.spaced("200 millis") }),
    Effect.timeoutOrElse({
      duration: "5 minutes",
      orElse: () => new BenchFailed({ message: "the series are not stored after 5 minutes" })
    })
  )

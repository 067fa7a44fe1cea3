/**
 * Claim: from a point that breaches to its alert, durable, it takes 100 ms at most in 99 of 100 cases, at a steady
 * 50,000 points a second. 50,000 series with a point each second; in each frame one series breaches for one point.
 * Measured outside of the hub: from the moment the generator sends the point until another connection to the database
 * has read the alert, so the way to the hub and the reading count too.
 */
import type { PgClient } from "@effect/sql-pg"
import { Clock, Effect, Queue } from "effect"
import { now } from "./load/Generator.ts"
import { type LoadPlan, POINTS_PER_BATCH, type SentBatch, seriesOf, timeOf } from "./load/Plan.ts"
import { readCommits, versionOf } from "./support/Database.ts"
import { twoCommitsFloor } from "./support/FloorDatabase.ts"
import { complaints } from "./support/Hub.ts"
import { startLoad } from "./support/Load.ts"
import type { Options } from "./support/Options.ts"
import { quantile } from "./support/Quantile.ts"
import type { Outcome } from "./support/Report.ts"
import { AT_ONCE, planFor, setUp } from "./support/Stage.ts"
import { awaitEvaluated, validate } from "./support/Validity.ts"

const SERIES = 50_000
const INTERVAL_MILLIS = 1_000
/** What comes after the load has ended may still open alerts. */
const AFTER = "3 seconds"
/** Records for the floor: the newest matter, of which any will do. */
const FLOOR_POINTS = 200_000

export const run = Effect.fnUntraced(function* (options: Options) {
  const { folder, hub, sql } = yield* setUp(options, AT_ONCE)
  const series = options.series ?? SERIES
  const plan: LoadPlan = {
    ...planFor(hub, series),
    startTime: yield* Clock.currentTimeMillis,
    intervalMillis: INTERVAL_MILLIS,
    pointsPerSecond: (series * 1_000) / INTERVAL_MILLIS,
    breaching: "one",
    isTimed: true
  }
  const opened: Array<OpenedAlert> = []
  yield* Effect.forkScoped(watchAlerts(sql, opened))
  const load = yield* startLoad("stream", plan)
  yield* load.go
  const goAt = now()
  yield* Effect.sleep(`${options.warmUpSeconds} seconds`)
  const warmAt = now()
  yield* Effect.sleep(`${options.seconds} seconds`)
  const { batches, counts: sent } = yield* load.stop
  yield* awaitEvaluated(hub)
  yield* Effect.sleep(AFTER)

  const { counts, notes, valid } = yield* validate(sql, hub, sent)
  const millis = latencies(plan, batches, opened, warmAt)
  const openedP99Millis = quantile(millis, 0.99)
  const floors = {
    twoCommitsP99Millis: yield* twoCommitsFloor(sql, hub.databaseUrl, yield* readCommits(sql, FLOOR_POINTS))
  }
  return {
    bench: "latency",
    figures: [
      { name: "openedP99Millis", value: openedP99Millis, target: 100, isBetter: "lower", floors: Object.keys(floors) },
      { name: "openedP50Millis", value: quantile(millis, 0.5), target: null, isBetter: "lower" }
    ],
    floors,
    counts: {
      ...counts,
      "points per second": (sent.sent * 1_000) / (sent.time - goAt),
      "alerts expected": sent.breaching,
      alerts: opened.length,
      "alerts measured": millis.length,
      "slowest, milliseconds": quantile(millis, 1)
    },
    valid: valid && opened.length === sent.breaching && millis.length > 0,
    notes: ["deliveredP99Millis: not measured, there is no delivery yet", ...notes, ...complaints(folder)],
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

interface OpenedAlert {
  readonly series: number
  readonly openTime: number
  /** When it had been read from the database, in epoch milliseconds. */
  readonly seenAt: number
}

/** Two writers commit at once, a handful of alerts each. More would make the reading the slowest step. */
const IDS_AGAIN = 64n

interface TransitionRow {
  readonly id: bigint
  readonly open_time: string
  readonly host: string
  readonly sensor: string
}

/** Reads alerts as they become visible, told by the notification that is sent with their transaction. */
const watchAlerts = Effect.fnUntraced(function* (sql: PgClient.PgClient, opened: Array<OpenedAlert>) {
  const notifications = yield* sql.listen("lumina_transition")
  // Transactions that number their rows first may commit last: those numbers are looked at again.
  const seen = new Set<bigint>()
  let after = 0n
  while (true) {
    yield* Queue.takeAll(notifications)
    const rows = yield* sql<TransitionRow>`
      SELECT id, document->>'openTime' AS open_time, document->'labels'->>'host' AS host,
        document->'labels'->>'sensor' AS sensor
      FROM alert_transition WHERE id > ${after - IDS_AGAIN} AND kind = 'AlertOpened' ORDER BY id`
    const seenAt = now()
    for (const { host, id, open_time, sensor } of rows) {
      if (seen.has(id)) continue
      seen.add(id)
      opened.push({ series: seriesOf({ host, sensor }), openTime: Number(open_time), seenAt })
    }
    after = rows.at(-1)?.id ?? after
  }
}, Effect.scoped)

/** Milliseconds from the sending of an alert's point until the alert was seen, of points sent since `from`, sorted. */
const latencies = (
  plan: LoadPlan,
  batches: ReadonlyArray<SentBatch>,
  opened: ReadonlyArray<OpenedAlert>,
  from: number
): Float64Array => {
  const sentAt = new Map(batches.map(({ slot, step, time }) => [`${slot} ${timeOf(plan, slot, step)}`, time]))
  const millis = opened.flatMap(({ series, openTime, seenAt }) => {
    const sent = sentAt.get(`${Math.floor(series / POINTS_PER_BATCH)} ${openTime}`)
    return sent === undefined || sent < from ? [] : [seenAt - sent]
  })
  return Float64Array.from(millis).sort()
}

/** Whether what was sent, acknowledged, journalled and evaluated is the same number, each from a place of its own. */
import type { PgClient } from "@effect/sql-pg"
import { Effect, Schedule } from "effect"
import type { LoadCounts } from "../load/Plan.ts"
import { countJournal } from "./Database.ts"
import { ask, type Hub, systemOf } from "./Hub.ts"

const DRAIN_SECONDS = 120

/** Waits until everything that is journalled is evaluated. */
export const awaitEvaluated = (hub: Hub) =>
  systemOf(hub).pipe(
    Effect.map(({ partitions }) => partitions),
    Effect.repeat({
      until: (partitions) => partitions.every(({ appliedSeq, journalSeq }) => appliedSeq === journalSeq),
      schedule: Schedule.spaced("50 millis")
    }),
    Effect.timeoutOption(`${DRAIN_SECONDS} seconds`),
    Effect.asVoid
  )

/** Counts after the load has ended and `awaitEvaluated` has answered. */
export const validate = Effect.fnUntraced(function* (sql: PgClient.PgClient, hub: Hub, load: LoadCounts) {
  const { partitions } = yield* systemOf(hub)
  const journal = yield* countJournal(sql, new Map(partitions.map((one) => [one.partition, one.appliedSeq])))
  const metrics = yield* ask(hub, "GET", "/metrics")
  const counted = sumOf(metrics, "lumina_points_evaluated_total")
  const late = sumOf(metrics, "lumina_points_late_total") ?? 0
  const conflicting = sumOf(metrics, "lumina_points_conflicting_total") ?? 0
  const evaluated = counted ?? journal.evaluated
  const { sent, acknowledged, rejected, refused } = load
  const equal = [acknowledged, journal.points, evaluated].every((count) => count === sent)
  return {
    valid: equal && journal.isWhole && late === 0 && conflicting === 0 && sent > 0,
    journal,
    counts: {
      sent,
      acknowledged,
      journalled: journal.points,
      evaluated,
      late,
      conflicting,
      rejected,
      "refused and sent again (batches)": refused
    },
    notes: [
      ...(journal.isWhole ? [] : ["the journal lacks records: they were dropped already, or are damaged"]),
      ...(counted === undefined
        ? ["evaluated: points of the journal up to the position that each partition says it has evaluated"]
        : [])
    ]
  }
})

/** The sum of a counter over its attributes; undefined where the hub has none of that name. */
const sumOf = (metrics: string, name: string): number | undefined => {
  const values = metrics
    .split("\n")
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .map((line) => Number(line.slice(line.lastIndexOf(" ") + 1)))
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0)
}

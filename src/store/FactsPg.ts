import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { AlertFact } from "../schema/Alert.ts"
import type { ViolationFact } from "../schema/Violation.ts"
import { type Columns, inParts } from "./Columns.ts"
import { type FactBatch, Facts } from "./Facts.ts"
import {
  type AlertChange,
  alertChangeColumns,
  type NewAlert,
  newAlertColumns,
  seriesColumns,
  transitionColumns,
  violationColumns
} from "./FactsColumns.ts"
import { Fenced } from "./Journal.ts"
import { bigints, ints } from "./JournalPg.ts"
import { inTime, orRefused, orUnavailable } from "./PgErrors.ts"

const VIOLATION_TABLE_HOURS = 24

export const FactsPg = Layer.effect(
  Facts,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const roll = sql`SELECT roll_table('violation', make_interval(hours => ${VIOLATION_TABLE_HOURS}), 2)`
    yield* roll

    const write = <Row>(statement: string, columns: Columns<Row>, rows: ReadonlyArray<Row>) =>
      inParts(columns, rows, (parameters) => inTime(sql.unsafe(statement, parameters)))

    const commit = Effect.fnUntraced(
      function* ({ alerts, positions, series, violations }: FactBatch) {
        const partitions = ints(positions.map((position) => position.partition))
        const epochs = bigints(positions.map((position) => BigInt(position.epoch)))
        const [row] = yield* inTime(sql<{ fenced: ReadonlyArray<number> }>`
          SELECT fenced_partitions(${partitions}, ${epochs}) AS fenced`)
        if (row!.fenced.length > 0) return yield* new Fenced({ partitions: row!.fenced })
        yield* write(INSERT_SERIES, seriesColumns, series)
        yield* write(INSERT_VIOLATIONS, violationColumns, violations.toSorted(byKey))
        const { changed, opened } = alertRows(alerts)
        yield* write(UPDATE_ALERTS, alertChangeColumns, changed)
        yield* write(INSERT_ALERTS, newAlertColumns, opened)
        yield* write(INSERT_TRANSITIONS, transitionColumns, alerts)
        for (const workspace of new Set(alerts.map((fact) => fact.workspaceNumber))) {
          yield* sql`SELECT pg_notify('lumina_transition', ${String(workspace)})`
        }
        const seqs = bigints(positions.map((position) => BigInt(position.appliedSeq)))
        yield* inTime(sql`UPDATE partition SET applied_seq = position.seq
          FROM unnest(${partitions}, ${seqs}) AS position(id, seq)
          WHERE partition.id = position.id`)
      },
      sql.withTransaction,
      orRefused
    )

    return Facts.of({
      commit,
      maintain: Effect.fnUntraced(function* ({ alertDays, violationDays }) {
        yield* roll
        const expired = yield* sql<{ name: string }>`
          SELECT past_tables AS name FROM past_tables('violation', make_interval(days => ${violationDays + 1}))`
        for (const { name } of expired) yield* sql`DROP TABLE ${sql(name)}`
        for (const statement of EXPIRED) yield* sql.unsafe(statement, [alertDays])
      }, orUnavailable)
    })
  })
)

/** Alerts and incidents that ended so many days ago, with all that hangs on them, and inputs their correlators took. */
const EXPIRED = [
  `WITH gone AS (
    DELETE FROM incident WHERE status = 'Resolved' AND end_time < now() - make_interval(days => $1)
    RETURNING workspace_number, number
  ), timeline AS (
    DELETE FROM incident_timeline USING gone
    WHERE incident_timeline.workspace_number = gone.workspace_number AND incident = gone.number
  )
  DELETE FROM incident_member USING gone
  WHERE incident_member.workspace_number = gone.workspace_number AND incident = gone.number`,
  `WITH gone AS (
    DELETE FROM alert WHERE end_time < now() - make_interval(days => $1) RETURNING workspace_number, id
  )
  DELETE FROM correlation_decision USING gone
  WHERE correlation_decision.workspace_number = gone.workspace_number AND alert_id = gone.id`,
  `DELETE FROM alert_transition
  WHERE taken_position IS NOT NULL AND created_at < now() - make_interval(days => $1)`,
  `DELETE FROM incident_command WHERE created_at < now() - make_interval(days => $1)`
]

const INSERT_SERIES = `
  INSERT INTO series (${seriesColumns.names}, first_seen_at)
  SELECT ${seriesColumns.rows}, date_trunc('milliseconds', now())`

const INSERT_VIOLATIONS = `
  INSERT INTO violation (${violationColumns.names}) SELECT ${violationColumns.rows}`

/** In the order of the primary key, which is then written from left to right instead of all over. */
const byKey = (a: ViolationFact, b: ViolationFact): number =>
  a.workspaceNumber - b.workspaceNumber || a.timestamp - b.timestamp || a.partition - b.partition || a.series - b.series

const INSERT_ALERTS = `
  INSERT INTO alert (${newAlertColumns.names}, evaluated_at) SELECT ${newAlertColumns.rows}, now()`

const UPDATE_ALERTS = `
  UPDATE alert SET
    operational_status = change.operational_status,
    close_reason = coalesce(change.close_reason, alert.close_reason),
    end_time = coalesce(change.end_time, alert.end_time),
    violation_count = coalesce(change.violation_count, alert.violation_count),
    acknowledged_by = coalesce(change.acknowledged_by, alert.acknowledged_by),
    acknowledged_note = coalesce(change.acknowledged_note, alert.acknowledged_note),
    acknowledged_at = coalesce(change.acknowledged_at, alert.acknowledged_at),
    closed_by = coalesce(change.closed_by, alert.closed_by),
    closed_note = coalesce(change.closed_note, alert.closed_note)
  FROM (SELECT ${alertChangeColumns.rows}) AS change
  WHERE alert.id = change.id`

/** Ids follow the order of the rows: it is the one that an alert's transitions happened in. */
const INSERT_TRANSITIONS = `
  INSERT INTO alert_transition (${transitionColumns.names}) SELECT ${transitionColumns.rows}`

/** Rows to insert, and rows to change: an alert that opened and closed within the batch is inserted as it ended. */
const alertRows = (facts: ReadonlyArray<AlertFact>) => {
  const opened = new Map<string, NewAlert>()
  const changed = new Map<string, AlertChange>()
  for (const fact of facts) {
    const id = fact.alertId
    if (fact._tag === "AlertOpened") opened.set(id, { id, opened: fact, acknowledged: null, closed: null })
    else if (fact._tag !== "AlertSettled") {
      const change = opened.get(id) ?? changed.get(id) ?? { id, acknowledged: null, closed: null }
      if (fact._tag === "AlertClosed") change.closed = fact
      else change.acknowledged = fact
      if (!opened.has(id)) changed.set(id, change)
    }
  }
  return { opened: [...opened.values()], changed: [...changed.values()] }
}

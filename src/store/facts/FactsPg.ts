import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { AlertFact } from "../../schema/Alert.ts"
import type { ViolationFact } from "../../schema/Violation.ts"
import { Batch, type Write } from "../Columns.ts"
import { Fenced } from "../Journal.ts"
import { bigints, ints, texts } from "../JournalPg.ts"
import { dropPastTable } from "../PastTables.ts"
import { inTime, orRefused, orUnavailable } from "../PgErrors.ts"
import { type FactBatch, Facts, type SeriesFact } from "./Facts.ts"
import {
  type AlertChange,
  alertChangeColumns,
  type NewAlert,
  newAlertColumns,
  seriesColumns,
  transitionColumns,
  violationColumns
} from "./FactsColumns.ts"

const VIOLATION_TABLE_HOURS = 24

export const FactsPg = Layer.effect(
  Facts,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const roll = sql`SELECT roll_table('violation', make_interval(hours => ${VIOLATION_TABLE_HOURS}), 2)`
    yield* roll

    const store = Effect.fnUntraced(function* (statement: () => { text: string; parameters: ReadonlyArray<unknown> }) {
      const { parameters, text } = statement()
      const [row] = yield* inTime(sql.unsafe<{ fenced: ReadonlyArray<number> }>(text, parameters))
      if (row!.fenced.length > 0) return yield* new Fenced({ partitions: row!.fenced })
    })

    const commit = Effect.fnUntraced(function* (batch: FactBatch) {
      const statements = statementsOf(batch)
      // One statement is a transaction by itself, and mostly there is one.
      if (statements.length === 1) return yield* store(statements[0]!)
      return yield* sql.withTransaction(Effect.forEach(statements, store, { discard: true }))
    }, orRefused)

    return Facts.of({
      commit,
      maintain: Effect.fnUntraced(function* ({ alertDays, violationDays }) {
        yield* roll
        const expired = yield* sql<{ name: string }>`
          SELECT past_tables AS name FROM past_tables('violation', make_interval(days => ${violationDays + 1}))`
        for (const { name } of expired) yield* dropPastTable(sql, name)
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

/** The statements of a batch; several where it is large. */
const statementsOf = ({ alerts, positions, series, violations }: FactBatch) => {
  const { changed, opened } = alertRows(alerts)
  const workspaces = [...new Set(alerts.map((fact) => String(fact.workspaceNumber)))]
  return new Batch()
    .add(seriesWrite, series)
    .add(violationWrite, violations.toSorted(byKey))
    .add(changedWrite, changed)
    .add(openedWrite, opened)
    .add(transitionWrite, alerts)
    .statements(
      GUARD,
      [
        ints(positions.map((position) => position.partition)),
        bigints(positions.map((position) => BigInt(position.epoch))),
        bigints(positions.map((position) => BigInt(position.appliedSeq))),
        texts(workspaces)
      ],
      ANSWER
    )
}

/**
 * All that follows reads the guard, so the fence is there before anything is written, and nothing is where it is not
 * ours. What an older owner wrote is in the snapshot: our claim has waited for it.
 */
const GUARD = `guard AS MATERIALIZED (SELECT fenced_partitions($1, $2) AS fenced),
  ours AS MATERIALIZED (SELECT FROM guard WHERE fenced = '{}'),
  moved AS (
    UPDATE partition SET applied_seq = position.seq FROM ours, unnest($1, $3) AS position(id, seq)
    WHERE partition.id = position.id
  ),
  told AS (SELECT pg_notify('lumina_transition', workspace) FROM ours, unnest($4) AS workspace)`

const ANSWER = "SELECT fenced, (SELECT count(*) FROM told) AS told FROM guard"

const seriesWrite: Write<SeriesFact> = {
  name: "new_series",
  columns: seriesColumns,
  text: (first) => `
  INSERT INTO series (${seriesColumns.names}, first_seen_at)
  SELECT ${seriesColumns.rows(first)}, date_trunc('milliseconds', now()) FROM ours`
}

const violationWrite: Write<ViolationFact> = {
  name: "new_violation",
  columns: violationColumns,
  text: (first) => `
  INSERT INTO violation (${violationColumns.names}) SELECT ${violationColumns.rows(first)} FROM ours`
}

/** In the order of the primary key, which is then written from left to right instead of all over. */
const byKey = (a: ViolationFact, b: ViolationFact): number =>
  a.workspaceNumber - b.workspaceNumber || a.timestamp - b.timestamp || a.partition - b.partition || a.series - b.series

const changedWrite: Write<AlertChange> = {
  name: "changed_alert",
  columns: alertChangeColumns,
  text: (first) => `
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
  FROM (SELECT ${alertChangeColumns.rows(first)} FROM ours) AS change
  WHERE alert.id = change.id
  RETURNING alert.id`
}

/** An alert may only open where the one before has closed (K3), so it reads what was changed. */
const openedWrite: Write<NewAlert> = {
  name: "new_alert",
  columns: newAlertColumns,
  text: (first, isBeside) => `
  INSERT INTO alert (${newAlertColumns.names}, evaluated_at)
  SELECT ${newAlertColumns.rows(first)}, now()
  FROM ours${isBeside("changed_alert") ? ", (SELECT count(*) FROM changed_alert) AS changed" : ""}`
}

/** Ids follow the order of the rows: it is the one that an alert's transitions happened in. */
const transitionWrite: Write<AlertFact> = {
  name: "new_transition",
  columns: transitionColumns,
  text: (first) => `
  INSERT INTO alert_transition (${transitionColumns.names}) SELECT ${transitionColumns.rows(first)} FROM ours`
}

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

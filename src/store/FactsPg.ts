import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer, Result } from "effect"
import type { AlertAcknowledged, AlertClosed, AlertFact, AlertOpened } from "../schema/Alert.ts"
import { placementOf } from "../schema/CorrelationKey.ts"
import type { ViolationFact } from "../schema/Violation.ts"
import { type FactBatch, Facts } from "./Facts.ts"
import { Fenced } from "./Journal.ts"
import { bigints, float8s, ints, texts } from "./JournalPg.ts"
import { inTime, orRefused, orUnavailable } from "./PgErrors.ts"

const VIOLATION_TABLE_HOURS = 24

export const FactsPg = Layer.effect(
  Facts,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const roll = sql`SELECT roll_table('violation', make_interval(hours => ${VIOLATION_TABLE_HOURS}), 2)`
    yield* roll

    const insertSeries = ({ series }: FactBatch) =>
      sql.unsafe(INSERT_SERIES, [
        ints(series.map((fact) => fact.partition)),
        ints(series.map((fact) => fact.series)),
        ints(series.map((fact) => fact.workspaceNumber)),
        texts(series.map((fact) => fact.metric)),
        texts(series.map((fact) => fact.dimensionKey)),
        texts(series.map((fact) => JSON.stringify(fact.labels)))
      ])

    const commit = Effect.fnUntraced(
      function* (batch: FactBatch) {
        const { positions, violations } = batch
        const partitions = ints(positions.map((position) => position.partition))
        const epochs = bigints(positions.map((position) => BigInt(position.epoch)))
        const [row] = yield* sql<{ fenced: ReadonlyArray<number> }>`
          SELECT fenced_partitions(${partitions}, ${epochs}) AS fenced`
        if (row!.fenced.length > 0) return yield* new Fenced({ partitions: row!.fenced })
        if (batch.series.length > 0) yield* insertSeries(batch)
        if (violations.length > 0) yield* sql.unsafe(INSERT_VIOLATIONS, violationColumns(violations))
        if (batch.alerts.length > 0) {
          const { opened, changed, transitions } = alertRows(batch.alerts)
          if (changed.length > 0) yield* sql.unsafe(UPDATE_ALERTS, [PgTypes.jsonb(changed)])
          if (opened.length > 0) yield* sql.unsafe(INSERT_ALERTS, [PgTypes.jsonb(opened)])
          yield* sql.unsafe(INSERT_TRANSITIONS, [PgTypes.jsonb(transitions)])
          for (const workspace of new Set(batch.alerts.map((fact) => fact.workspaceNumber))) {
            yield* sql`SELECT pg_notify('lumina_transition', ${String(workspace)})`
          }
        }
        const seqs = bigints(positions.map((position) => BigInt(position.appliedSeq)))
        yield* sql`UPDATE partition SET applied_seq = position.seq
          FROM unnest(${partitions}, ${seqs}) AS position(id, seq)
          WHERE partition.id = position.id`
      },
      sql.withTransaction,
      orRefused,
      inTime
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
  INSERT INTO series (partition_id, series, workspace_number, metric, dimension_key, labels, first_seen_at)
  SELECT partition_id, series, workspace_number, metric, dimension_key, labels::jsonb, date_trunc('milliseconds', now())
  FROM unnest($1, $2, $3, $4, $5, $6) AS s(partition_id, series, workspace_number, metric, dimension_key, labels)`

const INSERT_VIOLATIONS = `
  INSERT INTO violation (workspace_number, timestamp, partition_id, series, rule_id, revision, actual, expected,
    lower, upper, direction, severity, deviation_percent, confidence)
  SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

/** Rows by id: an alert that opened and closed within the batch is inserted as it ended. */
const INSERT_ALERTS = `
  INSERT INTO alert (id, workspace_number, kind, name, severity, operational_status, trigger_reason, close_reason,
    violation_count, start_time, open_time, end_time, rule_id, rule_revision, metric, dimension_key, labels,
    partition_id, series, related_service, related_ci, correlation_key, live, acknowledged_by, acknowledged_note,
    acknowledged_at, closed_by, closed_note, received_at, evaluated_at)
  SELECT id, workspace_number, kind, name, severity, operational_status, trigger_reason, close_reason,
    violation_count, start_time, open_time, end_time, rule_id, rule_revision, metric, dimension_key, labels,
    partition_id, series, related_service, related_ci, correlation_key, live, acknowledged_by, acknowledged_note,
    acknowledged_at, closed_by, closed_note, received_at, now()
  FROM jsonb_populate_recordset(NULL::alert, $1::jsonb)`

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
  FROM jsonb_populate_recordset(NULL::alert, $1::jsonb) AS change
  WHERE alert.id = change.id`

const INSERT_TRANSITIONS = `
  INSERT INTO alert_transition (workspace_number, correlation_key, alert_id, kind, document)
  SELECT t.workspace_number, t.correlation_key, t.alert_id, t.kind, t.document
  FROM jsonb_to_recordset($1::jsonb)
    AS t(ordinal int, workspace_number int, correlation_key text, alert_id uuid, kind text, document jsonb)
  ORDER BY t.ordinal`

const array = (values: ReadonlyArray<unknown>, oid: number) => Result.getOrThrow(PgTypes.array(values, oid))

const violationColumns = (facts: ReadonlyArray<ViolationFact>): ReadonlyArray<unknown> => [
  ints(facts.map((fact) => fact.workspaceNumber)),
  array(
    facts.map((fact) => fact.timestamp),
    PgTypes.OID.timestamptz
  ),
  ints(facts.map((fact) => fact.partition)),
  ints(facts.map((fact) => fact.series)),
  array(
    facts.map((fact) => fact.ruleId),
    PgTypes.OID.uuid
  ),
  ints(facts.map((fact) => fact.ruleRevision)),
  float8s(facts.map((fact) => fact.actual)),
  float8s(facts.map((fact) => fact.expected)),
  float8s(facts.map((fact) => fact.lower)),
  float8s(facts.map((fact) => fact.upper)),
  array(
    facts.map((fact) => (fact.direction === "Above" ? 1 : -1)),
    PgTypes.OID.int2
  ),
  array(
    facts.map((fact) => (fact.severity === "Critical" ? 2 : 1)),
    PgTypes.OID.int2
  ),
  float8s(facts.map((fact) => fact.deviationPercent)),
  array(
    facts.map((fact) => fact.confidence),
    PgTypes.OID.float4
  )
]

type Row = Record<string, unknown>

/** One pass over the facts in order: rows to insert, rows to change, and the correlators' inputs. */
const alertRows = (facts: ReadonlyArray<AlertFact>) => {
  const opened = new Map<string, Row>()
  const changed = new Map<string, Row>()
  const transitions: Array<Row> = []
  for (const fact of facts) {
    const { correlationKey } = placementOf(fact.metric, fact.labels)
    transitions.push({
      ordinal: transitions.length,
      workspace_number: fact.workspaceNumber,
      correlation_key: correlationKey,
      alert_id: fact.alertId,
      kind: fact._tag,
      document: fact
    })
    if (fact._tag === "AlertOpened") opened.set(fact.alertId, openedRow(fact))
    else if (fact._tag !== "AlertSettled") {
      const row = opened.get(fact.alertId) ?? changed.get(fact.alertId) ?? { id: fact.alertId }
      Object.assign(row, fact._tag === "AlertClosed" ? closedColumns(fact) : acknowledgedColumns(fact))
      if (!opened.has(fact.alertId)) changed.set(fact.alertId, row)
    }
  }
  return { opened: [...opened.values()], changed: [...changed.values()], transitions }
}

const iso = (millis: number): string => new Date(millis).toISOString()

const openedRow = (fact: AlertOpened): Row => {
  const { service, ci, correlationKey } = placementOf(fact.metric, fact.labels)
  return {
    id: fact.alertId,
    workspace_number: fact.workspaceNumber,
    kind: fact.kind,
    name: fact.name,
    severity: fact.severity,
    operational_status: "Open",
    trigger_reason: fact.triggerReason,
    violation_count: fact.violationCount,
    start_time: iso(fact.startTime),
    open_time: iso(fact.openTime),
    rule_id: fact.ruleId,
    rule_revision: fact.ruleRevision,
    metric: fact.metric,
    dimension_key: fact.dimensionKey,
    labels: fact.labels,
    partition_id: fact.partition,
    series: fact.series,
    related_service: service,
    related_ci: ci,
    correlation_key: correlationKey,
    live: fact.live,
    received_at: iso(fact.receivedTime)
  }
}

const closedColumns = (fact: AlertClosed): Row => ({
  operational_status: "Closed",
  close_reason: fact.closeReason,
  end_time: iso(fact.endTime),
  violation_count: fact.violationCount,
  closed_by: fact.actor,
  closed_note: fact.note
})

const acknowledgedColumns = (fact: AlertAcknowledged): Row => ({
  operational_status: "Acknowledged",
  acknowledged_by: fact.actor,
  acknowledged_note: fact.note,
  acknowledged_at: iso(fact.time)
})

import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { resolveDueAt } from "../actors/correlator/Quiet.ts"
import { firstOpenTime, severityOf } from "../actors/correlator/Span.ts"
import type { Changes, Decision, IncidentAggregate, IncidentEntry, Member } from "../actors/correlator/State.ts"
import { type Columns, columns, inParts, WIDE_ROWS } from "./Columns.ts"

type Row = Record<string, unknown>

/** Writes what a step decided: merges first, in order, as the core asks. */
export const writeChanges = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  workspaceNumber: number,
  changes: Changes
) {
  const { acknowledgeAlerts, decisions, incidents, members, merges, outcomes, timeline } = changes
  const write = (statement: string, rows: ReadonlyArray<Row>) =>
    rows.length === 0 ? Effect.void : sql.unsafe(statement, [PgTypes.jsonb(rows)])
  const writeMany = <Row>(statement: string, columns: Columns<Row>, rows: ReadonlyArray<Row>) =>
    inParts(columns, rows, (parameters) => sql.unsafe(statement, [...parameters, workspaceNumber]))
  const own = (row: Row): Row => ({ workspace_number: workspaceNumber, ...row })

  for (const { from, into } of merges) {
    yield* sql`UPDATE incident_member SET incident = ${into}
      WHERE workspace_number = ${workspaceNumber} AND incident = ${from}`
  }
  yield* write(PUT_INCIDENTS, incidents.map(incidentRow).map(own))
  yield* writeMany(PUT_MEMBERS, memberColumns, members)
  yield* writeMany(PUT_TIMELINE, timelineColumns, timeline.toSorted(byPlace))
  yield* writeMany(PUT_DECISIONS, decisionColumns, decisions)
  yield* write(
    PUT_OUTCOMES,
    outcomes.map((outcome) => own({ command_id: outcome.commandId, outcome }))
  )
  yield* write(
    PUT_ALERT_COMMANDS,
    acknowledgeAlerts.map(({ actor, alertId, note, time }) => own({ alert_id: alertId, actor, note, time }))
  )
  if (timeline.length > 0) yield* sql`SELECT pg_notify('lumina_incident', ${String(workspaceNumber)})`
})

const iso = (millis: number): string => new Date(millis).toISOString()
const isoOrNull = (millis: number | null): string | null => (millis === null ? null : iso(millis))

const incidentRow = (incident: IncidentAggregate): Row => ({
  number: incident.number,
  correlation_key: incident.correlationKey,
  status: incident.status,
  severity: severityOf(incident),
  first_open_time: iso(firstOpenTime(incident)),
  last_open_time: iso(incident.lastOpenTime),
  start_time: iso(incident.startTime),
  end_time: isoOrNull(incident.endTime),
  primary_service: incident.primary.service,
  primary_ci: incident.primary.ci,
  primary_metric: incident.primary.metric,
  alert_count: incident.alertCount,
  active_alert_count: incident.activeAlertCount,
  resolve_due_at: isoOrNull(resolveDueAt(incident)),
  merged_into: incident.mergedInto,
  aggregate: incident
})

const { int4, json, text, timestamptz, uuid } = PgTypes.OID

// An alert that opens is a row in each of these: the many, in a storm.
const memberColumns = columns<Member>(WIDE_ROWS, [
  ["alert_id", uuid, (member) => member.alertId],
  ["incident", int4, (member) => member.incident],
  ["rule_id", uuid, (member) => member.ruleId],
  ["dimension_key", text, (member) => member.dimensionKey],
  ["open_time", timestamptz, (member) => member.openTime],
  ["end_time", timestamptz, (member) => member.endTime],
  ["document", json, (member) => member]
])

const timelineColumns = columns<IncidentEntry>(WIDE_ROWS, [
  ["incident", int4, (entry) => entry.incident],
  ["sequence", int4, (entry) => entry.sequence],
  ["type", text, (entry) => entry.type],
  ["time", timestamptz, (entry) => entry.time],
  ["actor", text, (entry) => entry.actor],
  ["alert_id", uuid, (entry) => entry.alertId],
  ["note", text, (entry) => entry.note]
])

const decisionColumns = columns<Decision>(WIDE_ROWS, [
  ["alert_id", uuid, (decision) => decision.alertId],
  ["reasons", json, (decision) => decision.reasons]
])

const byPlace = (a: IncidentEntry, b: IncidentEntry): number => a.incident - b.incident || a.sequence - b.sequence

/** The workspace's number is the parameter behind the columns. */
const rowsOf = <Row>({ count, names, rows }: Columns<Row>): string =>
  `(workspace_number, ${names}) SELECT $${count + 1}::int, ${rows}`

const PUT_INCIDENTS = `
  INSERT INTO incident (workspace_number, number, correlation_key, status, severity, first_open_time, last_open_time,
    start_time, end_time, primary_service, primary_ci, primary_metric, alert_count, active_alert_count,
    resolve_due_at, merged_into, aggregate)
  SELECT workspace_number, number, correlation_key, status, severity, first_open_time, last_open_time,
    start_time, end_time, primary_service, primary_ci, primary_metric, alert_count, active_alert_count,
    resolve_due_at, merged_into, aggregate
  FROM jsonb_populate_recordset(NULL::incident, $1)
  ON CONFLICT (workspace_number, number) DO UPDATE SET
    status = excluded.status, severity = excluded.severity, first_open_time = excluded.first_open_time,
    last_open_time = excluded.last_open_time, start_time = excluded.start_time, end_time = excluded.end_time,
    primary_service = excluded.primary_service, primary_ci = excluded.primary_ci,
    primary_metric = excluded.primary_metric, alert_count = excluded.alert_count,
    active_alert_count = excluded.active_alert_count, resolve_due_at = excluded.resolve_due_at,
    merged_into = excluded.merged_into, aggregate = excluded.aggregate, updated_at = now()`

const PUT_MEMBERS = `
  INSERT INTO incident_member ${rowsOf(memberColumns)}
  ON CONFLICT (workspace_number, alert_id) DO UPDATE SET
    incident = excluded.incident, end_time = excluded.end_time, document = excluded.document`

const PUT_TIMELINE = `INSERT INTO incident_timeline ${rowsOf(timelineColumns)}`

const PUT_DECISIONS = `
  INSERT INTO correlation_decision ${rowsOf(decisionColumns)}
  ON CONFLICT (workspace_number, alert_id) DO UPDATE SET reasons = excluded.reasons, decided_at = now()`

const PUT_OUTCOMES = `
  INSERT INTO incident_command (workspace_number, command_id, outcome)
  SELECT workspace_number, command_id, outcome FROM jsonb_populate_recordset(NULL::incident_command, $1)
  ON CONFLICT DO NOTHING`

/** An alert's partition is only known to its row. */
const PUT_ALERT_COMMANDS = `
  INSERT INTO alert_command (workspace_number, partition_id, document)
  SELECT wanted.workspace_number, alert.partition_id, jsonb_build_object(
    'kind', 'acknowledge', 'alertId', alert.id, 'ruleId', alert.rule_id, 'series', alert.series,
    'severity', alert.severity, 'actor', wanted.actor, 'note', wanted.note, 'timeMillis', wanted.time)
  FROM jsonb_to_recordset($1) AS wanted(workspace_number int, alert_id uuid, actor text, note text, time bigint)
  JOIN alert ON alert.id = wanted.alert_id
  WHERE alert.end_time IS NULL`

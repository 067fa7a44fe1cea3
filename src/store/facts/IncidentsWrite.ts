import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { resolveDueAt } from "../../actors/correlator/Quiet.ts"
import { firstOpenTime, severityOf } from "../../actors/correlator/Span.ts"
import type {
  AcknowledgeAlert,
  Changes,
  CommandOutcome,
  Decision,
  IncidentAggregate,
  IncidentEntry,
  Member
} from "../../actors/correlator/State.ts"
import { Batch, type Columns, columns, WIDE_ROWS, type Write } from "../Columns.ts"
import { bigints } from "../JournalPg.ts"
import type { CorrelationInbox } from "./Incidents.ts"

/** What a correlator took: inputs by their ids in the inbox, in its order, of which the first got `position` + 1. */
export interface Taken {
  readonly position: bigint
  readonly ids: ReadonlyArray<bigint>
  /** The policy they were judged by; null: the default. */
  readonly policyVersion: number | null
}

/** Writes what a step decided, and the order it took its inputs in: merges first, in order, as the core asks. */
export const writeChanges = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  { correlationKey, workspaceNumber }: CorrelationInbox,
  changes: Changes,
  { ids, policyVersion, position }: Taken
) {
  const { acknowledgeAlerts, decisions, incidents, members, merges, outcomes, timeline } = changes
  for (const { from, into } of merges) {
    yield* sql`UPDATE incident_member SET incident = ${into}
      WHERE workspace_number = ${workspaceNumber} AND incident = ${from}`
  }
  const statements = new Batch()
    .add(incidentWrite, incidents)
    .add(memberWrite, members)
    .add(timelineWrite, timeline.toSorted(byPlace))
    .add(decisionWrite, decisions)
    .add(outcomeWrite, outcomes)
    .add(alertCommandWrite, acknowledgeAlerts)
    .statements(
      PROGRESS,
      [
        PgTypes.int4(workspaceNumber),
        PgTypes.text(correlationKey),
        bigints(ids),
        PgTypes.int8(position),
        PgTypes.timestamptz(changes.eventTime === null ? null : new Date(changes.eventTime)),
        PgTypes.jsonb(changes.era),
        PgTypes.bool(timeline.length > 0),
        PgTypes.int4(policyVersion)
      ],
      "SELECT count(*) FROM told"
    )
  for (const statement of statements) {
    const { parameters, text } = statement()
    yield* sql.unsafe(text, parameters)
  }
})

const { int4, int8, json, jsonb, text, timestamptz, uuid } = PgTypes.OID

const incidentColumns = columns<IncidentAggregate>(WIDE_ROWS, [
  ["number", int4, (incident) => incident.number],
  ["correlation_key", text, (incident) => incident.correlationKey],
  ["status", text, (incident) => incident.status],
  ["severity", text, severityOf],
  ["first_open_time", timestamptz, firstOpenTime],
  ["last_open_time", timestamptz, (incident) => incident.lastOpenTime],
  ["start_time", timestamptz, (incident) => incident.startTime],
  ["end_time", timestamptz, (incident) => incident.endTime],
  ["primary_service", text, (incident) => incident.primary.service],
  ["primary_ci", text, (incident) => incident.primary.ci],
  ["primary_metric", text, (incident) => incident.primary.metric],
  ["alert_count", int4, (incident) => incident.alertCount],
  ["active_alert_count", int4, (incident) => incident.activeAlertCount],
  ["resolve_due_at", timestamptz, resolveDueAt],
  ["merged_into", int4, (incident) => incident.mergedInto],
  ["aggregate", jsonb, (incident) => incident]
])

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

const outcomeColumns = columns<CommandOutcome>(WIDE_ROWS, [
  ["command_id", text, (outcome) => outcome.commandId],
  ["outcome", jsonb, (outcome) => outcome]
])

const alertCommandColumns = columns<AcknowledgeAlert>(WIDE_ROWS, [
  ["alert_id", uuid, (command) => command.alertId],
  ["actor", text, (command) => command.actor],
  ["note", text, (command) => command.note],
  ["time", int8, (command) => BigInt(command.time)]
])

const byPlace = (a: IncidentEntry, b: IncidentEntry): number => a.incident - b.incident || a.sequence - b.sequence

/** Where the correlator stands then: the same, however many statements say so. */
const PROGRESS = `taken AS (
    UPDATE alert_transition SET taken_position = $4 + taken.ordinal, taken_policy_version = $8
    FROM unnest($3) WITH ORDINALITY AS taken(id, ordinal) WHERE alert_transition.id = taken.id
  ),
  progress AS (
    UPDATE correlator SET position = $4 + cardinality($3), event_time = $5, era = $6
    WHERE workspace_number = $1 AND correlation_key = $2
  ),
  told AS (SELECT pg_notify('lumina_incident', $1::text) WHERE $7)`

/** The workspace's number is the first parameter of every statement. */
const rowsOf = <Row>({ names, rows }: Columns<Row>, first: number): string =>
  `(workspace_number, ${names}) SELECT $1, ${rows(first)}`

const incidentWrite: Write<IncidentAggregate> = {
  name: "new_incident",
  columns: incidentColumns,
  text: (first) => `
  INSERT INTO incident ${rowsOf(incidentColumns, first)}
  ON CONFLICT (workspace_number, number) DO UPDATE SET
    status = excluded.status, severity = excluded.severity, first_open_time = excluded.first_open_time,
    last_open_time = excluded.last_open_time, start_time = excluded.start_time, end_time = excluded.end_time,
    primary_service = excluded.primary_service, primary_ci = excluded.primary_ci,
    primary_metric = excluded.primary_metric, alert_count = excluded.alert_count,
    active_alert_count = excluded.active_alert_count, resolve_due_at = excluded.resolve_due_at,
    merged_into = excluded.merged_into, aggregate = excluded.aggregate, updated_at = now()`
}

const memberWrite: Write<Member> = {
  name: "new_member",
  columns: memberColumns,
  text: (first) => `
  INSERT INTO incident_member ${rowsOf(memberColumns, first)}
  ON CONFLICT (workspace_number, alert_id) DO UPDATE SET
    incident = excluded.incident, end_time = excluded.end_time, document = excluded.document`
}

const timelineWrite: Write<IncidentEntry> = {
  name: "new_timeline",
  columns: timelineColumns,
  text: (first) => `INSERT INTO incident_timeline ${rowsOf(timelineColumns, first)}`
}

const decisionWrite: Write<Decision> = {
  name: "new_decision",
  columns: decisionColumns,
  text: (first) => `
  INSERT INTO correlation_decision ${rowsOf(decisionColumns, first)}
  ON CONFLICT (workspace_number, alert_id) DO UPDATE SET reasons = excluded.reasons, decided_at = now()`
}

const outcomeWrite: Write<CommandOutcome> = {
  name: "new_outcome",
  columns: outcomeColumns,
  text: (first) => `INSERT INTO incident_command ${rowsOf(outcomeColumns, first)} ON CONFLICT DO NOTHING`
}

/** An alert's partition is only known to its row. */
const alertCommandWrite: Write<AcknowledgeAlert> = {
  name: "new_command",
  columns: alertCommandColumns,
  text: (first) => `
  INSERT INTO alert_command (workspace_number, partition_id, document)
  SELECT $1, alert.partition_id, jsonb_build_object(
    'kind', 'acknowledge', 'alertId', alert.id, 'ruleId', alert.rule_id, 'series', alert.series,
    'severity', alert.severity, 'actor', wanted.actor, 'note', wanted.note, 'timeMillis', wanted.time)
  FROM (SELECT ${alertCommandColumns.rows(first)}) AS wanted
  JOIN alert ON alert.id = wanted.alert_id
  WHERE alert.end_time IS NULL`
}

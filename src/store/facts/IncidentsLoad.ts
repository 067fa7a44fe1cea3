import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Result } from "effect"
import type { CommandOutcome, CorrelatorState, IncidentAggregate, Load, Member } from "../../actors/correlator/State.ts"
import { ints, texts } from "../JournalPg.ts"
import type { CorrelationInbox } from "./Incidents.ts"

/** How far a correlator has come, besides its incidents. */
export type CorrelatorProgress = Required<Pick<CorrelatorState, "eventTime" | "era">>

/** Reads what a step asked for. The incidents are locked: a merge reaches into other keys. */
export const loadState = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  { workspaceNumber, correlationKey }: CorrelationInbox,
  { eventTime, era }: CorrelatorProgress,
  load: Load
) {
  const isAlone = load.alerts.length + load.membersOf.length + load.detectors.length === 0
  const members = isAlone ? [] : yield* loadMembers(sql, workspaceNumber, load)
  const numbers = new Set([...load.incidents, ...load.membersOf, ...members.map((member) => member.incident)])
  const [from, to] = load.between ?? [0, -1]
  const rows = yield* sql<{ aggregate: IncidentAggregate }>`
    SELECT aggregate FROM incident
    WHERE workspace_number = ${workspaceNumber} AND (
      number = ANY (${ints([...numbers])})
      OR (correlation_key = ${correlationKey} AND merged_into IS NULL AND (
        (status <> 'Resolved' AND active_alert_count = 0)
        OR (first_open_time <= ${new Date(to)} AND last_open_time >= ${new Date(from)})
      ))
    )
    ORDER BY number FOR UPDATE`
  const outcomes =
    load.commands.length === 0
      ? []
      : yield* sql<{ outcome: CommandOutcome }>`SELECT outcome FROM incident_command
          WHERE workspace_number = ${workspaceNumber} AND command_id = ANY (${texts(load.commands)})`
  return {
    correlationKey,
    eventTime,
    era,
    incidents: rows.map((row) => row.aggregate),
    members,
    outcomes: outcomes.map((row) => row.outcome)
  } satisfies CorrelatorState
})

/**
 * Three questions, each with an index of its own, rather than one with OR that has none. OFFSET 0 makes the last ask
 * its index for each detector: while the table's statistics are those of a smaller one, a join would read all of it.
 */
const loadMembers = (sql: PgClient.PgClient, workspaceNumber: number, load: Load) =>
  Effect.map(
    sql<{ document: Member; incident: number }>`
      SELECT document, incident FROM incident_member
      WHERE workspace_number = ${workspaceNumber} AND alert_id = ANY (${uuids(load.alerts)})
      UNION ALL
      SELECT document, incident FROM incident_member
      WHERE workspace_number = ${workspaceNumber} AND incident = ANY (${ints(load.membersOf)})
      UNION ALL
      SELECT open.document, open.incident
      FROM unnest(${uuids(load.detectors.map((detector) => detector.ruleId))},
        ${texts(load.detectors.map((detector) => detector.dimensionKey))},
        ${times(load.detectors.map((detector) => detector.from))}) AS wanted(rule_id, dimension_key, since),
      LATERAL (
        SELECT document, incident FROM incident_member
        WHERE workspace_number = ${workspaceNumber} AND rule_id = wanted.rule_id
          AND md5(dimension_key) = md5(wanted.dimension_key) AND dimension_key = wanted.dimension_key
          AND (end_time IS NULL OR end_time > wanted.since OR open_time >= wanted.since)
        OFFSET 0
      ) AS open`,
    (rows) => {
      const members = rows.map(({ document, incident }): Member => ({ ...document, incident }))
      return [...new Map(members.map((member) => [member.alertId, member])).values()]
    }
  )

const array = (values: ReadonlyArray<unknown>, oid: number) => Result.getOrThrow(PgTypes.array(values, oid))
const uuids = (values: ReadonlyArray<string>) => array(values, PgTypes.OID.uuid)
const times = (values: ReadonlyArray<number>) => array(values, PgTypes.OID.timestamptz)

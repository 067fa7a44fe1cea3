import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Result } from "effect"
import type { CommandOutcome, CorrelatorState, IncidentAggregate, Load, Member } from "../../actors/correlator/State.ts"
import { StoreUnavailable } from "../Journal.ts"
import { ints, texts } from "../JournalPg.ts"
import type { CorrelationInbox } from "./Incidents.ts"

/** How far a correlator has come, besides its incidents. */
export type CorrelatorProgress = Required<Pick<CorrelatorState, "eventTime" | "era">>

/** Rounds of locking: a further one is for what operators of other keys did while one waited. */
const LOCKS_MOST = 16

/** Reads what a step asked for. The incidents are locked: a merge reaches into other keys. */
export const loadState = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  inbox: CorrelationInbox,
  { eventTime, era }: CorrelatorProgress,
  load: Load
) {
  const { correlationKey, workspaceNumber } = inbox
  const { incidents, members } = yield* loadLocked(sql, inbox, load)
  const outcomes =
    load.commands.length === 0
      ? []
      : yield* sql<{ outcome: CommandOutcome }>`SELECT outcome FROM incident_command
          WHERE workspace_number = ${workspaceNumber} AND command_id = ANY (${texts(load.commands)})`
  return {
    correlationKey,
    eventTime,
    era,
    incidents,
    members,
    outcomes: outcomes.map((row) => row.outcome)
  } satisfies CorrelatorState
})

/**
 * Incidents first, then their members: members that were read while another key's operator merged or split would say
 * where their alerts were. Who has moved meanwhile is in an incident that is not locked yet, so it is tried again.
 */
const loadLocked = Effect.fnUntraced(function* (sql: PgClient.PgClient, inbox: CorrelationInbox, load: Load) {
  const { alerts, detectors, membersOf } = load
  const wanted = new Set([...load.incidents, ...membersOf])
  if (alerts.length + membersOf.length + detectors.length === 0) {
    return { incidents: yield* lockIncidents(sql, inbox, load, wanted), members: [] }
  }
  const questions = memberQuestions(sql, inbox.workspaceNumber, load)
  const found = yield* sql<{ incident: number }>`SELECT DISTINCT incident FROM (${questions}) AS member`
  for (const { incident } of found) wanted.add(incident)
  for (let round = 0; round < LOCKS_MOST; round++) {
    const incidents = yield* lockIncidents(sql, inbox, load, wanted)
    for (const { number } of incidents) wanted.add(number)
    const rows = yield* sql<MemberRow>`${questions}`
    const members = rows.map(({ document, incident }): Member => ({ ...document, incident }))
    const moved = members.filter(({ incident }) => !wanted.has(incident))
    if (moved.length === 0) {
      return { incidents, members: [...new Map(members.map((member) => [member.alertId, member])).values()] }
    }
    for (const { incident } of moved) wanted.add(incident)
  }
  return yield* new StoreUnavailable({ message: `alerts of ${inbox.correlationKey} keep moving between incidents` })
})

const lockIncidents = (
  sql: PgClient.PgClient,
  { correlationKey, workspaceNumber }: CorrelationInbox,
  load: Load,
  numbers: ReadonlySet<number>
) => {
  const [from, to] = load.between ?? [0, -1]
  const rows = sql<{ aggregate: IncidentAggregate }>`
    SELECT aggregate FROM incident
    WHERE workspace_number = ${workspaceNumber} AND (
      number = ANY (${ints([...numbers])})
      OR (correlation_key = ${correlationKey} AND merged_into IS NULL AND (
        (status <> 'Resolved' AND active_alert_count = 0)
        OR (first_open_time <= ${new Date(to)} AND last_open_time >= ${new Date(from)})
      ))
    )
    ORDER BY number FOR UPDATE`
  return Effect.map(rows, (all) => all.map((row) => row.aggregate))
}

interface MemberRow {
  readonly document: Member
  readonly incident: number
}

/**
 * Three questions, each with an index of its own, rather than one with OR that has none. OFFSET 0 makes the last ask
 * its index for each detector: while the table's statistics are those of a smaller one, a join would read all of it.
 */
const memberQuestions = (sql: PgClient.PgClient, workspaceNumber: number, load: Load) => sql`
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
  ) AS open`

const array = (values: ReadonlyArray<unknown>, oid: number) => Result.getOrThrow(PgTypes.array(values, oid))
const uuids = (values: ReadonlyArray<string>) => array(values, PgTypes.OID.uuid)
const times = (values: ReadonlyArray<number>) => array(values, PgTypes.OID.timestamptz)

import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Schema } from "effect"
import { CorrelatorInput, inputOf } from "../../actors/correlator/Input.ts"
import type { CommandOutcome, Era, Load } from "../../actors/correlator/State.ts"
import { plan, step } from "../../actors/correlator/Step.ts"
import type { AlertCommand } from "../../actors/partition/Record.ts"
import { limits } from "../../limits.ts"
import type { AlertFact } from "../../schema/Alert.ts"
import { type CompiledPolicy, compilePolicy, DEFAULT_POLICY, type Policy } from "../../schema/Policy.ts"
import { StoreUnavailable } from "../Journal.ts"
import { orUnavailable } from "../PgErrors.ts"
import { type CorrelationInbox, Incidents } from "./Incidents.ts"
import { type CorrelatorProgress, loadState } from "./IncidentsLoad.ts"
import { writeChanges } from "./IncidentsWrite.ts"

/** Rounds of loading that a step may ask for; each widens the one before, and a chain of incidents is a few windows. */
const LOADS_MOST = 64

const inboxesOf = (rows: ReadonlyArray<InboxKeyRow>): ReadonlyArray<CorrelationInbox> =>
  rows.map((row) => ({ workspaceNumber: row.workspace_number, correlationKey: row.correlation_key }))

export const IncidentsPg = Layer.effect(
  Incidents,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient

    return Incidents.of({
      take: taking(sql),

      send: Effect.fnUntraced(function* (workspaceNumber, command) {
        const [row] = yield* sql<{ correlation_key: string }>`
          INSERT INTO alert_transition (workspace_number, correlation_key, kind, document)
          SELECT workspace_number, correlation_key, 'Input', ${sql.json(command)} FROM incident
          WHERE workspace_number = ${workspaceNumber} AND number = ${command.incident}
          RETURNING correlation_key`
        return row === undefined ? null : { workspaceNumber, correlationKey: row.correlation_key }
      }, orUnavailable),

      outcome: Effect.fnUntraced(function* (workspaceNumber, commandId) {
        const [row] = yield* sql<{ outcome: CommandOutcome }>`SELECT outcome FROM incident_command
          WHERE workspace_number = ${workspaceNumber} AND command_id = ${commandId}`
        return row?.outcome ?? null
      }, orUnavailable),

      waiting: sql<InboxKeyRow>`SELECT DISTINCT workspace_number, correlation_key FROM alert_transition
        WHERE taken_position IS NULL LIMIT 1000`.pipe(Effect.map(inboxesOf), orUnavailable),

      tick: Effect.fnUntraced(function* (hubTime) {
        const document: CorrelatorInput = { _tag: "Tick", hubTime }
        const rows = yield* sql<InboxKeyRow>`
          INSERT INTO alert_transition (workspace_number, correlation_key, kind, document)
          SELECT DISTINCT workspace_number, correlation_key, 'Input', ${sql.json(document)} FROM incident
          WHERE resolve_due_at <= ${new Date(hubTime)} AND NOT EXISTS (
            SELECT FROM alert_transition AS waiting
            WHERE waiting.workspace_number = incident.workspace_number
              AND waiting.correlation_key = incident.correlation_key
              AND waiting.taken_position IS NULL AND waiting.kind = 'Input'
          ) LIMIT 1000
          RETURNING workspace_number, correlation_key`
        return inboxesOf(rows)
      }, orUnavailable),

      waitingCommands:
        sql<CommandRow>`SELECT id, partition_id, document FROM alert_command ORDER BY id LIMIT 1000`.pipe(
          Effect.map((rows) => rows.map((row) => ({ id: row.id, partition: row.partition_id, command: row.document }))),
          orUnavailable
        ),

      commandSent: (id) => Effect.asVoid(sql`DELETE FROM alert_command WHERE id = ${id}`).pipe(orUnavailable)
    })
  })
)

/** The one transaction of a correlator: what waits in its inbox, what becomes of it, and the order it was taken in. */
const taking = (sql: PgClient.PgClient) => {
  /** The policy is read with the inputs, after the lock: what was answered before an input came judges it (D11). */
  const waitingInputs = ({ workspaceNumber, correlationKey }: CorrelationInbox) =>
    sql<InboxRow>`SELECT id, kind, document,
        (SELECT jsonb_build_object('version', version, 'document', document) FROM policy
          WHERE workspace_number = ${workspaceNumber}) AS policy
      FROM alert_transition
      WHERE workspace_number = ${workspaceNumber} AND correlation_key = ${correlationKey} AND taken_position IS NULL
      ORDER BY id LIMIT ${limits.correlatorInputs}`

  /** Loads as much as the step asks for, and gives it the numbers that are free. */
  const decide = Effect.fnUntraced(function* (
    inbox: CorrelationInbox,
    progress: CorrelatorProgress,
    policy: CompiledPolicy,
    inputs: ReadonlyArray<CorrelatorInput>
  ) {
    let load: Load = plan(policy, inputs)
    let state = yield* loadState(sql, inbox, progress, load)
    let firstNumber = 1
    for (let round = 0; round < LOADS_MOST; ) {
      const result = step(policy, load, state, inputs, firstNumber)
      if (result._tag === "NeedsMore") {
        round++
        load = result.load
        state = yield* loadState(sql, inbox, progress, load)
        continue
      }
      const { changes } = result
      if (changes.numbersUsed === 0) return changes
      const [row] = yield* sql<{ first: number }>`
        SELECT take_incident_numbers(${inbox.workspaceNumber}, ${changes.numbersUsed}) AS first`
      firstNumber = row!.first
      const numbered = step(policy, load, state, inputs, firstNumber)
      if (numbered._tag === "Done") return numbered.changes
    }
    return yield* new StoreUnavailable({ message: `correlation of ${inbox.correlationKey} spans too many incidents` })
  })

  const take = Effect.fnUntraced(
    function* (inbox: CorrelationInbox) {
      const { workspaceNumber, correlationKey } = inbox
      // Also its lock: whoever takes from the same inbox waits here.
      const [correlator] = yield* sql<CorrelatorRow>`INSERT INTO correlator (workspace_number, correlation_key)
        VALUES (${workspaceNumber}, ${correlationKey})
        ON CONFLICT (workspace_number, correlation_key) DO UPDATE SET position = correlator.position
        RETURNING position, event_time, era`
      const { era, event_time, position } = correlator!
      const rows = yield* waitingInputs(inbox)
      if (rows.length === 0) return 0
      const progress = { eventTime: event_time?.getTime() ?? null, era }
      const { policy: kept } = rows[0]!
      const policy = compilePolicy(kept?.document ?? DEFAULT_POLICY)
      const changes = yield* decide(inbox, progress, policy, rows.map(inputOfRow))
      yield* writeChanges(sql, inbox, changes, {
        position,
        ids: rows.map((row) => row.id),
        policyVersion: kept?.version ?? null
      })
      return rows.length
    },
    sql.withTransaction,
    orUnavailable
  )

  return take
}

interface InboxRow {
  readonly id: bigint
  readonly kind: string
  readonly document: unknown
  readonly policy: { readonly version: number; readonly document: Policy } | null
}

interface InboxKeyRow {
  readonly workspace_number: number
  readonly correlation_key: string
}

interface CorrelatorRow {
  readonly position: bigint
  readonly event_time: Date | null
  readonly era: Era | null
}

interface CommandRow {
  readonly id: bigint
  readonly partition_id: number
  readonly document: AlertCommand
}

const decodeInput = Schema.decodeUnknownSync(CorrelatorInput)

/** Facts were written by us in this form; an input is checked, because commands come from people. */
const inputOfRow = ({ kind, document }: InboxRow): CorrelatorInput =>
  kind === "Input" ? decodeInput(document) : inputOf(document as AlertFact)

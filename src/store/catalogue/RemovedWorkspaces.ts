/** Deletes what workspaces leave behind that were removed, in small steps, so that nothing waits for it. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import { limits } from "../../limits.ts"
import type { StoreUnavailable } from "../Journal.ts"
import { unavailableOrDie } from "../PgErrors.ts"

/** What was on its way when it was removed has arrived by then: batches, closing alerts, correlators' decisions. */
const SETTLE_MINUTES = 1
/** A look that begins then finds what came after the first one; later nothing can, since it would need a token. */
const LAST_LOOK_MINUTES = 10

export class RemovedWorkspaces extends Context.Service<
  RemovedWorkspaces,
  {
    /** Deletes all rows of workspaces that were removed a minute ago or earlier. Several nodes may do it at once. */
    readonly purge: Effect.Effect<void, StoreUnavailable>
  }
>()("lumina/store/RemovedWorkspaces") {}

export const RemovedWorkspacesPg = Layer.effect(
  RemovedWorkspaces,
  Effect.map(PgClient.PgClient, (sql) => {
    const deleteBatch = (table: string, workspaceNumber: number) =>
      sql`DELETE FROM ${sql(table)} WHERE (tableoid, ctid) IN (
        SELECT tableoid, ctid FROM ${sql(table)} WHERE workspace_number = ${workspaceNumber} LIMIT ${limits.purgedRows}
      ) RETURNING 1`

    const empty = (table: string, workspaceNumber: number) =>
      Effect.repeat(
        Effect.map(deleteBatch(table, workspaceNumber), (rows) => rows.length),
        { while: (count) => count === limits.purgedRows }
      )

    const purge = Effect.gen(function* () {
      const removed = yield* sql<{ number: number; is_last_look: boolean }>`
        SELECT number, removed_at < now() - make_interval(mins => ${LAST_LOOK_MINUTES}) AS is_last_look
        FROM any_workspace
        WHERE purged_at IS NULL AND removed_at < now() - make_interval(mins => ${SETTLE_MINUTES}) ORDER BY number`
      for (const { is_last_look, number } of removed) {
        for (const table of TABLES) yield* empty(table, number)
        if (!is_last_look) continue
        yield* sql`DROP SEQUENCE IF EXISTS ${sql(`incident_number_${number}`)}`
        yield* sql`UPDATE any_workspace SET purged_at = now() WHERE number = ${number}`
      }
    })
    return RemovedWorkspaces.of({ purge: unavailableOrDie(purge) })
  })
)

/**
 * All tables with rows of workspaces, but two: `series` says what the numbers in journal and history stand for, and
 * `tier_file` goes with its files. Correlators' inputs first: an incident that nothing happens to is not loaded.
 */
export const TABLES: ReadonlyArray<string> = [
  "alert_transition",
  "incident",
  "incident_member",
  "incident_timeline",
  "incident_command",
  "correlation_decision",
  "correlator",
  "alert_command",
  "alert",
  "violation",
  "document",
  "rule_revision",
  "policy_revision",
  "metric_reception",
  "access_token",
  "host",
  "membership",
  "audit"
]

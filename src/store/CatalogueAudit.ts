import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"

/** One thing that somebody did: `subject` is `kind:name`. Documents as they were before and after; null where there is none. */
export interface Audited {
  readonly action: string
  readonly subject: string
  readonly before: unknown
  readonly after: unknown
}

/** Writes audit rows; call it in the transaction of the change, so that there is neither without the other (X4). */
export const makeAudit =
  (sql: PgClient.PgClient) => (workspaceNumber: number, actor: string, audits: ReadonlyArray<Audited>) =>
    audits.length === 0
      ? Effect.void
      : Effect.asVoid(sql.unsafe(INSERT_AUDITS, [workspaceNumber, actor, PgTypes.jsonb(audits)]))

const INSERT_AUDITS = `
  INSERT INTO audit (workspace_number, actor, action, subject, before, after)
  SELECT $1, $2, a.audit ->> 'action', a.audit ->> 'subject',
    nullif(a.audit -> 'before', 'null'), nullif(a.audit -> 'after', 'null')
  FROM jsonb_array_elements($3::jsonb) WITH ORDINALITY AS a(audit, ordinal) ORDER BY a.ordinal`

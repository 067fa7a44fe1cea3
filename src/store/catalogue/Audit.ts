import { PgClient, PgTypes } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import type { StoreUnavailable } from "../Journal.ts"
import { unavailableOrDie } from "../PgErrors.ts"

/** One thing that somebody did to `subject`, a `kind:name`: documents before and after, null where there is none. */
export interface Audited {
  readonly action: string
  readonly subject: string
  readonly before: unknown
  readonly after: unknown
}

/** For what is not changed in our own transaction: commands to partitions and correlators. */
export class Audit extends Context.Service<
  Audit,
  {
    readonly record: (
      workspaceNumber: number,
      actor: string,
      audits: ReadonlyArray<Audited>
    ) => Effect.Effect<void, StoreUnavailable>
  }
>()("lumina/store/Audit") {}

export const AuditPg = Layer.effect(
  Audit,
  Effect.map(PgClient.PgClient, (sql) => {
    const audit = makeAudit(sql)
    return Audit.of({ record: (...change) => unavailableOrDie(audit(...change)) })
  })
)

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

import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { notFound } from "../../schema/Errors.ts"
import { makeAudit } from "../catalogue/Audit.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { hostRows } from "./HostRows.ts"
import type { NewToken } from "./Token.ts"

/** Tokens of hosts in Postgres: rotation and revocation. */
export const hostTokensPg = (sql: PgClient.PgClient) => {
  const audit = makeAudit(sql)
  const { insertToken, locked, read } = hostRows(sql)

  return {
    rotateHostToken: Effect.fn("AccessStore.rotateHostToken")(
      function* (workspaceNumber: number, actor: string, id: string, token: NewToken, graceMillis: number) {
        const { name } = yield* locked(workspaceNumber, id)
        // Of several the one that the agent uses, which need not be the newest, and never for longer than it was to be.
        const inUse = sql`SELECT id FROM access_token
          WHERE host_id = ${id}::uuid AND coalesce(expires_at > now(), true)
          ORDER BY last_used_at DESC NULLS LAST, expires_at DESC NULLS FIRST LIMIT 1`
        yield* sql`DELETE FROM access_token
          WHERE host_id = ${id}::uuid AND (${graceMillis}::bigint = 0 OR id IS DISTINCT FROM (${inUse}))`
        yield* sql`UPDATE access_token
          SET expires_at = least(expires_at, now() + ${graceMillis}::bigint * interval '1 millisecond')
          WHERE host_id = ${id}::uuid`
        yield* insertToken(workspaceNumber, id, name, token)
        yield* audit(workspaceNumber, actor, [
          { action: "rotated", subject: `host:${name}`, before: null, after: { tokenId: token.id, graceMillis } }
        ])
        return yield* read(sql, workspaceNumber, id)
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    revokeHostTokens: Effect.fn("AccessStore.revokeHostTokens")(
      function* (workspaceNumber: number, actor: string, id: string, tokenId: string | null) {
        const { name } = yield* locked(workspaceNumber, id)
        const revoked = yield* sql<{ id: string }>`
        DELETE FROM access_token WHERE host_id = ${id}::uuid AND (${tokenId}::text IS NULL OR id = ${tokenId})
        RETURNING id`
        if (tokenId !== null && revoked.length === 0) return yield* notFound("token of this host")
        const tokenIds = revoked.map((row) => row.id)
        yield* audit(workspaceNumber, actor, [
          { action: "revoked", subject: `host:${name}`, before: { tokenIds }, after: null }
        ])
        return yield* read(sql, workspaceNumber, id)
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer, Result } from "effect"
import type { Scope } from "../../schema/ApiKey.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { QuerySql } from "../Sql.ts"
import { AccessStore, type TokenRecord } from "./AccessStore.ts"
import { hostsPg } from "./HostsPg.ts"
import { hostTokensPg } from "./HostTokensPg.ts"
import { keysPg } from "./KeysPg.ts"
import { SessionsPg } from "./SessionsPg.ts"
import { UsersPg } from "./UsersPg.ts"

const TokensPg = Layer.effect(
  AccessStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const reader = yield* QuerySql

    const version = Effect.gen(function* () {
      const [row] = yield* sql<{ version: bigint }>`SELECT version FROM access_version`
      return Number(row!.version)
    }).pipe(unavailableOrDie)

    const find = Effect.fnUntraced(function* (tokenId: string) {
      const [row] = yield* sql<TokenRow>`
        SELECT token.id, token.name, host.name AS host_name, token.scopes, token.hash, token.expires_at,
          workspace.number, workspace.id AS workspace_id, workspace.key AS workspace_key
        FROM access_token token JOIN workspace ON workspace.number = token.workspace_number
        LEFT JOIN host ON host.id = token.host_id
        WHERE token.id = ${tokenId}`
      return row === undefined ? null : recordOf(row)
    }, unavailableOrDie)

    const touch = Effect.fnUntraced(function* (uses: ReadonlyMap<string, number>) {
      const ids = Result.getOrThrow(PgTypes.array([...uses.keys()], PgTypes.OID.text))
      const times = Result.getOrThrow(PgTypes.array([...uses.values()], PgTypes.OID.timestamptz))
      yield* sql`WITH used AS (
          UPDATE access_token SET last_used_at = greatest(last_used_at, use.time)
          FROM unnest(${ids}, ${times}) AS use(id, time) WHERE access_token.id = use.id
          RETURNING host_id, use.time
        ), seen AS (
          SELECT host_id, max(time) AS time FROM used WHERE host_id IS NOT NULL GROUP BY host_id
        )
        UPDATE host SET last_seen_at = greatest(last_seen_at, seen.time) FROM seen WHERE host.id = seen.host_id`
    }, unavailableOrDie)

    return AccessStore.of({
      version,
      find,
      touch,
      ...hostsPg(sql, reader),
      ...hostTokensPg(sql),
      ...keysPg(sql, reader)
    })
  })
)

/** Tokens, users and sessions. */
export const AccessPg = Layer.mergeAll(TokensPg, UsersPg, SessionsPg)

interface TokenRow {
  readonly id: string
  readonly name: string
  readonly host_name: string | null
  readonly scopes: ReadonlyArray<Scope>
  readonly hash: Uint8Array
  readonly expires_at: Date | null
  readonly number: number
  readonly workspace_id: string
  readonly workspace_key: string
}

const recordOf = (row: TokenRow): TokenRecord => ({
  id: row.id,
  kind: row.host_name === null ? "api-key" : "host",
  name: row.name,
  hostName: row.host_name,
  workspaceNumber: row.number,
  workspaceId: row.workspace_id,
  workspaceKey: row.workspace_key,
  scopes: row.scopes,
  hash: row.hash,
  expiresAt: row.expires_at?.getTime() ?? null
})

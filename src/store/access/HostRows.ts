/** Rows of hosts with their tokens, shared by what changes hosts and what changes their tokens. */
import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import { notFound } from "../../schema/Errors.ts"
import { isUuid } from "../queries/Fragments.ts"
import type { StoredHost, TokenInfo } from "./AccessStore.ts"
import type { NewToken } from "./Token.ts"

export const hostRows = (sql: PgClient.PgClient) => {
  const read = Effect.fnUntraced(function* (client: PgClient.PgClient, workspaceNumber: number, id: string) {
    if (!isUuid(id)) return yield* notFound("host")
    const [row] = yield* client<HostRow>`${selectHosts(client)}
      WHERE host.workspace_number = ${workspaceNumber} AND host.id = ${id}::uuid`
    return row === undefined ? yield* notFound("host") : hostOf(row)
  })

  /** For a change: whoever changes the same host waits. */
  const locked = Effect.fnUntraced(function* (workspaceNumber: number, id: string) {
    if (isUuid(id)) {
      yield* sql`SELECT 1 FROM host WHERE workspace_number = ${workspaceNumber} AND id = ${id}::uuid FOR UPDATE`
    }
    return yield* read(sql, workspaceNumber, id)
  })

  const insertToken = (workspaceNumber: number, hostId: string, name: string, token: NewToken) =>
    sql`INSERT INTO access_token (id, workspace_number, host_id, name, scopes, hash)
      VALUES (${token.id}, ${workspaceNumber}, ${hostId}::uuid, ${name}, ARRAY['ingest'], ${PgTypes.bytea(token.hash)})`

  return { read, locked, insertToken }
}

export interface HostRow {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly created_at: Date
  readonly last_seen_at: Date | null
  readonly tokens: ReadonlyArray<{ readonly [K in keyof TokenInfo]: K extends "id" ? string : string | null }>
}

export const selectHosts = (sql: PgClient.PgClient) =>
  sql.literal(`SELECT host.*, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', token.id, 'createdAt', token.created_at,
      'expiresAt', token.expires_at, 'lastUsedAt', token.last_used_at) ORDER BY token.created_at DESC, token.id), '[]')
    FROM access_token token
    WHERE token.host_id = host.id AND (token.expires_at IS NULL OR token.expires_at > now())
  ) AS tokens FROM host`)

const millisOf = (time: string | null): number | null => (time === null ? null : new Date(time).getTime())

export const hostOf = (row: HostRow): StoredHost => ({
  id: row.id,
  name: row.name,
  version: row.version,
  createdAt: row.created_at.getTime(),
  lastSeenAt: row.last_seen_at?.getTime() ?? null,
  tokens: row.tokens.map((token) => ({
    id: token.id,
    createdAt: millisOf(token.createdAt)!,
    expiresAt: millisOf(token.expiresAt),
    lastUsedAt: millisOf(token.lastUsedAt)
  }))
})

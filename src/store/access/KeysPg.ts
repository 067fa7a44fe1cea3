import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import type { Scope } from "../../schema/ApiKey.ts"
import { notFound } from "../../schema/Errors.ts"
import { makeAudit } from "../catalogue/Audit.ts"
import type { Expectation } from "../catalogue/Catalogue.ts"
import { texts } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { expectVersion, inPage, newestFirst } from "../queries/Fragments.ts"
import { type PageRequest, pageOf } from "../queries/Page.ts"
import type { ExpiringApiKey, NameFilter, StoredApiKey } from "./AccessStore.ts"
import type { NewToken } from "./Token.ts"

/** API keys in Postgres: the part of `AccessStore` that is about keys. A key's id is the key id of its token. */
export const keysPg = (sql: PgClient.PgClient, reader: PgClient.PgClient) => {
  const audit = makeAudit(sql)

  const create = Effect.fnUntraced(function* (
    workspaceNumber: number,
    actor: string,
    key: ExpiringApiKey,
    token: NewToken
  ) {
    const [row] = yield* insertKey(sql, workspaceNumber, key, token)
    yield* audit(workspaceNumber, actor, [
      { action: "created", subject: subjectOf(key), before: null, after: { ...key, id: token.id } }
    ])
    return keyOf(row!)
  })

  const locked = Effect.fnUntraced(function* (workspaceNumber: number, id: string, expect: Expectation) {
    const [row] = yield* sql<KeyRow>`
      SELECT * FROM access_token WHERE ${ownKeys(sql, workspaceNumber)} AND id = ${id} FOR UPDATE`
    if (row === undefined) return yield* notFound("API key")
    yield* expectVersion(expect, row.version)
    return keyOf(row)
  })

  return {
    listApiKeys: Effect.fn("AccessStore.listApiKeys")(function* (
      workspaceNumber: number,
      query: PageRequest & { readonly name: NameFilter }
    ) {
      const conditions = [
        ownKeys(reader, workspaceNumber),
        ...(query.name === null ? [] : [reader`name = ANY (${texts(query.name)})`]),
        ...inPage(reader, NEWEST_FIRST, query)
      ]
      const rows = yield* reader<KeyRow>`
        SELECT * FROM access_token WHERE ${reader.and(conditions)} ${newestFirst(reader, NEWEST_FIRST, query)}`
      return pageOf(rows.map(keyOf), query.limit, ({ createdAt, id }) => ({ time: createdAt, id }))
    }, unavailableOrDie),

    getApiKey: Effect.fnUntraced(function* (workspaceNumber: number, id: string) {
      const [row] = yield* reader<KeyRow>`
        SELECT * FROM access_token WHERE ${ownKeys(reader, workspaceNumber)} AND id = ${id}`
      return row === undefined ? yield* notFound("API key") : keyOf(row)
    }, unavailableOrDie),

    createApiKey: Effect.fn("AccessStore.createApiKey")(create, sql.withTransaction, unavailableOrDie),

    replaceApiKey: Effect.fn("AccessStore.replaceApiKey")(
      function* (workspaceNumber: number, actor: string, id: string, key: ExpiringApiKey, expect: Expectation) {
        const { expiresAt, name, scopes } = yield* locked(workspaceNumber, id, expect)
        const [row] = yield* sql<KeyRow>`
        UPDATE access_token SET name = ${key.name}, scopes = ${texts(key.scopes)},
          expires_at = ${timeOrNull(key.expiresAt)}, version = version + 1
        WHERE id = ${id} RETURNING *`
        yield* audit(workspaceNumber, actor, [
          { action: "updated", subject: subjectOf({ name }), before: { name, scopes, expiresAt }, after: key }
        ])
        return keyOf(row!)
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    deleteApiKey: Effect.fn("AccessStore.deleteApiKey")(
      function* (workspaceNumber: number, actor: string, id: string, expect: Expectation) {
        const { name, scopes } = yield* locked(workspaceNumber, id, expect)
        yield* sql`DELETE FROM access_token WHERE id = ${id}`
        yield* audit(workspaceNumber, actor, [
          { action: "deleted", subject: subjectOf({ name }), before: { id, name, scopes }, after: null }
        ])
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    createFirstApiKey: Effect.fn("AccessStore.createFirstApiKey")(
      function* (workspaceNumber: number, key: ExpiringApiKey, token: NewToken) {
        // Several hubs may start at once; one of them is first.
        yield* sql`LOCK TABLE access_token IN SHARE ROW EXCLUSIVE MODE`
        const others = yield* sql`SELECT 1 FROM access_token WHERE host_id IS NULL LIMIT 1`
        if (others.length > 0) return false
        yield* create(workspaceNumber, "system", key, token)
        return true
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

const insertKey = (
  sql: PgClient.PgClient,
  workspaceNumber: number,
  key: ExpiringApiKey,
  token: NewToken
) => sql<KeyRow>`
  INSERT INTO access_token (id, workspace_number, name, scopes, hash, expires_at)
  VALUES (${token.id}, ${workspaceNumber}, ${key.name}, ${texts(key.scopes)}, ${PgTypes.bytea(token.hash)},
    ${timeOrNull(key.expiresAt)}) RETURNING *`

interface KeyRow {
  readonly id: string
  readonly name: string
  readonly scopes: ReadonlyArray<Scope>
  readonly version: number
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly last_used_at: Date | null
}

const NEWEST_FIRST = { time: "created_at", id: "id", cast: "text" } as const

const ownKeys = (sql: PgClient.PgClient, workspaceNumber: number) =>
  sql`(workspace_number = ${workspaceNumber} AND host_id IS NULL)`

const timeOrNull = (millis: number | null) => (millis === null ? null : PgTypes.timestamptz(millis))

const subjectOf = ({ name }: { readonly name: string }): string => `api-key:${name}`

const keyOf = (row: KeyRow): StoredApiKey => ({
  id: row.id,
  name: row.name,
  scopes: row.scopes,
  version: row.version,
  createdAt: row.created_at.getTime(),
  expiresAt: row.expires_at?.getTime() ?? null,
  lastUsedAt: row.last_used_at?.getTime() ?? null
})

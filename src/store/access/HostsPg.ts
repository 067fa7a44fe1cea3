import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { conflict, notFound } from "../../schema/Errors.ts"
import { uuidV5 } from "../../schema/Identity.ts"
import { makeAudit } from "../catalogue/Audit.ts"
import type { Expectation } from "../catalogue/Catalogue.ts"
import { texts } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { expectVersion, inPage, newestFirst } from "../queries/Fragments.ts"
import { type PageRequest, pageOf } from "../queries/Page.ts"
import type { NameFilter } from "./AccessStore.ts"
import { type HostRow, hostOf, hostRows, selectHosts } from "./HostRows.ts"
import type { NewToken } from "./Token.ts"

/** Hosts in Postgres. Each change leaves its audit row in the same transaction. */
export const hostsPg = (sql: PgClient.PgClient, reader: PgClient.PgClient) => {
  const audit = makeAudit(sql)

  const { insertToken, locked, read } = hostRows(sql)

  return {
    listHosts: Effect.fn("AccessStore.listHosts")(function* (
      workspaceNumber: number,
      query: PageRequest & { readonly name: NameFilter }
    ) {
      const conditions = [
        reader`host.workspace_number = ${workspaceNumber}`,
        ...(query.name === null ? [] : [reader`host.name = ANY (${texts(query.name)})`]),
        ...inPage(reader, NEWEST_FIRST, query)
      ]
      const rows = yield* reader<HostRow>`${selectHosts(reader)}
        WHERE ${reader.and(conditions)} ${newestFirst(reader, NEWEST_FIRST, query)}`
      return pageOf(rows.map(hostOf), query.limit, ({ createdAt, id }) => ({ time: createdAt, id }))
    }, unavailableOrDie),

    getHost: (workspaceNumber: number, id: string) => unavailableOrDie(read(reader, workspaceNumber, id)),

    createHost: Effect.fn("AccessStore.createHost")(
      function* (workspaceNumber: number, actor: string, name: string, token: NewToken) {
        const [workspace] = yield* sql<{ id: string }>`SELECT id FROM workspace WHERE number = ${workspaceNumber}`
        if (workspace === undefined) return yield* notFound("workspace")
        const rows = yield* sql<{ id: string }>`
        INSERT INTO host (id, workspace_number, name)
        VALUES (${uuidV5(workspace.id, `host:${token.id}`)}::uuid, ${workspaceNumber}, ${name})
        ON CONFLICT (workspace_number, name) DO NOTHING RETURNING id`
        const id = rows[0]?.id
        if (id === undefined) return yield* conflict(`a host with the name ${JSON.stringify(name)} exists`)
        yield* insertToken(workspaceNumber, id, name, token)
        yield* audit(workspaceNumber, actor, [
          { action: "created", subject: `host:${name}`, before: null, after: { name, tokenId: token.id } }
        ])
        return yield* read(sql, workspaceNumber, id)
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    renameHost: Effect.fn("AccessStore.renameHost")(
      function* (workspaceNumber: number, actor: string, id: string, name: string, expect: Expectation) {
        const host = yield* locked(workspaceNumber, id)
        yield* expectVersion(expect, host.version)
        if (host.name === name) return host
        const taken = yield* sql`SELECT 1 FROM host WHERE workspace_number = ${workspaceNumber} AND name = ${name}`
        if (taken.length > 0) return yield* conflict(`a host with the name ${JSON.stringify(name)} exists`)
        yield* sql`UPDATE host SET name = ${name}, version = version + 1 WHERE id = ${id}::uuid`
        yield* sql`UPDATE access_token SET name = ${name} WHERE host_id = ${id}::uuid`
        yield* audit(workspaceNumber, actor, [
          { action: "updated", subject: `host:${host.name}`, before: { name: host.name }, after: { name } }
        ])
        return yield* read(sql, workspaceNumber, id)
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    deleteHost: Effect.fn("AccessStore.deleteHost")(
      function* (workspaceNumber: number, actor: string, id: string, expect: Expectation) {
        const { name, version } = yield* locked(workspaceNumber, id)
        yield* expectVersion(expect, version)
        yield* sql`DELETE FROM host WHERE id = ${id}::uuid`
        yield* audit(workspaceNumber, actor, [
          { action: "deleted", subject: `host:${name}`, before: { name }, after: null }
        ])
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

const NEWEST_FIRST = { time: "host.created_at", id: "host.id", cast: "uuid" } as const

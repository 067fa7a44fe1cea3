/** Workspaces in Postgres. `workspace` are those that there are, `any_workspace` also those that were removed. */
import { isDeepStrictEqual } from "node:util"
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { conflict, notFound } from "../../schema/Errors.ts"
import { workspaceIdOf } from "../../schema/Identity.ts"
import { DEFAULT_WORKSPACE_KEY } from "../../schema/Workspace.ts"
import { lockUsers } from "../access/UserChangesPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { expectVersion } from "../queries/Fragments.ts"
import type { AnyStored, Expectation, NewWorkspace, StoredWorkspace, Write } from "./Catalogue.ts"
import { planRemoval } from "./Plan.ts"
import { type DocumentRow, documentOf, type WorkspaceRow, workspaceOf } from "./Rows.ts"
import { makeWriter } from "./Writer.ts"

export const workspacesPg = (sql: PgClient.PgClient) => {
  const { audit, locked, log, write } = makeWriter(sql)
  const workspaces = sql<WorkspaceRow>`SELECT * FROM workspace ORDER BY number`

  const lockedRow = Effect.fnUntraced(function* (workspaceNumber: number, expect: Expectation) {
    const [row] = yield* sql<WorkspaceRow>`SELECT * FROM workspace WHERE number = ${workspaceNumber} FOR UPDATE`
    if (row === undefined) return yield* notFound("workspace")
    yield* expectVersion(expect, row.version)
    return row
  })

  return {
    workspaces: Effect.map(workspaces, (rows) => rows.map(workspaceOf)).pipe(unavailableOrDie),

    createWorkspace: Effect.fn("Catalogue.createWorkspace")(
      function* (actor: string, { demo = false, key, name }: NewWorkspace, documents: ReadonlyArray<Write>) {
        const id = workspaceIdOf(key)
        const [row] = yield* sql<WorkspaceRow>`
        INSERT INTO any_workspace (number, id, key, name, demo, created_at)
        SELECT coalesce(max(number), 0) + 1, ${id}::uuid, ${key}, ${name}, ${demo}, date_trunc('milliseconds', now())
        FROM any_workspace ON CONFLICT DO NOTHING RETURNING *`
        if (row === undefined)
          return yield* conflict(`a workspace has the key "${key}", or had it until it was removed`)
        yield* audit(row.number, actor, [
          { action: "created", subject: `workspace:${key}`, before: null, after: { key, name } }
        ])
        yield* log(row.number, [{ kind: "workspace", key, document: { id } }])
        const { version } = yield* write(row, actor, documents)
        return { workspace: workspaceOf(row), version }
      },
      locked,
      unavailableOrDie
    ),

    replaceWorkspace: Effect.fn("Catalogue.replaceWorkspace")(
      function* (
        actor: string,
        workspaceNumber: number,
        { name, retention }: Pick<StoredWorkspace, "name" | "retention">,
        expect: Expectation
      ) {
        const row = yield* lockedRow(workspaceNumber, expect)
        const { key, ...stored } = workspaceOf(row)
        const before = { key, name: stored.name, retention: stored.retention }
        const after = { key, name, retention }
        if (isDeepStrictEqual(before, after)) return workspaceOf(row)
        yield* audit(workspaceNumber, actor, [{ action: "updated", subject: `workspace:${key}`, before, after }])
        const [replaced] = yield* sql<WorkspaceRow>`
          UPDATE any_workspace SET name = ${name}, cold_retention_days = ${retention.coldDays}::int,
            raw_retention_days = ${retention.rawDays}::int, version = version + 1
          WHERE number = ${workspaceNumber} RETURNING *`
        return workspaceOf(replaced!)
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    removeWorkspace: Effect.fn("Catalogue.removeWorkspace")(
      function* (actor: string, workspaceNumber: number, expect: Expectation) {
        const { key, name } = yield* lockedRow(workspaceNumber, expect)
        if (key === DEFAULT_WORKSPACE_KEY) return yield* conflict("the default workspace stays")
        yield* sql`UPDATE any_workspace SET removed_at = now(), version = version + 1 WHERE number = ${workspaceNumber}`
        const users = yield* removeAccess(sql, workspaceNumber)
        const rows = yield* sql<DocumentRow>`DELETE FROM document WHERE workspace_number = ${workspaceNumber}
          RETURNING id, kind, key, version, body, created_at, updated_at, NULL::timestamptz AS received_at`
        const [first] = yield* sql<{ number: number }>`
          SELECT number FROM workspace WHERE key = ${DEFAULT_WORKSPACE_KEY}`
        // Its own audit log goes with it.
        const before = { key, name, documents: rows.length, users }
        yield* audit(first!.number, actor, [{ action: "deleted", subject: `workspace:${key}`, before, after: null }])
        return yield* log(workspaceNumber, planRemoval(key, rows.map(documentOf) as ReadonlyArray<AnyStored>))
      },
      locked,
      unavailableOrDie
    )
  }
}

/** Nobody has a token or a role in it any more; answers who is no user any more, having had a role nowhere else. */
const removeAccess = Effect.fnUntraced(function* (sql: PgClient.PgClient, workspaceNumber: number) {
  yield* lockUsers(sql)
  // Also where there is none: the statement raises the version that nodes look at (`access_changed`).
  yield* sql`DELETE FROM access_token WHERE workspace_number = ${workspaceNumber}`
  const users = yield* sql<{ name: string }>`WITH gone AS (
      DELETE FROM membership WHERE workspace_number = ${workspaceNumber} RETURNING account_id
    )
    DELETE FROM account USING gone WHERE account.id = gone.account_id AND NOT EXISTS (
      SELECT 1 FROM membership WHERE membership.account_id = account.id
        AND membership.workspace_number <> ${workspaceNumber})
    RETURNING account.name`
  return users.map(({ name }) => name).sort()
})

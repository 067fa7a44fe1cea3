import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { conflict, forbidden } from "../../schema/Errors.ts"
import type { User } from "../../schema/User.ts"
import { type Audited, makeAudit } from "../catalogue/Audit.ts"
import type { Expectation } from "../catalogue/Catalogue.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { expectVersion } from "../queries/Fragments.ts"
import { readUser } from "./UserRows.ts"
import type { Administrator, StoredUser } from "./Users.ts"

/** Changes of users that are there, each with its audit row. */
export const userChangesPg = (sql: PgClient.PgClient) => {
  const audit = makeAudit(sql)
  const record = (by: Administrator, name: string, change: Omit<Audited, "subject">) =>
    audit(by.workspaceNumber, by.actor, [{ ...change, subject: `user:${name}` }])

  const locked = Effect.fnUntraced(function* (by: Administrator, id: string) {
    yield* lockUsers(sql)
    return yield* readUser(sql, by.workspaceNumber, id)
  })

  const ownedOrForbidden = Effect.fnUntraced(function* (by: Administrator, id: string) {
    if (by.installation) return
    const others = yield* sql`SELECT 1 FROM membership
      WHERE account_id = ${id}::uuid AND workspace_number <> ${by.workspaceNumber} LIMIT 1`
    if (others.length > 0) return yield* forbidden("the user is in other workspaces, too: ask an admin of all")
  })

  const endSessions = (id: string) => sql`DELETE FROM session WHERE account_id = ${id}::uuid`

  return {
    replace: Effect.fn("UserStore.replace")(
      function* (by: Administrator, id: string, { disabled, displayName, role }: User, expect: Expectation) {
        const user = yield* locked(by, id)
        yield* expectVersion(expect, user.version)
        if (displayName !== user.displayName || disabled !== user.disabled) yield* ownedOrForbidden(by, id)
        yield* keepingAdmin(
          sql,
          Effect.andThen(
            sql`UPDATE account SET display_name = ${displayName}, disabled = ${disabled}, version = version + 1
              WHERE id = ${id}::uuid`,
            sql`UPDATE membership SET role = ${role}
              WHERE account_id = ${id}::uuid AND workspace_number = ${by.workspaceNumber}`
          )
        )
        if (role !== user.role || disabled) yield* endSessions(id)
        const after = { displayName, role, disabled }
        yield* record(by, user.name, { action: "updated", before: documentOf(user), after })
        return yield* readUser(sql, by.workspaceNumber, id)
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    remove: Effect.fn("UserStore.remove")(
      function* (by: Administrator, id: string, expect: Expectation) {
        const user = yield* locked(by, id)
        yield* expectVersion(expect, user.version)
        yield* keepingAdmin(
          sql,
          sql`DELETE FROM membership
          WHERE account_id = ${id}::uuid AND workspace_number = ${by.workspaceNumber}`
        )
        yield* endSessions(id)
        yield* sql`DELETE FROM account WHERE id = ${id}::uuid
          AND NOT EXISTS (SELECT 1 FROM membership WHERE account_id = ${id}::uuid)`
        yield* record(by, user.name, { action: "deleted", before: documentOf(user), after: null })
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    resetPassword: Effect.fn("UserStore.resetPassword")(
      function* (by: Administrator, id: string, passwordHash: string) {
        const user = yield* locked(by, id)
        yield* ownedOrForbidden(by, id)
        if (!user.hasPassword) return yield* conflict("the user logs in with the identity provider")
        yield* sql`UPDATE account SET password_hash = ${passwordHash}, must_change_password = true,
          device_key = DEFAULT, version = version + 1 WHERE id = ${id}::uuid`
        yield* endSessions(id)
        yield* record(by, user.name, { action: "passwordReset", before: null, after: null })
        return yield* readUser(sql, by.workspaceNumber, id)
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

/**
 * The first statement of whatever changes users: such changes are rare, and wait for each other. So two admins cannot
 * remove one another as the last, and nobody waits for each other's accounts crosswise.
 */
export const lockUsers = (sql: PgClient.PgClient) => sql`LOCK TABLE membership IN SHARE ROW EXCLUSIVE MODE`

const hasAdmin = (sql: PgClient.PgClient) =>
  Effect.map(
    sql`SELECT 1 FROM membership
      JOIN workspace ON workspace.number = membership.workspace_number
      JOIN account ON account.id = membership.account_id
      WHERE workspace.key = 'default' AND membership.role = 'admin' AND NOT account.disabled LIMIT 1`,
    (rows) => rows.length > 0
  )

/** Makes the change unless it would leave the installation without an admin. */
export const keepingAdmin = Effect.fnUntraced(function* <A, E, R>(
  sql: PgClient.PgClient,
  change: Effect.Effect<A, E, R>
) {
  const had = yield* hasAdmin(sql)
  yield* change
  if (!had || (yield* hasAdmin(sql))) return
  return yield* conflict("this is the last admin of the installation: make another one first")
})

const documentOf = ({ disabled, displayName, role }: StoredUser): User => ({ displayName, role, disabled })

import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { conflict } from "../../schema/Errors.ts"
import type { NewUser } from "../../schema/User.ts"
import { makeAudit } from "../catalogue/Audit.ts"
import { texts } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { inPage, newestFirst } from "../queries/Fragments.ts"
import { type PageRequest, pageOf } from "../queries/Page.ts"
import { QuerySql } from "../Sql.ts"
import type { NameFilter } from "./AccessStore.ts"
import { providedUsersPg } from "./ProvidedUsersPg.ts"
import { lockUsers, userChangesPg } from "./UserChangesPg.ts"
import { readUser, selectUsers, type UserRow, userOf } from "./UserRows.ts"
import { type Administrator, UserStore } from "./Users.ts"

export const UsersPg = Layer.effect(
  UserStore,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const reader = yield* QuerySql
    return UserStore.of({ ...userReadsPg(reader), ...newUsersPg(sql), ...userChangesPg(sql), ...providedUsersPg(sql) })
  })
)

const userReadsPg = (reader: PgClient.PgClient) => ({
  list: Effect.fn("UserStore.list")(function* (
    workspaceNumber: number,
    query: PageRequest & { readonly name: NameFilter }
  ) {
    const conditions = [
      reader`member.workspace_number = ${workspaceNumber}`,
      ...(query.name === null ? [] : [reader`account.name = ANY (${texts(query.name)})`]),
      ...inPage(reader, NEWEST_FIRST, query)
    ]
    const rows = yield* reader<UserRow>`${selectUsers(reader)}
      WHERE ${reader.and(conditions)} ${newestFirst(reader, NEWEST_FIRST, query)}`
    return pageOf(rows.map(userOf), query.limit, ({ createdAt, id }) => ({ time: createdAt, id }))
  }, unavailableOrDie),

  get: (workspaceNumber: number, id: string) => unavailableOrDie(readUser(reader, workspaceNumber, id)),

  isEmpty: Effect.map(reader`SELECT 1 FROM account LIMIT 1`, (rows) => rows.length === 0).pipe(unavailableOrDie),

  hasOneTimePassword: Effect.fnUntraced(function* (name: string) {
    const rows = yield* reader`SELECT 1 FROM account WHERE name = ${name} AND must_change_password`
    return rows.length > 0
  }, unavailableOrDie)
})

const newUsersPg = (sql: PgClient.PgClient) => {
  const audit = makeAudit(sql)

  const insertAccount = ({ displayName, name }: NewUser, passwordHash: string) => sql<{ id: string }>`
    INSERT INTO account (name, display_name, password_hash, must_change_password)
    VALUES (${name}, ${displayName}, ${passwordHash}, true) ON CONFLICT (name) DO NOTHING RETURNING id`

  const join = Effect.fnUntraced(function* (by: Administrator, id: string, { displayName, name, role }: NewUser) {
    const added = yield* sql`INSERT INTO membership (account_id, workspace_number, role)
      VALUES (${id}::uuid, ${by.workspaceNumber}, ${role}) ON CONFLICT DO NOTHING RETURNING 1`
    if (added.length === 0) return yield* conflict(`${name} is a user of this workspace`)
    yield* audit(by.workspaceNumber, by.actor, [
      { action: "created", subject: `user:${name}`, before: null, after: { displayName, role } }
    ])
  })

  return {
    create: Effect.fn("UserStore.create")(
      function* (by: Administrator, user: NewUser, passwordHash: string) {
        yield* lockUsers(sql)
        const [added] = yield* insertAccount(user, passwordHash)
        if (added !== undefined) {
          yield* join(by, added.id, user)
          return { user: yield* Effect.orDie(readUser(sql, by.workspaceNumber, added.id)), isNew: true }
        }
        // That somebody is a user of another workspace is not for this one's admin to know, but names are unique.
        if (!by.installation) return yield* conflict(`the name ${user.name} is taken`)
        const [there] = yield* sql<{ id: string; display_name: string }>`
          SELECT id, display_name FROM account WHERE name = ${user.name}`
        yield* join(by, there!.id, { ...user, displayName: there!.display_name })
        return { user: yield* Effect.orDie(readUser(sql, by.workspaceNumber, there!.id)), isNew: false }
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    createFirst: Effect.fn("UserStore.createFirst")(
      function* (user: NewUser, passwordHash: string) {
        // Several hubs may start at once; one of them is first.
        yield* lockUsers(sql)
        const [workspace] = yield* sql<{ number: number }>`
          SELECT number FROM workspace WHERE key = 'default' AND NOT EXISTS (SELECT 1 FROM account)`
        if (workspace === undefined) return false
        const [added] = yield* insertAccount(user, passwordHash)
        const by = { workspaceNumber: workspace.number, actor: "system", installation: true }
        yield* Effect.orDie(join(by, added!.id, user))
        return true
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

const NEWEST_FIRST = { time: "account.created_at", id: "account.id", cast: "uuid" } as const

/** Rows of users in a workspace, shared by what reads them and what changes them. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { notFound } from "../../schema/Errors.ts"
import type { Role } from "../../schema/User.ts"
import { isUuid } from "../queries/Fragments.ts"
import type { StoredUser } from "./Users.ts"

/** A user in a workspace, read by `client`. */
export const readUser = Effect.fnUntraced(function* (client: PgClient.PgClient, workspaceNumber: number, id: string) {
  if (!isUuid(id)) return yield* notFound("user")
  const [row] = yield* client<UserRow>`${selectUsers(client)}
    WHERE member.workspace_number = ${workspaceNumber} AND account.id = ${id}::uuid`
  return row === undefined ? yield* notFound("user") : userOf(row)
})

export interface UserRow {
  readonly id: string
  readonly name: string
  readonly display_name: string
  readonly role: Role
  readonly disabled: boolean
  readonly version: number
  readonly created_at: Date
  readonly must_change_password: boolean
  readonly has_password: boolean
  readonly last_login_at: Date | null
}

export const selectUsers = (sql: PgClient.PgClient) =>
  sql.literal(`SELECT account.id, account.name, account.display_name, member.role, account.disabled, account.version,
    account.created_at, account.must_change_password, account.password_hash IS NOT NULL AS has_password,
    account.last_login_at
  FROM membership member JOIN account ON account.id = member.account_id`)

export const userOf = (row: UserRow): StoredUser => ({
  id: row.id,
  name: row.name,
  displayName: row.display_name,
  role: row.role,
  disabled: row.disabled,
  version: row.version,
  createdAt: row.created_at.getTime(),
  mustChangePassword: row.must_change_password,
  hasPassword: row.has_password,
  lastLoginAt: row.last_login_at?.getTime() ?? null
})

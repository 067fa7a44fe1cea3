import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { conflict, forbidden } from "../../schema/Errors.ts"
import type { Role } from "../../schema/User.ts"
import { makeAudit } from "../catalogue/Audit.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { keepingAdmin, lockUsers } from "./UserChangesPg.ts"
import type { ProvidedUser } from "./Users.ts"

interface AccountRow {
  readonly id: string
  readonly name: string
  readonly display_name: string
  readonly disabled: boolean
}

/** One workspace, with the user's role before and now; null for none. */
interface Place {
  readonly number: number
  readonly key: string
  readonly role: Role | null
}

/** Users who log in with an identity provider. */
export const providedUsersPg = (sql: PgClient.PgClient) => {
  const audit = makeAudit(sql)

  const find = ({ issuer, subject }: ProvidedUser) => sql<AccountRow>`
    SELECT id, name, display_name, disabled FROM account
    WHERE oidc_issuer = ${issuer} AND oidc_subject = ${subject} FOR UPDATE`

  const insert = Effect.fnUntraced(function* (user: ProvidedUser) {
    for (const name of user.names) {
      const [row] = yield* sql<AccountRow>`
        INSERT INTO account (name, display_name, oidc_issuer, oidc_subject)
        VALUES (${name}, ${user.displayName}, ${user.issuer}, ${user.subject}) ON CONFLICT DO NOTHING
        RETURNING id, name, display_name, disabled`
      if (row !== undefined) return row
    }
    return yield* conflict(`the name ${user.names[0]} is taken`)
  })

  /** The provider's word is the last: what an admin changed here counts until the next login. */
  const setRole = Effect.fnUntraced(function* (
    account: AccountRow,
    { key: _, number, role: before }: Place,
    role: Role | null
  ) {
    yield* sql`DELETE FROM membership WHERE account_id = ${account.id}::uuid AND workspace_number = ${number}`
    if (role !== null) {
      yield* sql`INSERT INTO membership (account_id, workspace_number, role)
        VALUES (${account.id}::uuid, ${number}, ${role})`
    }
    const shown = (role: Role | null) => (role === null ? null : { displayName: account.display_name, role })
    const action = before === null ? "created" : role === null ? "deleted" : "updated"
    yield* audit(number, "identity-provider", [
      { action, subject: `user:${account.name}`, before: shown(before), after: shown(role) }
    ])
  })

  return {
    fromProvider: Effect.fn("UserStore.fromProvider")(
      function* (user: ProvidedUser) {
        yield* lockUsers(sql)
        const [known] = yield* find(user)
        if (known?.disabled) return yield* forbidden(`the user ${known.name} is disabled`)
        const places = yield* sql<Place>`
          SELECT workspace.number, workspace.key, membership.role FROM workspace LEFT JOIN membership
            ON membership.workspace_number = workspace.number AND membership.account_id = ${known?.id ?? null}::uuid`
        if (!places.some(({ key }) => user.roles.has(key))) {
          return yield* forbidden(`${user.names[0]} has no role here: LUMINA_OIDC_ROLES says who has`)
        }
        const account = known ?? (yield* insert(user))
        const changed = places.filter(({ key, role }) => (user.roles.get(key) ?? null) !== role)
        yield* keepingAdmin(
          sql,
          Effect.forEach(changed, (place) => setRole(account, place, user.roles.get(place.key) ?? null))
        )
        if (changed.length > 0) yield* sql`DELETE FROM session WHERE account_id = ${account.id}::uuid`
        return account.id
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

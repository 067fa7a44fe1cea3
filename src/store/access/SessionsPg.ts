import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { limits } from "../../limits.ts"
import { conflict, invalidLogin, notFound } from "../../schema/Errors.ts"
import { makeAudit } from "../catalogue/Audit.ts"
import { texts } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { isUuid } from "../queries/Fragments.ts"
import {
  type Account,
  type FailedLogins,
  type LoginSource,
  type Membership,
  type OwnSession,
  type Session,
  SessionStore,
  type Verified
} from "./Sessions.ts"

/**
 * Sessions are looked up for each request: one row by its hash, so that what an admin changes counts at once, on every
 * node, and the database's clock alone says what is over. What they cost is little beside what people ask for.
 */
export const SessionsPg = Layer.effect(
  SessionStore,
  Effect.map(PgClient.PgClient, (sql) => SessionStore.of({ ...lookUps(sql), ...loginsPg(sql), ...endings(sql) }))
)

const lookUps = (sql: PgClient.PgClient) => ({
  account: Effect.fnUntraced(function* (name: string) {
    const [row] = yield* sql<AccountRow>`
      SELECT id, name, password_hash, disabled, device_key FROM account WHERE name = ${name}`
    return row === undefined ? null : accountOf(row)
  }, unavailableOrDie),

  find: Effect.fn("SessionStore.find")(function* (tokenHash: Uint8Array) {
    const [row] = yield* sql<SessionRow>`
      SELECT session.id, session.account_id, session.expires_at,
        session.last_seen_at < now() - ${limits.sessionTouchMillis}::bigint * interval '1 millisecond' AS is_stale,
        account.name, account.display_name, account.password_hash IS NOT NULL AS has_password,
        account.must_change_password, admin.installation, place.workspaces
      FROM session JOIN account ON account.id = session.account_id
      CROSS JOIN LATERAL (
        SELECT EXISTS (
          SELECT 1 FROM membership JOIN workspace ON workspace.number = membership.workspace_number
          WHERE account_id = account.id AND role = 'admin' AND workspace.key = 'default'
        ) AS installation
      ) admin
      CROSS JOIN LATERAL (
        SELECT coalesce(jsonb_agg(jsonb_build_object('number', workspace.number, 'id', workspace.id,
          'key', workspace.key, 'name', workspace.name,
          'role', CASE WHEN admin.installation THEN 'admin' ELSE membership.role END) ORDER BY workspace.number), '[]')
          AS workspaces
        FROM workspace LEFT JOIN membership
          ON membership.workspace_number = workspace.number AND membership.account_id = account.id
        WHERE admin.installation OR membership.role IS NOT NULL
      ) place
      WHERE session.hash = ${PgTypes.bytea(tokenHash)} AND NOT account.disabled AND session.expires_at > now()
        AND session.last_seen_at > now() - ${limits.sessionIdleMillis}::bigint * interval '1 millisecond'`
    if (row === undefined) return null
    if (row.is_stale) {
      yield* sql`UPDATE session SET last_seen_at = date_trunc('milliseconds', now()) WHERE id = ${row.id}::uuid`
    }
    return sessionOf(row)
  }, unavailableOrDie),

  list: Effect.fn("SessionStore.list")(function* (accountId: string) {
    const rows = yield* sql<OwnRow>`
      SELECT id, created_at, last_seen_at, expires_at, address, user_agent FROM session
      WHERE account_id = ${accountId}::uuid AND ${isOver(sql)} IS NOT TRUE
      ORDER BY created_at DESC, id DESC`
    return rows.map(ownOf)
  }, unavailableOrDie)
})

const loginsPg = (sql: PgClient.PgClient) => {
  const audit = makeAudit(sql)
  return {
    create: Effect.fn("SessionStore.create")(
      function* ({ accountId, passwordHash }: Verified, tokenHash: Uint8Array, source: LoginSource) {
        const { address, replaces, userAgent } = source
        // An admin's reset ends all sessions, and may have come after the old password was verified: it counts.
        const [account] = yield* sql<{ name: string }>`UPDATE account
          SET last_login_at = date_trunc('milliseconds', now())
          WHERE id = ${accountId}::uuid AND NOT disabled AND password_hash IS NOT DISTINCT FROM ${passwordHash}
          RETURNING name`
        if (account === undefined) return yield* invalidLogin()
        yield* sql`DELETE FROM session WHERE ${isOver(sql)}`
        if (replaces !== null) yield* sql`DELETE FROM session WHERE hash = ${PgTypes.bytea(replaces)}`
        // Whoever logs in once more than that has forgotten the oldest.
        yield* sql`DELETE FROM session WHERE id IN (SELECT id FROM session WHERE account_id = ${accountId}::uuid
          ORDER BY created_at DESC, id DESC OFFSET ${limits.sessionsPerUser - 1})`
        yield* sql`INSERT INTO session (hash, account_id, expires_at, address, user_agent)
          VALUES (${PgTypes.bytea(tokenHash)}, ${accountId}::uuid,
            date_trunc('milliseconds', now()) + ${limits.sessionMillis}::bigint * interval '1 millisecond',
            ${address}, ${userAgent})`
        const [home] = yield* sql<{ number: number }>`SELECT workspace_number AS number FROM membership
          WHERE account_id = ${accountId}::uuid ORDER BY workspace_number LIMIT 1`
        if (home === undefined) return
        const subject = `user:${account.name}`
        const after = { address, userAgent }
        yield* audit(home.number, subject, [{ action: "loggedIn", subject, before: null, after }])
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    recordFailures: Effect.fn("SessionStore.recordFailures")(
      function* (failures: ReadonlyArray<FailedLogins>) {
        const rows = yield* sql<{ name: string; home: number }>`
          SELECT account.name, min(membership.workspace_number) AS home
          FROM account JOIN membership ON membership.account_id = account.id
          WHERE account.name = ANY (${texts(failures.map(({ name }) => name))}) GROUP BY account.name`
        const homes = new Map(rows.map(({ home, name }) => [name, home]))
        const [first] = yield* sql<{ number: number }>`SELECT number FROM workspace WHERE key = 'default'`
        for (const { addresses, count, name } of failures) {
          const home = homes.get(name)
          // What is no name may be a password, typed into the wrong field.
          const subject = home === undefined ? "user:" : `user:${name}`
          const after = { count, addresses }
          yield* audit(home ?? first!.number, "anonymous", [{ action: "loginFailed", subject, before: null, after }])
        }
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

const endings = (sql: PgClient.PgClient) => {
  const audit = makeAudit(sql)
  const record = ({ user, workspaces: [home] }: Session, action: string) =>
    home === undefined
      ? Effect.void
      : audit(home.number, `user:${user.name}`, [{ action, subject: `user:${user.name}`, before: null, after: null }])
  return {
    end: Effect.fn("SessionStore.end")(
      function* (session: Session, id: string) {
        if (!isUuid(id)) return yield* notFound("session")
        const ended = yield* sql`DELETE FROM session
          WHERE id = ${id}::uuid AND account_id = ${session.user.id}::uuid RETURNING 1`
        if (ended.length === 0) return yield* notFound("session")
        yield* record(session, "loggedOut")
      },
      sql.withTransaction,
      unavailableOrDie
    ),

    changePassword: Effect.fn("SessionStore.changePassword")(
      function* (session: Session, passwordHash: string, tokenHash: Uint8Array) {
        const id = session.user.id
        const changed = yield* sql`UPDATE account
          SET password_hash = ${passwordHash}, must_change_password = false, device_key = DEFAULT, version = version + 1
          WHERE id = ${id}::uuid AND password_hash IS NOT NULL RETURNING 1`
        if (changed.length === 0) return yield* conflict("you log in with the identity provider: change it there")
        yield* sql`DELETE FROM session WHERE account_id = ${id}::uuid AND id <> ${session.id}::uuid`
        const kept = yield* sql`UPDATE session SET hash = ${PgTypes.bytea(tokenHash)} WHERE id = ${session.id}::uuid
          RETURNING 1`
        // An admin's reset ends all sessions, and came after the password was verified: it counts.
        if (kept.length === 0) return yield* conflict("your session was ended meanwhile: log in again")
        yield* record(session, "passwordChanged")
      },
      sql.withTransaction,
      unavailableOrDie
    )
  }
}

const isOver = (sql: PgClient.PgClient) =>
  sql`(expires_at <= now()
    OR last_seen_at <= now() - ${limits.sessionIdleMillis}::bigint * interval '1 millisecond')`

interface AccountRow {
  readonly id: string
  readonly name: string
  readonly password_hash: string | null
  readonly disabled: boolean
  readonly device_key: Uint8Array
}

const accountOf = (row: AccountRow): Account => ({
  id: row.id,
  name: row.name,
  passwordHash: row.password_hash,
  disabled: row.disabled,
  deviceKey: row.device_key
})

interface SessionRow {
  readonly id: string
  readonly account_id: string
  readonly expires_at: Date
  readonly is_stale: boolean
  readonly name: string
  readonly display_name: string
  readonly has_password: boolean
  readonly must_change_password: boolean
  readonly installation: boolean
  readonly workspaces: ReadonlyArray<Membership>
}

const sessionOf = (row: SessionRow): Session => ({
  id: row.id,
  user: { id: row.account_id, name: row.name, displayName: row.display_name, hasPassword: row.has_password },
  workspaces: row.workspaces,
  installation: row.installation,
  mustChangePassword: row.must_change_password,
  expiresAt: row.expires_at.getTime()
})

interface OwnRow {
  readonly id: string
  readonly created_at: Date
  readonly last_seen_at: Date
  readonly expires_at: Date
  readonly address: string
  readonly user_agent: string
}

const ownOf = (row: OwnRow): OwnSession => ({
  id: row.id,
  createdAt: row.created_at.getTime(),
  lastSeenAt: row.last_seen_at.getTime(),
  expiresAt: row.expires_at.getTime(),
  address: row.address,
  userAgent: row.user_agent
})

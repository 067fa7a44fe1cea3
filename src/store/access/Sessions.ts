/** Logins of people, as stored. Their tokens are cookies; only hashes of them are here. Times in epoch milliseconds. */
import { Context, type Effect } from "effect"
import type { Conflict, NotFound, Unauthorized } from "../../schema/Errors.ts"
import type { Role } from "../../schema/User.ts"
import type { StoreUnavailable } from "../Journal.ts"

/** One of a user's workspaces, and what they are there. */
export interface Membership {
  readonly number: number
  readonly id: string
  readonly key: string
  readonly name: string
  readonly role: Role
}

export interface SessionUser {
  readonly id: string
  readonly name: string
  readonly displayName: string
  readonly hasPassword: boolean
}

export interface Session {
  readonly id: string
  readonly user: SessionUser
  /** By number; an admin of the installation has all there are. */
  readonly workspaces: ReadonlyArray<Membership>
  /** An admin of the default workspace administers the installation. */
  readonly installation: boolean
  readonly mustChangePassword: boolean
  readonly expiresAt: number
}

export interface OwnSession {
  readonly id: string
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly expiresAt: number
  readonly address: string
  readonly userAgent: string
}

/** What checking a password needs. */
export interface Account {
  readonly id: string
  readonly name: string
  /** PHC text; null for who logs in with the identity provider only. */
  readonly passwordHash: string | null
  readonly disabled: boolean
  /** Signs the cookie by which a browser is known to have logged in before. */
  readonly deviceKey: Uint8Array
}

/** A user whose password was verified, or of whom the identity provider has told. */
export interface Verified {
  readonly accountId: string
  /** What the password was verified against; null where the provider's word is enough. */
  readonly passwordHash: string | null
}

/** Where a login came from, for its user to recognize, and the session that the browser had: it ends. */
export interface LoginSource {
  readonly address: string
  readonly userAgent: string
  readonly replaces: Uint8Array | null
}

export class SessionStore extends Context.Service<
  SessionStore,
  {
    readonly account: (name: string) => Effect.Effect<Account | null, StoreUnavailable>
    /** Begins a session, unless the user was disabled or deleted, or has another password, since they were verified. */
    readonly create: (
      user: Verified,
      tokenHash: Uint8Array,
      source: LoginSource
    ) => Effect.Effect<void, Unauthorized | StoreUnavailable>
    /** The session if it is neither over nor idle for too long, by the database's clock, and notes that it is used. */
    readonly find: (tokenHash: Uint8Array) => Effect.Effect<Session | null, StoreUnavailable>
    readonly list: (accountId: string) => Effect.Effect<ReadonlyArray<OwnSession>, StoreUnavailable>
    /** Ends one of the user's sessions. */
    readonly end: (session: Session, id: string) => Effect.Effect<void, NotFound | StoreUnavailable>
    /** The session goes on under another token; all others of its user end. */
    readonly changePassword: (
      session: Session,
      passwordHash: string,
      tokenHash: Uint8Array
    ) => Effect.Effect<void, Conflict | StoreUnavailable>
    /** Notes logins that failed, by user name, since the last time. */
    readonly recordFailures: (failures: ReadonlyArray<FailedLogins>) => Effect.Effect<void, StoreUnavailable>
  }
>()("lumina/store/SessionStore") {}

export interface FailedLogins {
  readonly name: string
  readonly count: number
  /** Some of them. */
  readonly addresses: ReadonlyArray<string>
}

/** Users as stored: what a workspace's admins see and change of them. */
import { Context, type Effect } from "effect"
import type { Conflict, Forbidden, NotFound, StaleVersion } from "../../schema/Errors.ts"
import type { NewUser, Role, User } from "../../schema/User.ts"
import type { Expectation } from "../catalogue/Catalogue.ts"
import type { StoreUnavailable } from "../Journal.ts"
import type { Page, PageRequest } from "../queries/Page.ts"
import type { NameFilter } from "./AccessStore.ts"

/** A user in one workspace. Times in epoch milliseconds. */
export interface StoredUser extends User {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly createdAt: number
  readonly mustChangePassword: boolean
  readonly hasPassword: boolean
  readonly lastLoginAt: number | null
}

/**
 * Who changes users of which workspace. What a user is in all workspaces (display name, disabled, password) is for
 * `installation` admins to change once the user is in several: an admin of one must not take over what is another's.
 */
export interface Administrator {
  readonly workspaceNumber: number
  readonly actor: string
  readonly installation: boolean
}

/** A user as an identity provider knows them; `subject` is who they are there for ever. */
export interface ProvidedUser {
  readonly issuer: string
  readonly subject: string
  /** Login names for a user who is new, the first that is free. */
  readonly names: ReadonlyArray<string>
  readonly displayName: string
  /** By key of the workspace. */
  readonly roles: ReadonlyMap<string, Role>
}

export class UserStore extends Context.Service<
  UserStore,
  {
    readonly list: (
      workspaceNumber: number,
      query: PageRequest & { readonly name: NameFilter }
    ) => Effect.Effect<Page<StoredUser>, StoreUnavailable>
    readonly get: (workspaceNumber: number, id: string) => Effect.Effect<StoredUser, NotFound | StoreUnavailable>
    /** `isNew`: the user has the password; else the user was there, keeps their own, and is in this workspace now. */
    readonly create: (
      by: Administrator,
      user: NewUser,
      passwordHash: string
    ) => Effect.Effect<{ readonly user: StoredUser; readonly isNew: boolean }, Conflict | StoreUnavailable>
    /** Another role, or being disabled, ends the user's sessions. */
    readonly replace: (
      by: Administrator,
      id: string,
      user: User,
      expect: Expectation
    ) => Effect.Effect<StoredUser, Conflict | Forbidden | NotFound | StaleVersion | StoreUnavailable>
    /** From the workspace; who is in no other is gone. Their sessions end. */
    readonly remove: (
      by: Administrator,
      id: string,
      expect: Expectation
    ) => Effect.Effect<void, Conflict | NotFound | StaleVersion | StoreUnavailable>
    /** To a one-time password. The user's sessions end. */
    readonly resetPassword: (
      by: Administrator,
      id: string,
      passwordHash: string
    ) => Effect.Effect<StoredUser, Conflict | Forbidden | NotFound | StoreUnavailable>
    /**
     * The account of a provider's user, made where there is none, with the roles that the provider gives and no other.
     * Refused: who has no role or is disabled. Never the account of somebody with a password: a name proves nothing.
     */
    readonly fromProvider: (user: ProvidedUser) => Effect.Effect<string, Conflict | Forbidden | StoreUnavailable>
    /** Whether there is no user at all. */
    readonly isEmpty: Effect.Effect<boolean, StoreUnavailable>
    /** An admin of the installation, where there is no user at all; answers whether that was so. */
    readonly createFirst: (user: NewUser, passwordHash: string) => Effect.Effect<boolean, StoreUnavailable>
    /** Whether the user still has the one-time password that an admin, or the first start, gave them. */
    readonly hasOneTimePassword: (name: string) => Effect.Effect<boolean, StoreUnavailable>
  }
>()("lumina/store/UserStore") {}

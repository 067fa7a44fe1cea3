/** Hosts, their tokens, and API keys, as stored. Who may do what with them is `Access`. */
import { Context, type Effect } from "effect"
import type { ApiKey, Scope } from "../../schema/ApiKey.ts"
import type { Conflict, NotFound, StaleVersion } from "../../schema/Errors.ts"
import type { Expectation } from "../catalogue/Catalogue.ts"
import type { StoreUnavailable } from "../Journal.ts"
import type { Page, PageRequest } from "../queries/Page.ts"
import type { NewToken, TokenKind } from "./Token.ts"

/** What is known of a token besides its text. Times in epoch milliseconds. */
export interface TokenInfo {
  readonly id: string
  readonly createdAt: number
  /** Set when another token took over: until then both are good. */
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

export interface StoredHost {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly createdAt: number
  /** When a token of it was last used, also one that is gone. */
  readonly lastSeenAt: number | null
  readonly tokens: ReadonlyArray<TokenInfo>
}

/** `expiresAt`: from then on it is refused; null for never. */
export interface ExpiringApiKey extends ApiKey {
  readonly expiresAt: number | null
}

export interface StoredApiKey extends ExpiringApiKey {
  readonly id: string
  readonly version: number
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

/** What verifying a token needs. `hostName`: of a host's token. */
export interface TokenRecord {
  readonly id: string
  readonly kind: TokenKind
  readonly name: string
  readonly hostName: string | null
  readonly workspaceNumber: number
  readonly workspaceId: string
  readonly workspaceKey: string
  readonly scopes: ReadonlyArray<Scope>
  readonly hash: Uint8Array
  readonly expiresAt: number | null
}

export type NameFilter = ReadonlyArray<string> | null

export class AccessStore extends Context.Service<
  AccessStore,
  {
    /** Rises with every change of a token: as long as it stays, what was read of tokens still holds. */
    readonly version: Effect.Effect<number, StoreUnavailable>
    readonly find: (tokenId: string) => Effect.Effect<TokenRecord | null, StoreUnavailable>
    /** Notes when tokens were last used, by id. */
    readonly touch: (uses: ReadonlyMap<string, number>) => Effect.Effect<void, StoreUnavailable>

    readonly listHosts: (
      workspaceNumber: number,
      query: PageRequest & { readonly name: NameFilter }
    ) => Effect.Effect<Page<StoredHost>, StoreUnavailable>
    readonly getHost: (workspaceNumber: number, id: string) => Effect.Effect<StoredHost, NotFound | StoreUnavailable>
    readonly createHost: (
      workspaceNumber: number,
      actor: string,
      name: string,
      token: NewToken
    ) => Effect.Effect<StoredHost, Conflict | NotFound | StoreUnavailable>
    readonly renameHost: (
      workspaceNumber: number,
      actor: string,
      id: string,
      name: string,
      expect: Expectation
    ) => Effect.Effect<StoredHost, Conflict | NotFound | StaleVersion | StoreUnavailable>
    /** Its tokens go with it. */
    readonly deleteHost: (
      workspaceNumber: number,
      actor: string,
      id: string,
      expect: Expectation
    ) => Effect.Effect<void, NotFound | StaleVersion | StoreUnavailable>
    /** The new token is good at once; the newest of the others until the grace is over, all else is gone. */
    readonly rotateHostToken: (
      workspaceNumber: number,
      actor: string,
      id: string,
      token: NewToken,
      graceMillis: number
    ) => Effect.Effect<StoredHost, NotFound | StoreUnavailable>
    /** All tokens of the host are gone; `tokenId`: this one only. */
    readonly revokeHostTokens: (
      workspaceNumber: number,
      actor: string,
      id: string,
      tokenId: string | null
    ) => Effect.Effect<StoredHost, NotFound | StoreUnavailable>

    readonly listApiKeys: (
      workspaceNumber: number,
      query: PageRequest & { readonly name: NameFilter }
    ) => Effect.Effect<Page<StoredApiKey>, StoreUnavailable>
    readonly getApiKey: (
      workspaceNumber: number,
      id: string
    ) => Effect.Effect<StoredApiKey, NotFound | StoreUnavailable>
    readonly createApiKey: (
      workspaceNumber: number,
      actor: string,
      key: ExpiringApiKey,
      token: NewToken
    ) => Effect.Effect<StoredApiKey, StoreUnavailable>
    readonly replaceApiKey: (
      workspaceNumber: number,
      actor: string,
      id: string,
      key: ExpiringApiKey,
      expect: Expectation
    ) => Effect.Effect<StoredApiKey, NotFound | StaleVersion | StoreUnavailable>
    readonly deleteApiKey: (
      workspaceNumber: number,
      actor: string,
      id: string,
      expect: Expectation
    ) => Effect.Effect<void, NotFound | StaleVersion | StoreUnavailable>
    /** Creates the key unless the installation has any; answers whether it did. */
    readonly createFirstApiKey: (
      workspaceNumber: number,
      key: ExpiringApiKey,
      token: NewToken
    ) => Effect.Effect<boolean, StoreUnavailable>
  }
>()("lumina/store/AccessStore") {}

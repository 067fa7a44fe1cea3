/**
 * Who a request is from. Verified tokens are kept in memory; whether they still may be is one number of the store, read
 * at most every two seconds, so a revoked token is refused on every node within that time and a request costs no query.
 */
import { Clock, Context, Effect, Layer, Option, Redacted, Schedule, Semaphore } from "effect"
import { limits } from "../../limits.ts"
import { allows, type Scope } from "../../schema/ApiKey.ts"
import {
  type Forbidden,
  forbidden,
  type NotFound,
  notFound,
  type Unauthorized,
  unauthorized
} from "../../schema/Errors.ts"
import { DEFAULT_WORKSPACE_KEY } from "../../schema/Workspace.ts"
import { Catalogue, type StoredWorkspace } from "../catalogue/Catalogue.ts"
import type { StoreUnavailable } from "../Journal.ts"
import { AccessStore, type TokenRecord } from "./AccessStore.ts"
import { hashToken, isSameHash, tokenId } from "./Token.ts"

const FLUSH_USES = "30 seconds"
/** Of a bootstrap token; with its scheme that is all an `Authorization` can hold. */
const LONGEST_TOKEN = 256

export interface Identity {
  readonly workspaceNumber: number
  readonly workspaceId: string
  readonly workspaceKey: string
  /** Of the token, or of the session. */
  readonly tokenId: string
  readonly kind: "host" | "api-key" | "bootstrap" | "user"
  /** For audit rows and timelines: `user:maria`, `api-key:ci`, `host:web-1`, `bootstrap`. */
  readonly actor: string
  /** The one host whose points a host's token may push; null where it is not bound to one. */
  readonly hostName: string | null
  readonly scopes: ReadonlyArray<Scope>
  /** May name other workspaces: an admin of the default one, key or user, administers the installation. */
  readonly installation: boolean
}

export class Access extends Context.Service<
  Access,
  {
    /** `authorization`: the header as it came. */
    readonly verify: (authorization: string | undefined) => Effect.Effect<Identity, Unauthorized | StoreUnavailable>
    /** The identity in the workspace that the header `Lumina-Workspace` names; without it, the token's own. */
    readonly enter: (
      identity: Identity,
      workspaceKey: string | undefined
    ) => Effect.Effect<Identity, Forbidden | NotFound | StoreUnavailable>
  }
>()("lumina/store/Access") {}

/** `bootstrapToken` (LUMINA_BOOTSTRAP_TOKEN) is an admin key as long as it is configured; it is stored nowhere. */
export const layer = (options: { readonly bootstrapToken: Option.Option<Redacted.Redacted> }) =>
  Layer.effect(
    Access,
    Effect.gen(function* () {
      const catalogue = yield* Catalogue
      const bootstrapHash = Option.map(options.bootstrapToken, (token) => hashUtf8(Redacted.value(token)))
      const { current, find, noteUse } = yield* makeTokens
      // Number, id and key of a workspace never change; that one has gone raises the version, as tokens that go do.
      const known = new Map<string, StoredWorkspace>()
      let knownAt = -1

      const workspaceOf = Effect.fnUntraced(function* (key: string) {
        if (!known.has(key)) for (const workspace of yield* catalogue.workspaces) known.set(workspace.key, workspace)
        return known.get(key)
      })

      const bootstrap = Effect.flatMap(workspaceOf(DEFAULT_WORKSPACE_KEY), (first) =>
        first === undefined ? unauthorized() : Effect.succeed(bootstrapIdentity(first))
      )

      const verify = Effect.fnUntraced(function* (authorization: string | undefined) {
        const text = bearerOf(authorization)
        if (text === null) return yield* unauthorized()
        const hash = hashToken(text)
        if (Option.isSome(bootstrapHash) && isSameHash(hash, bootstrapHash.value)) return yield* bootstrap
        const id = tokenId(text)
        if (id === null) return yield* unauthorized()
        const now = yield* Clock.currentTimeMillis
        const record = yield* find(id)
        if (record === null || !isSameHash(hash, record.hash) || hasExpired(record, now)) return yield* unauthorized()
        noteUse(id, now)
        return identityOf(record)
      })

      const enter = Effect.fnUntraced(function* (identity: Identity, workspaceKey: string | undefined) {
        if (!workspaceKey || workspaceKey === identity.workspaceKey) return identity
        if (!identity.installation) return yield* forbidden("this token belongs to another workspace")
        const version = yield* current
        if (version !== knownAt) known.clear()
        knownAt = version
        const workspace = yield* workspaceOf(workspaceKey)
        return workspace === undefined ? yield* notFound("workspace") : { ...identity, ...placeOf(workspace) }
      })

      return Access.of({ verify, enter })
    })
  )

/** Records of tokens, from memory where the store has not changed since. */
const makeTokens = Effect.gen(function* () {
  const store = yield* AccessStore
  const lock = yield* Semaphore.make(1)
  const cache = new Map<string, TokenRecord | null>()
  const uses = new Map<string, number>()
  let version = -1
  let checkedAt = Number.NEGATIVE_INFINITY

  const isFresh = (now: number) => now >= checkedAt && now - checkedAt < limits.tokenCheckMillis

  const check = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (isFresh(now)) return
    const current = yield* store.version
    if (current !== version) cache.clear()
    version = current
    checkedAt = now
  }).pipe(lock.withPermits(1))

  const current = Effect.gen(function* () {
    if (!isFresh(yield* Clock.currentTimeMillis)) yield* check
    return version
  })

  const find = Effect.fnUntraced(function* (id: string) {
    yield* current
    const known = cache.get(id)
    if (known !== undefined) return known
    const before = version
    const record = yield* store.find(id)
    // Read under an older version it may be gone already: good for this request, not for later ones.
    if (before === version) {
      if (cache.size >= limits.tokensCached) cache.delete(cache.keys().next().value!)
      cache.set(id, record)
    }
    return record
  })

  const noteUse = (id: string, now: number): void => {
    if (uses.size < limits.tokensCached || uses.has(id)) uses.set(id, now)
  }

  yield* Effect.suspend(() => {
    if (uses.size === 0) return Effect.void
    const batch = new Map(uses)
    uses.clear()
    return store.touch(batch)
  }).pipe(
    Effect.catchCause((cause) => Effect.logDebug("the use of tokens could not be noted", cause)),
    Effect.repeat(Schedule.spaced(FLUSH_USES)),
    Effect.forkScoped
  )

  return { current, find, noteUse }
})

const BOOTSTRAP_ID = "bootstrap"

const bearerOf = (authorization: string | undefined): string | null => {
  if (authorization === undefined || authorization.length > LONGEST_TOKEN + 16) return null
  return /^bearer +(\S.*)$/i.exec(authorization)?.[1] ?? null
}

/** A configured token is text; what arrives in a header is its bytes. */
const hashUtf8 = (text: string): Uint8Array => hashToken(Buffer.from(text, "utf8").toString("latin1"))

const hasExpired = ({ expiresAt }: TokenRecord, now: number): boolean => expiresAt !== null && expiresAt <= now

const placeOf = ({ id, key, number }: StoredWorkspace) => ({
  workspaceNumber: number,
  workspaceId: id,
  workspaceKey: key
})

const bootstrapIdentity = (workspace: StoredWorkspace): Identity => ({
  ...placeOf(workspace),
  tokenId: BOOTSTRAP_ID,
  kind: "bootstrap",
  actor: "bootstrap",
  hostName: null,
  scopes: ["admin"],
  installation: true
})

const identityOf = (record: TokenRecord): Identity => ({
  workspaceNumber: record.workspaceNumber,
  workspaceId: record.workspaceId,
  workspaceKey: record.workspaceKey,
  tokenId: record.id,
  kind: record.kind,
  actor: `${record.kind}:${record.name}`,
  hostName: record.hostName,
  scopes: record.scopes,
  installation: record.workspaceKey === DEFAULT_WORKSPACE_KEY && allows(record.scopes, "admin")
})

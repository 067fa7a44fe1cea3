/** What a new installation needs for somebody to get in: an admin to log in as, and an admin key (O7). */
import { Effect, Option, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { DEFAULT_WORKSPACE_KEY } from "../../schema/Workspace.ts"
import { Catalogue } from "../catalogue/Catalogue.ts"
import { AccessStore } from "./AccessStore.ts"
import { oneTimePassword, Passwords } from "./Passwords.ts"
import { newToken } from "./Token.ts"
import { UserStore } from "./Users.ts"

/**
 * An installation that has no API key gets one for its admin. Answers its text, which is nowhere else: print it, and
 * keep it where only the owner reads.
 */
export const ensureFirstKey = Effect.gen(function* () {
  const store = yield* AccessStore
  const catalogue = yield* Catalogue
  const first = (yield* catalogue.workspaces).find(({ key }) => key === DEFAULT_WORKSPACE_KEY)
  if (first === undefined) return Option.none<Redacted.Redacted>()
  const token = yield* newToken("api-key")
  const key = { name: "first admin key", scopes: ["admin"], expiresAt: null } as const
  const isCreated = yield* store.createFirstApiKey(first.number, key, token)
  return isCreated ? Option.some(Redacted.make(token.text)) : Option.none()
}).pipe(Effect.provide(SecureRandom.layerWebCrypto))

export const FIRST_USER = "admin"

/** An installation that has no user gets an admin. Answers the one-time password, which is nowhere else. */
export const ensureFirstUser = Effect.gen(function* () {
  const store = yield* UserStore
  if (!(yield* store.isEmpty)) return Option.none()
  const passwords = yield* Passwords
  const password = yield* oneTimePassword
  const user = { name: FIRST_USER, displayName: "Administrator", role: "admin" } as const
  const isCreated = yield* store.createFirst(user, yield* passwords.hash(password))
  return isCreated ? Option.some(Redacted.make(password)) : Option.none()
}).pipe(Effect.provide([Passwords.layer, SecureRandom.layerWebCrypto]))

/**
 * Login with an OpenID Connect provider: authorization code with PKCE, state and nonce. The protocol is that of
 * openid-client; here is what of its answers the hub makes use of.
 */
import { createHash } from "node:crypto"
import { Data, Effect, Exit, Option, Redacted, Schema } from "effect"
import * as client from "openid-client"
import type { OidcConfig } from "../../config.ts"
import { limits } from "../../limits.ts"
import type { ProvidedUser } from "../../store/access/Users.ts"

export const OIDC_PATH = "/api/session/oidc"
export const OIDC_CALLBACK_PATH = `${OIDC_PATH}/callback`

/** What the browser keeps while it is at the provider. */
export const OidcFlow = Schema.Struct({
  state: Schema.String,
  nonce: Schema.String,
  verifier: Schema.String,
  returnTo: Schema.String
})
export type OidcFlow = typeof OidcFlow.Type

/** `unavailable`: the provider does not answer; `failed`: it did, and what it said is no login. */
export class OidcError extends Data.TaggedError("OidcError")<{
  readonly reason: "unavailable" | "failed"
  readonly message: string
}> {}

export const makeOidc = Effect.fnUntraced(function* (config: OidcConfig) {
  const redirectUri = new URL(OIDC_CALLBACK_PATH, config.publicUrl).href
  /**
   * Asked when it is needed first, since the hub starts without its provider: once for all who wait for it, and again
   * until it has answered.
   */
  const discovered = yield* Effect.cachedWithTTL(
    asked(() => discover(config)),
    (exit) => (Exit.isSuccess(exit) ? Number.POSITIVE_INFINITY : limits.oidcRetryMillis)
  )

  return {
    /** Where the browser goes, and what it must bring back. */
    begin: Effect.fnUntraced(function* (returnTo: string) {
      const server = yield* discovered
      const verifier = client.randomPKCECodeVerifier()
      const flow: OidcFlow = { state: client.randomState(), nonce: client.randomNonce(), verifier, returnTo }
      const url = client.buildAuthorizationUrl(server, {
        redirect_uri: redirectUri,
        scope: config.scopes,
        state: flow.state,
        nonce: flow.nonce,
        code_challenge: yield* Effect.promise(() => client.calculatePKCECodeChallenge(verifier)),
        code_challenge_method: "S256"
      })
      return { url: url.href, flow }
    }),

    /** Who the provider says that it is; `query`: of the address that it sent the browser to. */
    finish: Effect.fnUntraced(function* (query: string, { nonce, state, verifier }: OidcFlow) {
      const server = yield* discovered
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
      const tokens = yield* asked(() =>
        client.authorizationCodeGrant(server, new URL(`${redirectUri}${query}`), checks)
      )
      return providedUser(config, tokens.claims() ?? {})
    })
  }
})

const discover = ({ clientId, clientSecret, issuer }: OidcConfig) =>
  client.discovery(
    new URL(issuer),
    clientId,
    Option.match(clientSecret, { onNone: () => undefined, onSome: Redacted.value }),
    Option.isNone(clientSecret) ? client.None() : undefined,
    {
      timeout: limits.oidcTimeoutMillis / 1_000,
      // The signature of ID tokens counts, too, though they come from the provider itself.
      execute: [
        client.enableNonRepudiationChecks,
        ...(issuer.startsWith("http:") ? [client.allowInsecureRequests] : [])
      ]
    }
  )

const asked = <A>(ask: () => Promise<A>): Effect.Effect<A, OidcError> =>
  Effect.tryPromise({
    try: ask,
    catch: (cause) => {
      const error = cause as Error & { readonly code?: string; readonly error?: string }
      const reasons = [error.message, error.error, error.cause instanceof Error ? error.cause.message : undefined]
      return new OidcError({
        reason: error.code === undefined || AWAY.has(error.code) ? "unavailable" : "failed",
        message: reasons.filter((reason) => reason !== undefined).join(": ")
      })
    }
  })

/** What openid-client calls an answer that is none of the protocol; a connection that fails has no code. */
const AWAY: ReadonlySet<string> = new Set(["OAUTH_TIMEOUT", "OAUTH_ABORT", "OAUTH_RESPONSE_IS_NOT_CONFORM"])

type Claims = { readonly [name: string]: unknown }

const providedUser = (config: OidcConfig, claims: Claims): ProvidedUser => {
  const texts = (name: string) => (typeof claims[name] === "string" && claims[name] !== "" ? [claims[name]] : [])
  const subject = texts("sub")[0] ?? ""
  const login = [...texts("preferred_username"), ...texts("email"), subject][0]!
  const display = [...texts("name"), login].map((text) => text.replace(/[\p{Cc}\p{Cs}]/gu, "").slice(0, 255))
  return {
    issuer: config.issuer,
    subject,
    names: userNames(login, `${config.issuer}\n${subject}`),
    displayName: display.find((text) => /\S/u.test(text)) ?? "unnamed",
    roles: rolesOf(config, claims[config.roleClaim])
  }
}

/** The name that is asked for, as far as it may be one; and, should somebody have it, one that nobody else has. */
const userNames = (login: string, identity: string): ReadonlyArray<string> => {
  const plain = login
    .toLowerCase()
    .replace(/[^a-z0-9._@+-]/g, "-")
    .replace(/^[^a-z0-9]+/, "")
  const name = plain === "" ? "user" : plain
  const unique = createHash("sha256").update(identity).digest("hex").slice(0, 12)
  return [name.slice(0, 64), `${name.slice(0, 51)}-${unique}`]
}

const RANK = ["viewer", "operator", "admin"] as const

/** Of several roles in one workspace the highest. */
const rolesOf = ({ roles }: OidcConfig, claim: unknown): ProvidedUser["roles"] => {
  const values = new Set<unknown>([claim].flat())
  const best = new Map<string, (typeof RANK)[number]>()
  for (const { role, value, workspace } of roles) {
    if (value !== "*" && !values.has(value)) continue
    const before = best.get(workspace)
    if (before === undefined || RANK.indexOf(role) > RANK.indexOf(before)) best.set(workspace, role)
  }
  return best
}

/** The two addresses of a login with an identity provider; browsers are sent there, so they answer with redirects. */
import type { IncomingMessage } from "node:http"
import { Effect, Layer, Option, Schema } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { LuminaConfig } from "../../config.ts"
import type { Conflict, Forbidden, Unauthorized } from "../../schema/Errors.ts"
import { type LoginSource, SessionStore } from "../../store/access/Sessions.ts"
import { type ProvidedUser, UserStore } from "../../store/access/Users.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { takesOnly } from "../Faults.ts"
import { incomingOf } from "../Incoming.ts"
import { Authentication } from "./Authentication.ts"
import {
  clearFlowCookie,
  cookieOf,
  FLOW_COOKIE,
  hashSessionToken,
  newSessionToken,
  setFlowCookie,
  setSessionCookie
} from "./Cookies.ts"
import { sourceOf } from "./Logins.ts"
import { makeOidc, OIDC_CALLBACK_PATH, OIDC_PATH, OidcError, OidcFlow } from "./Oidc.ts"

const serve = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const { oidc: config } = yield* LuminaConfig
    if (Option.isNone(config)) return
    const provider = yield* makeOidc(config.value)
    const { client } = yield* Authentication
    const enter = yield* makeEnter

    const begin = Effect.fnUntraced(function* (request: IncomingMessage) {
      const { flow, url } = yield* provider.begin(returnToOf(urlOf(request).searchParams.get("returnTo")))
      yield* setFlowCookie(encodeFlow(flow), client(request))
      return HttpServerResponse.redirect(url)
    }, toLoginPage)

    const finish = Effect.fnUntraced(function* (request: IncomingMessage) {
      yield* clearFlowCookie(client(request))
      const flow = decodeFlow(cookieOf(request.headers.cookie, FLOW_COOKIE) ?? "")
      if (Option.isNone(flow)) {
        return yield* new OidcError({ reason: "failed", message: "the browser did not begin here, or took too long" })
      }
      const user = yield* provider.finish(urlOf(request).search, flow.value)
      const token = yield* enter(user, sourceOf(request, client(request)))
      yield* setSessionCookie(token, client(request))
      // The cookie may be somebody else's work.
      return HttpServerResponse.redirect(returnToOf(flow.value.returnTo))
    }, toLoginPage)

    for (const [path, answer] of [
      [OIDC_PATH, begin],
      [OIDC_CALLBACK_PATH, finish]
    ] as const) {
      yield* router.add("GET", path, (request) => answer(incomingOf(request)))
    }
  })
)

export const OidcRoutes = Layer.mergeAll(
  serve,
  ...[OIDC_PATH, OIDC_CALLBACK_PATH].map((path) => takesOnly(path, ["GET"]))
).pipe(Layer.provide(SecureRandom.layerWebCrypto))

/** Begins a session of the user that the provider has told of; answers its token. */
const makeEnter = Effect.gen(function* () {
  const users = yield* UserStore
  const sessions = yield* SessionStore
  const random = yield* SecureRandom.SecureRandom
  return Effect.fnUntraced(
    function* (user: ProvidedUser, source: LoginSource) {
      const accountId = yield* users.fromProvider(user)
      const token = yield* newSessionToken
      yield* sessions.create({ accountId, passwordHash: null }, hashSessionToken(token), source)
      return token
    },
    Effect.provideService(SecureRandom.SecureRandom, random)
  )
})

/** Where the dashboard says what went wrong: `?error=oidc_unavailable`, `oidc_failed` or `oidc_refused`. */
const LOGIN_PAGE = "/login"

function toLoginPage<R>(
  login: Effect.Effect<
    HttpServerResponse.HttpServerResponse,
    OidcError | Conflict | Forbidden | Unauthorized | StoreUnavailable,
    R
  >
) {
  return Effect.catch(login, (error) => {
    const [reason, message] =
      error._tag === "OidcError"
        ? [error.reason, error.message]
        : error._tag === "StoreUnavailable"
          ? (["unavailable", error.message] as const)
          : (["refused", error.error.message] as const)
    // Anybody can make a login fail, as often as they like: no warning.
    const log = reason === "unavailable" ? Effect.logWarning : Effect.logInfo
    return Effect.as(
      log(`login with the identity provider ${reason}: ${message}`),
      HttpServerResponse.redirect(`${LOGIN_PAGE}?error=oidc_${reason}`)
    )
  })
}

const urlOf = ({ url = "" }: IncomingMessage): URL => new URL(url, "http://hub")

/** A page of the dashboard, and of nobody else. */
const returnToOf = (path: string | null): string =>
  path !== null && path.length <= 2_000 && /^\/(?![/\\])[!-~]*$/.test(path) ? path : "/"

const FlowText = Schema.fromJsonString(OidcFlow)

const encodeFlow = (flow: OidcFlow): string => Buffer.from(JSON.stringify(flow)).toString("base64url")

const decodeFlow = (text: string): Option.Option<OidcFlow> =>
  Schema.decodeUnknownOption(FlowText)(Buffer.from(text, "base64url").toString("utf8"))

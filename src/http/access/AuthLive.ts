import { Context, Effect, Layer } from "effect"
import type { HttpApiEndpoint } from "effect/http-api"
import { allows, type Scope } from "../../schema/ApiKey.ts"
import { forbidden } from "../../schema/Errors.ts"
import { Authorization, CurrentIdentity, CurrentSession, NeededScope, SessionAuthorization } from "../api/Auth.ts"
import { answering } from "../handlers/Answer.ts"
import { incoming } from "../Incoming.ts"
import { Authentication, type Purpose } from "./Authentication.ts"

const ByIdentity = Layer.effect(
  Authorization,
  Effect.gen(function* () {
    const { identify } = yield* Authentication
    return Authorization.of({
      token: Effect.fnUntraced(function* (handler, { endpoint }) {
        const request = yield* incoming
        const workspace = request.headers["lumina-workspace"] as string | undefined
        const identity = yield* answering(identify(request, purposeOf(endpoint), workspace))
        const scope = neededScope(endpoint)
        if (!allows(identity.scopes, scope)) return yield* forbidden(lacking(identity.kind, scope))
        return yield* Effect.provideService(handler, CurrentIdentity, identity)
      })
    })
  })
)

const BySession = Layer.effect(
  SessionAuthorization,
  Effect.gen(function* () {
    const authentication = yield* Authentication
    return SessionAuthorization.of({
      session: Effect.fnUntraced(function* (handler, { endpoint }) {
        const request = yield* incoming
        const session = yield* answering(authentication.session(request, purposeOf(endpoint)))
        return yield* Effect.provideService(handler, CurrentSession, session)
      })
    })
  })
)

export const AuthorizationLive = Layer.merge(ByIdentity, BySession)

const purposeOf = ({ method }: HttpApiEndpoint.Top): Purpose => (method === "GET" ? "read" : "change")

const neededScope = (endpoint: HttpApiEndpoint.Top): Scope =>
  Context.getOrUndefined(endpoint.annotations, NeededScope) ?? (endpoint.method === "GET" ? "read" : "write")

const lacking = (kind: string, scope: Scope): string =>
  kind === "user" ? `your role does not have the scope "${scope}"` : `this needs a token with the scope "${scope}"`

import { Context, Effect, Layer } from "effect"
import { HttpServerRequest } from "effect/http"
import type { HttpApiEndpoint } from "effect/http-api"
import { allows, type Scope } from "../schema/ApiKey.ts"
import { forbidden } from "../schema/Errors.ts"
import { Access } from "../store/Access.ts"
import { Authorization, CurrentIdentity, NeededScope } from "./Auth.ts"
import { answering } from "./handlers/Answer.ts"

export const AuthorizationLive = Layer.effect(
  Authorization,
  Effect.gen(function* () {
    const access = yield* Access
    return Authorization.of({
      token: Effect.fnUntraced(function* (handler, { endpoint }) {
        const { headers } = yield* HttpServerRequest.HttpServerRequest
        const identity = yield* answering(
          Effect.flatMap(access.verify(headers.authorization), (identity) =>
            access.enter(identity, headers["lumina-workspace"])
          )
        )
        const scope = neededScope(endpoint)
        if (!allows(identity.scopes, scope)) return yield* forbidden(`this needs a token with the scope "${scope}"`)
        return yield* Effect.provideService(handler, CurrentIdentity, identity)
      })
    })
  })
)

const neededScope = (endpoint: HttpApiEndpoint.Top): Scope =>
  Context.getOrUndefined(endpoint.annotations, NeededScope) ?? (endpoint.method === "GET" ? "read" : "write")

import { Clock, Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpApiBuilder } from "effect/http-api"
import { invalid } from "../../schema/Errors.ts"
import { AccessStore } from "../../store/access/AccessStore.ts"
import { newToken } from "../../store/access/Token.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage, pageRequest } from "../api/List.ts"
import { expectationOf, withVersion } from "../api/Version.ts"
import { answering } from "./Answer.ts"

export const ApiKeysHandlers = HttpApiBuilder.group(
  Api,
  "api-keys",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* AccessStore
    const token = Effect.provideService(
      newToken("api-key"),
      SecureRandom.SecureRandom,
      yield* SecureRandom.SecureRandom
    )

    return handlers
      .handle("list", ({ query: { name = null, ...page } }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          return answerPage(yield* store.listApiKeys(workspaceNumber, { ...pageRequest(page), name }), (key) => key)
        }).pipe(answering)
      )
      .handle("create", ({ payload }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          const { expiresAt = null } = payload
          if (expiresAt !== null && expiresAt <= (yield* Clock.currentTimeMillis)) {
            return yield* invalid([{ field: "expiresAt", reason: "must be in the future" }])
          }
          const secret = yield* token
          const key = yield* store.createApiKey(workspaceNumber, actor, { ...payload, expiresAt }, secret)
          return withVersion({ ...key, key: secret.text })
        }).pipe(answering)
      )
      .handle("get", ({ params }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          return withVersion(yield* store.getApiKey(workspaceNumber, params.id))
        }).pipe(answering)
      )
      .handle("replace", ({ headers, params, payload }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          const key = { ...payload, expiresAt: payload.expiresAt ?? null }
          return withVersion(yield* store.replaceApiKey(workspaceNumber, actor, params.id, key, expectationOf(headers)))
        }).pipe(answering)
      )
      .handle("remove", ({ headers, params }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          yield* store.deleteApiKey(workspaceNumber, actor, params.id, expectationOf(headers))
        }).pipe(answering)
      )
  })
)

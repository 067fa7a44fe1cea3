import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpApiBuilder } from "effect/http-api"
import { oneTimePassword, Passwords } from "../../store/access/Passwords.ts"
import { UserStore } from "../../store/access/Users.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage, pageRequest } from "../api/List.ts"
import { expectationOf, withVersion } from "../api/Version.ts"
import { answering } from "./Answer.ts"

export const UsersHandlers = HttpApiBuilder.group(
  Api,
  "users",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* UserStore
    const passwords = yield* Passwords
    const newPassword = Effect.provideService(
      oneTimePassword,
      SecureRandom.SecureRandom,
      yield* SecureRandom.SecureRandom
    )

    return handlers
      .handle("list", ({ query: { name = null, ...page } }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          return answerPage(yield* store.list(workspaceNumber, { ...pageRequest(page), name }), (user) => user)
        }).pipe(answering)
      )
      .handle("create", ({ payload }) =>
        Effect.gen(function* () {
          const by = yield* CurrentIdentity
          const password = yield* newPassword
          const { isNew, user } = yield* store.create(by, payload, yield* passwords.hash(password))
          return withVersion({ ...user, password: isNew ? password : null })
        }).pipe(answering)
      )
      .handle("get", ({ params }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          return withVersion(yield* store.get(workspaceNumber, params.id))
        }).pipe(answering)
      )
      .handle("replace", ({ headers, params, payload }) =>
        Effect.gen(function* () {
          const by = yield* CurrentIdentity
          return withVersion(yield* store.replace(by, params.id, payload, expectationOf(headers)))
        }).pipe(answering)
      )
      .handle("remove", ({ headers, params }) =>
        Effect.gen(function* () {
          const by = yield* CurrentIdentity
          yield* store.remove(by, params.id, expectationOf(headers))
        }).pipe(answering)
      )
      .handle("resetPassword", ({ params }) =>
        Effect.gen(function* () {
          const by = yield* CurrentIdentity
          // Before a hash is computed for nobody: that takes one of the places where logins are checked.
          yield* store.get(by.workspaceNumber, params.id)
          const password = yield* newPassword
          const user = yield* store.resetPassword(by, params.id, yield* passwords.hash(password))
          return withVersion({ ...user, password })
        }).pipe(answering)
      )
  })
)

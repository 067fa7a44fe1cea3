import { Effect, identity } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpApiBuilder } from "effect/http-api"
import { type Duration, durationMillis } from "../../schema/Duration.ts"
import { invalid } from "../../schema/Errors.ts"
import { AccessStore } from "../../store/access/AccessStore.ts"
import { newToken } from "../../store/access/Token.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage, pageRequest } from "../api/List.ts"
import { expectationOf, withVersion } from "../api/Version.ts"
import { answering } from "./Answer.ts"

/** A day to reconfigure a host by hand; a week at most, since two good tokens are twice the risk. */
const DEFAULT_GRACE: Duration = "1d"
const LONGEST_GRACE: Duration = "7d"

export const HostsHandlers = HttpApiBuilder.group(
  Api,
  "hosts",
  Effect.fnUntraced(function* (handlers) {
    const store = yield* AccessStore
    const token = Effect.provideService(newToken("host"), SecureRandom.SecureRandom, yield* SecureRandom.SecureRandom)

    return handlers
      .handle("list", ({ query: { name = null, ...page } }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          return answerPage(yield* store.listHosts(workspaceNumber, { ...pageRequest(page), name }), identity)
        }).pipe(answering)
      )
      .handle("create", ({ payload: { name } }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          const { text, ...secret } = yield* token
          const host = yield* store.createHost(workspaceNumber, actor, name, { ...secret, text })
          return withVersion({ ...host, token: text })
        }).pipe(answering, Effect.catchTag("NotFound", Effect.die))
      )
      .handle("get", ({ params }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          return withVersion(yield* store.getHost(workspaceNumber, params.id))
        }).pipe(answering)
      )
      .handle("replace", ({ headers, params, payload: { name } }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          const expect = expectationOf(headers)
          return withVersion(yield* store.renameHost(workspaceNumber, actor, params.id, name, expect))
        }).pipe(answering)
      )
      .handle("remove", ({ headers, params }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          yield* store.deleteHost(workspaceNumber, actor, params.id, expectationOf(headers))
        }).pipe(answering)
      )
      .handle("rotate", ({ params, payload }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          const graceMillis = durationMillis(payload?.grace ?? DEFAULT_GRACE)
          if (graceMillis > durationMillis(LONGEST_GRACE)) {
            return yield* invalid([{ field: "grace", reason: `must be at most ${LONGEST_GRACE}` }])
          }
          const secret = yield* token
          const host = yield* store.rotateHostToken(workspaceNumber, actor, params.id, secret, graceMillis)
          return withVersion({ ...host, token: secret.text })
        }).pipe(answering)
      )
      .handle("revoke", ({ params, payload }) =>
        Effect.gen(function* () {
          const { actor, workspaceNumber } = yield* CurrentIdentity
          const tokenId = payload?.tokenId ?? null
          return withVersion(yield* store.revokeHostTokens(workspaceNumber, actor, params.id, tokenId))
        }).pipe(answering)
      )
  })
)

/** `POST /v1/metrics` over HTTP (I1): a plain route, since a batch must cost little but its points. */
import type { IncomingMessage } from "node:http"
import { Effect, Layer } from "effect"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { limits } from "../../limits.ts"
import { Access } from "../../store/access/Access.ts"
import { takesOnly } from "../Faults.ts"
import { incomingOf } from "../Incoming.ts"
import { authorize, credentialsOf } from "./Authorize.ts"
import { readBody } from "./Body.ts"
import { IngestBudget } from "./Budget.ts"
import { countRefused } from "./Counters.ts"
import { type Answer, Push } from "./Push.ts"
import { RequestError, toResponse } from "./RequestError.ts"

const PATH = "/v1/metrics"

const push = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const access = yield* Access
    const { push } = yield* Push
    const budget = yield* IngestBudget

    const answer = Effect.fnUntraced(
      function* (request: IncomingMessage) {
        const identity = yield* authorize(access, credentialsOf(request.headers), "ingest")
        const key = yield* idempotencyKeyOf(request)
        const body = yield* readBody(request, budget)
        return answerResponse(yield* push(identity, body, key))
      },
      Effect.catch((error) => Effect.as(countRefused("request", error.code), toResponse(error)))
    )
    yield* router.add("POST", PATH, (request) => answer(incomingOf(request)))
  })
)

export const route = Layer.mergeAll(push, takesOnly(PATH, ["POST"]))

const idempotencyKeyOf = ({ headers }: IncomingMessage): Effect.Effect<string | undefined, RequestError> => {
  const key = headers["idempotency-key"] as string | undefined
  return key === undefined || (key.length > 0 && key.length <= limits.idempotencyKeyCharacters)
    ? Effect.succeed(key)
    : keyInvalid
}

const keyInvalid = new RequestError({
  code: "invalid_query",
  message: `Idempotency-Key must have 1 to ${limits.idempotencyKeyCharacters} characters`
})

const answerResponse = ({ accepted, rejected, isDuplicate }: Answer): HttpServerResponse.HttpServerResponse => {
  const duplicate = isDuplicate ? ',"duplicate":true' : ""
  const body = `{"accepted":${accepted},"rejected":${rejected ?? "[]"}${duplicate}}`
  return HttpServerResponse.text(body, { status: accepted > 0 ? 202 : 400, contentType: "application/json" })
}

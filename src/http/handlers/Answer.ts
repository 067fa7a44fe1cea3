/** What all handlers share. */
import { Effect } from "effect"
import { HttpServerRequest } from "effect/http"
import type { Partitions, Unavailable } from "../../actors/partition/Partitions.ts"
import { limits } from "../../limits.ts"
import { type ServiceUnavailable, serviceUnavailable } from "../../schema/Errors.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"

type Trouble = StoreUnavailable | Unavailable

/** The hub's own trouble as an answer: 503 and when to come back. */
export const answering = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, Exclude<E, Trouble> | ServiceUnavailable, R> =>
  Effect.mapError(effect, (error) => {
    if (!isTrouble(error)) return error as Exclude<E, Trouble>
    const millis = error._tag === "Unavailable" ? error.retryAfterMillis : limits.retryAfterMillis
    return serviceUnavailable(seconds(millis), "the hub cannot answer now: ask again later")
  })

const isTrouble = (error: unknown): error is Trouble =>
  typeof error === "object" &&
  error !== null &&
  "_tag" in error &&
  (error._tag === "StoreUnavailable" || error._tag === "Unavailable")

/** Answers once every partition has journalled the change: every point sent after the answer is judged by it (D11). */
export const inForce = (partitions: Partitions["Service"], version: number) =>
  Effect.mapError(partitions.refresh(version), ({ retryAfterMillis }) =>
    serviceUnavailable(
      seconds(retryAfterMillis),
      "the change is stored and not in force everywhere yet: send it again to be told when it is"
    )
  )

/**
 * The body as JSON, for documents that have a validator of their own; that it is JSON has been checked. Fields that
 * answers add are dropped: who changes what was read puts it back whole.
 */
export const jsonBody = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  const text = yield* Effect.orDie(request.text)
  return withoutAnswerFields(text === "" ? null : JSON.parse(text))
})

const ANSWER_FIELDS: ReadonlyArray<string> = ["id", "version", "createdAt", "updatedAt", "dataStatus", "receivedAt"]

const withoutAnswerFields = (document: unknown): unknown =>
  typeof document === "object" && document !== null && !Array.isArray(document)
    ? Object.fromEntries(Object.entries(document).filter(([name]) => !ANSWER_FIELDS.includes(name)))
    : document

const seconds = (millis: number): number => Math.max(1, Math.ceil(millis / 1_000))

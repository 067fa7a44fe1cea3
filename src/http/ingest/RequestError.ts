/** Refusals of whole requests, the same over HTTP, in answers to an upgrade, and in frames of the stream. */
import { Data, Effect, Random } from "effect"
import { HttpServerResponse } from "effect/http"
import type { Unavailable } from "../../actors/partition/Partitions.ts"
import { limits } from "../../limits.ts"
import { type RequestCode, requestCodes } from "../../schema/Codes.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"

/**
 * Nothing of the request was kept. With `retryAfterMillis` it may be sent again after that time, else not unchanged.
 */
export class RequestError extends Data.TaggedError("RequestError")<{
  readonly code: RequestCode
  readonly message: string
  readonly retryAfterMillis?: number
}> {
  get status(): number {
    return requestCodes[this.code].status
  }

  get headers(): Record<string, string> {
    const { retryAfterSeconds } = this
    return retryAfterSeconds === null ? {} : { "retry-after": String(retryAfterSeconds) }
  }

  get body(): string {
    const { code, message, retryAfterSeconds } = this
    const details = retryAfterSeconds === null ? null : { retryAfterSeconds }
    return JSON.stringify({ error: { code, message, details } })
  }

  get retryAfterSeconds(): number | null {
    return this.retryAfterMillis === undefined ? null : Math.ceil(this.retryAfterMillis / 1000)
  }
}

export const toResponse = (error: RequestError): HttpServerResponse.HttpServerResponse =>
  HttpServerResponse.text(error.body, { status: error.status, headers: error.headers, contentType: "application/json" })

/** The hub's own trouble. Senders that were refused together are told different times, so as not to return together. */
export const unavailable = (error: Unavailable | StoreUnavailable): Effect.Effect<never, RequestError> => {
  const atLeast = error._tag === "Unavailable" ? error.retryAfterMillis : limits.retryAfterMillis
  return Effect.flatMap(
    Random.next,
    (random) =>
      new RequestError({
        code: "unavailable",
        message: error.message,
        retryAfterMillis: Math.round(atLeast * (1 + 2 * random))
      })
  )
}

import { Cause } from "effect"
import { HttpClientError } from "effect/http"

/** Why no answer came, in the words of the innermost cause: `fetch failed` says nothing. */
export const describeLoss = (error: HttpClientError.HttpClientError | Cause.TimeoutError): string => {
  if (Cause.isTimeoutError(error)) return "it does not answer"
  let cause: unknown = error
  for (let depth = 0; depth < 5; depth++) {
    const inner = innerOf(cause)
    if (inner === undefined) break
    cause = inner
  }
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message
}

const innerOf = (error: unknown): unknown => {
  if (error instanceof AggregateError) return error.errors[0]
  if (error instanceof HttpClientError.HttpClientError) return error.reason.cause
  return error instanceof Error ? error.cause : undefined
}

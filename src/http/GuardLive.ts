/**
 * Reads requests before handlers do: bounds, media type, JSON, and text that the store can hold. What is 400 cannot be
 * read; what is 422 was read and is refused, field by field.
 */
import { ByteSize, Effect, Layer } from "effect"
import { HttpIncomingMessage, HttpMethod, type HttpServerError, HttpServerRequest } from "effect/http"
import { HttpApiError } from "effect/http-api"
import { limits } from "../limits.ts"
import {
  type BadRequest,
  bodyTooLarge,
  invalid,
  invalidQuery,
  malformedJson,
  type TooLarge,
  unsupportedEncoding,
  unsupportedMediaType
} from "../schema/Errors.ts"
import { refusalsOf } from "../schema/Refusals.ts"
import { Guard } from "./api/Guard.ts"
import { type JsonBounds, parseJson } from "./ingest/Json.ts"
import { RequestError } from "./ingest/RequestError.ts"

export const GuardLive = Layer.succeed(Guard, (handler) =>
  checkRequest.pipe(
    Effect.andThen(handler),
    Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(limits.documentBytes)),
    Effect.catch((error) => (HttpApiError.HttpApiSchemaError.is(error) ? refuse(error) : Effect.fail(error)))
  )
)

const checkRequest = Effect.gen(function* () {
  const request = yield* HttpServerRequest.HttpServerRequest
  if (/%00|%c0%80/i.test(request.url)) {
    return yield* invalidQuery([{ field: "url", reason: "must not hold a NUL character" }])
  }
  if (HttpMethod.hasBody(request.method)) yield* checkBody(request)
})

const documentBounds: JsonBounds = {
  cheapBytes: 8 * 1024,
  depth: limits.documentDepth,
  values: limits.documentValues,
  names: limits.documentNames
}

const checkBody = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
  const bytes = new Uint8Array(yield* Effect.catch(request.arrayBuffer, bodyFault))
  if (bytes.length === 0) return
  if ((request.headers["content-encoding"] ?? "identity").toLowerCase() !== "identity") {
    return yield* unsupportedEncoding()
  }
  if (!/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(request.headers["content-type"] ?? "application/json")) {
    return yield* unsupportedMediaType()
  }
  const parsed = parseJson(bytes, documentBounds)
  if (parsed instanceof RequestError) {
    return yield* parsed.code === "malformed_json" ? malformedJson() : bodyTooLarge(limits.documentBytes)
  }
  // Only an escape brings such text past the decoder of UTF-8, so most bodies are not walked.
  if (/\\u(?:0000|d[89a-f])/i.test(Buffer.from(bytes).toString("latin1")) && !isStorable(parsed.value)) {
    return yield* invalid([{ field: "body", reason: "must not hold NUL characters or half surrogate pairs" }])
  }
})

const bodyFault = ({ reason }: HttpServerError.HttpServerError): Effect.Effect<never, BadRequest | TooLarge> =>
  reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
    ? Effect.fail(bodyTooLarge(limits.documentBytes))
    : Effect.fail(malformedJson())

/** Postgres keeps no NUL, and UTF-8 no half of a pair. A stack of our own: a body may be nested ten thousandfold. */
const isStorable = (body: unknown): boolean => {
  const rest: Array<unknown> = [body]
  while (rest.length > 0) {
    const value = rest.pop()
    if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) return false
    if (typeof value === "object" && value !== null) {
      for (const [key, nested] of Object.entries(value)) rest.push(key, nested)
    }
  }
  return true
}

const refuse = (error: HttpApiError.HttpApiSchemaError) => {
  switch (error.kind) {
    case "Params":
    case "Headers":
    case "Query":
      return Effect.fail(invalidQuery(refusalsOf(error.cause.issue, error.kind.toLowerCase())))
    case "Payload":
      return Effect.fail(invalid(refusalsOf(error.cause.issue, "body")))
    default:
      return Effect.die(error)
  }
}

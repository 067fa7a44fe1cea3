/**
 * One request to the API of a hub. Documents go and come as they are: whether one is right is the hub's to say, field
 * by field, and not this program's, which may be older.
 */
import { Effect, Schema } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { CommandFailed } from "./Failure.ts"
import type { Hub } from "./Hub.ts"
import { describeLoss } from "./Loss.ts"

/** The hub understood and says no; `fields` are the ones it refuses, by their path in the body. */
export class Refused extends Schema.TaggedError<Refused>()("Refused", {
  code: Schema.String,
  reason: Schema.String,
  fields: Schema.Array(Schema.Struct({ field: Schema.String, reason: Schema.String }))
}) {}

/** The answer's JSON. */
export const ask = Effect.fnUntraced(function* (
  { url, token }: Hub,
  method: "GET" | "POST",
  path: string,
  body?: unknown
) {
  const request = HttpClientRequest.make(method)(`${url}${path}`).pipe(HttpClientRequest.bearerToken(token))
  const { status, text } = yield* HttpClient.execute(
    body === undefined ? request : HttpClientRequest.bodyText(request, JSON.stringify(body), "application/json")
  ).pipe(
    Effect.flatMap((response) => Effect.map(response.text, (text) => ({ status: response.status, text }))),
    Effect.timeout("60 seconds"),
    Effect.mapError((error) => unreachable(url, describeLoss(error)))
  )
  const json = parseJson(text)
  if (status >= 200 && status < 300 && json._tag === "Some") return json.value
  return yield* refusalOf(status, text)
})

/** What an answer that is not the one hoped for says. */
export const refusalOf = (status: number, text: string): CommandFailed | Refused => {
  const refusal = parseRefusal(text)
  if (refusal._tag === "None") {
    return new CommandFailed({ message: `this does not look like a Lumina hub (it answered ${status}); check --hub` })
  }
  const { code, message, details } = refusal.value.error
  const fields = parseDetails(details)
  return new Refused({ code, reason: message, fields: fields._tag === "Some" ? fields.value : [] })
}

/** For commands that have nothing to add to a refusal. */
export const refusedAsFailure = ({ code, reason, fields }: Refused): CommandFailed =>
  new CommandFailed({
    message: [`the hub says: ${reason} (${code})`, ...fields.map((_) => `  ${_.field} ${_.reason}`)].join("\n")
  })

export const unreachable = (url: string, reason: string) =>
  new CommandFailed({ message: `the hub at ${url} cannot be reached: ${reason}. Is it running, and is --hub right?` })

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))
const parseRefusal = Schema.decodeUnknownOption(
  Schema.fromJsonString(
    Schema.Struct({ error: Schema.Struct({ code: Schema.String, message: Schema.String, details: Schema.Unknown }) })
  )
)
const parseDetails = Schema.decodeUnknownOption(Refused.fields.fields)

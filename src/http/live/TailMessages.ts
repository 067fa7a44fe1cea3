/** What a client of `/api/live` says to follow series (docs/live.md). */
import { Result, Schema } from "effect"
import type { RequestCode } from "../../schema/Codes.ts"
import type { Labels } from "../../schema/Identity.ts"
import { checkLabels, checkMetric } from "../../schema/Point.ts"
import { refusalsOf } from "../../schema/Refusals.ts"

const Id = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(64))

const ClientMessage = Schema.Union([
  Schema.Struct({
    type: Schema.Literal("subscribe"),
    data: Schema.Struct({
      id: Id,
      metric: Schema.String.check(Schema.makeFilter((text: string) => checkMetric(text)?.message ?? true)),
      labels: Schema.optionalKey(
        Schema.Record(Schema.String, Schema.String).check(
          Schema.makeFilter((labels: Labels) => checkLabels(labels)?.message ?? true)
        )
      ),
      since: Schema.optionalKey(Schema.Int)
    })
  }),
  Schema.Struct({ type: Schema.Literal("unsubscribe"), data: Schema.Struct({ id: Id }) })
])
export type ClientMessage = typeof ClientMessage.Type
export type Subscribe = Extract<ClientMessage, { readonly type: "subscribe" }>["data"]

/** Why a message was not followed; it costs nothing else. `id`: of the subscription it was about. */
export interface Refused {
  readonly id: string | null
  readonly code: RequestCode
  readonly message: string
}

/** A text or binary message as it came. */
export const readMessage = (message: string | Uint8Array): Result.Result<ClientMessage, Refused> => {
  let json: unknown
  try {
    json = JSON.parse(typeof message === "string" ? message : "")
  } catch {
    return refused(null, "malformed_json", "a message is one JSON object, as text")
  }
  return Result.mapError(decode(json), ({ issue }) => {
    const reasons = refusalsOf(issue, "message").map(({ field, reason }) => `${field} ${reason}`)
    return { id: idOf(json), code: "invalid", message: reasons.slice(0, 3).join("; ") }
  })
}

export const refused = (id: string | null, code: RequestCode, message: string): Result.Failure<never, Refused> =>
  Result.fail({ id, code, message }) as Result.Failure<never, Refused>

const decode = Schema.decodeUnknownResult(ClientMessage, { onExcessProperty: "ignore" })

const idOf = (json: unknown): string | null => {
  const id = (json as { readonly data?: { readonly id?: unknown } | null } | null)?.data?.id
  return typeof id === "string" ? id.slice(0, 64) : null
}

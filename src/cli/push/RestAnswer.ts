/** What an answer of `POST /v1/metrics`, or the lack of one, means for the batch. */
import { Effect, Schema } from "effect"
import { CommandFailed } from "../Failure.ts"

const Answer = Schema.Struct({
  accepted: Schema.Int,
  rejected: Schema.Array(Schema.Struct({ index: Schema.Int, code: Schema.String, message: Schema.String }))
})
export type Answer = typeof Answer.Type

/** Nothing is known to be kept: the same batch, under the same key, may be sent again. */
export interface Again {
  readonly _tag: "Again"
  readonly reason: string
  readonly retryAfterMillis?: number
}

const Refusal = Schema.Struct({ error: Schema.Struct({ code: Schema.String, message: Schema.String }) })

const decodeAnswer = Schema.decodeUnknownOption(Schema.fromJsonString(Answer))
const decodeRefusal = Schema.decodeUnknownOption(Schema.fromJsonString(Refusal))

/** A batch without one valid point is 400, and answered all the same (I1). Else, below 500 all is final but 429. */
export const judgeAnswer = (
  status: number,
  retryAfter: string | undefined,
  body: string
): Effect.Effect<Answer, Again | CommandFailed> => {
  const answer = decodeAnswer(body)
  if (answer._tag === "Some" && (status === 202 || status === 400)) return Effect.succeed(answer.value)
  const refusal = decodeRefusal(body)
  const reason =
    refusal._tag === "Some" ? `${refusal.value.error.message} (${refusal.value.error.code})` : `it answered ${status}`
  if (status === 429 || status >= 500) {
    const seconds = Number(retryAfter ?? Number.NaN)
    return Effect.fail({ _tag: "Again", reason, ...(seconds >= 0 ? { retryAfterMillis: seconds * 1_000 } : {}) })
  }
  return Effect.fail(new CommandFailed({ message: `${adviceFor(status)}: ${reason}` }))
}

const adviceFor = (status: number): string => {
  if (status === 401) return "the hub does not know this token; give another (LUMINA_TOKEN, --token-file)"
  if (status === 403) return "this token may not push points; give one with the scope ingest"
  if (status === 413) return "the hub takes smaller batches only; lower --batch-size"
  return status === 400 || status === 409
    ? "the hub refused the batch"
    : "this does not look like a Lumina hub; check --hub"
}

import { randomUUID } from "node:crypto"
import { Effect, Result, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { CommandFailed } from "../Failure.ts"
import type { Hub } from "../Hub.ts"
import { describeLoss } from "../Loss.ts"
import type { Point } from "./Item.ts"
import { Patience, waitOrGiveUp } from "./Patience.ts"
import { type Again, type Answer, judgeAnswer } from "./RestAnswer.ts"
import type { Tally } from "./Tally.ts"

/** A hub that says nothing for so long will not say it any more. */
const ANSWER_TIMEOUT = "60 seconds"

/**
 * Sends batches to `POST /v1/metrics`, one after the other, because a point that overtakes an older one of its series
 * makes that one late. A batch is sent again under its own idempotency key until it is answered.
 */
export const sendByRest = Effect.fnUntraced(function* <E, R>(
  batches: Stream.Stream<ReadonlyArray<Point>, E, R>,
  hub: Hub,
  tally: Tally
) {
  const run = randomUUID()
  const patience = new Patience()
  let number = 0
  yield* batches.pipe(
    // The next batch is read while the hub works on this one.
    Stream.buffer({ capacity: 1 }),
    Stream.runForEach((batch) => {
      number += 1
      const request = requestOf(hub, batch, `${run}-${number}`)
      return Effect.map(deliver(request, patience), (answer) => tally.answer(batch, answer))
    })
  )
})

const requestOf = ({ url, token }: Hub, batch: ReadonlyArray<Point>, key: string) => {
  const points = batch.map(({ metric, timestamp, value, labels }) => ({ metric, timestamp, value, labels }))
  return HttpClientRequest.post(`${url}/v1/metrics`).pipe(
    HttpClientRequest.bearerToken(token),
    HttpClientRequest.setHeader("idempotency-key", key),
    HttpClientRequest.bodyText(JSON.stringify({ points }), "application/json")
  )
}

const deliver = Effect.fnUntraced(function* (request: HttpClientRequest.HttpClientRequest, patience: Patience) {
  while (true) {
    const outcome = yield* Effect.result(attempt(request, patience))
    if (Result.isSuccess(outcome)) {
      patience.progressed()
      return outcome.success
    }
    if (outcome.failure instanceof CommandFailed) return yield* outcome.failure
    yield* waitOrGiveUp(patience, outcome.failure)
  }
})

const attempt = (
  request: HttpClientRequest.HttpClientRequest,
  patience: Patience
): Effect.Effect<Answer, Again | CommandFailed, HttpClient.HttpClient> =>
  HttpClient.execute(request).pipe(
    Effect.tap(() => Effect.sync(() => patience.heard())),
    Effect.flatMap((response) => Effect.map(response.text, (text) => ({ response, text }))),
    Effect.timeout(ANSWER_TIMEOUT),
    Effect.mapError((error): Again => ({ _tag: "Again", reason: describeLoss(error) })),
    Effect.flatMap(({ response, text }) => judgeAnswer(response.status, response.headers["retry-after"], text))
  )

/** What `POST /v1/metrics` does with a body (I1, I4, I5). */
import { Clock, Context, Effect, Layer } from "effect"
import { type BatchReceipt, Router } from "../../actors/router/Router.ts"
import type { Rejection } from "../../schema/Point.ts"
import { type PointBatch, parsePoints } from "../../schema/PointBatch.ts"
import type { Identity } from "../../store/access/Access.ts"
import { countAccepted, countDuplicate, countRejected } from "./Counters.ts"
import { parseJson } from "./Json.ts"
import { Quota } from "./Quota.ts"
import { hash63, Receipts, senderHash } from "./Receipts.ts"
import { RequestError, unavailable } from "./RequestError.ts"
import { type ResolvedSeries, Resolver } from "./Resolver.ts"

/** `rejected`: JSON of the rejected points, null where none. */
export interface Answer {
  readonly accepted: number
  readonly rejected: string | null
  readonly isDuplicate: boolean
}

export class Push extends Context.Service<
  Push,
  {
    /** `body`: JSON, no longer compressed. `key`: the Idempotency-Key. What is answered as accepted is durable. */
    readonly push: (identity: Identity, body: Buffer, key: string | undefined) => Effect.Effect<Answer, RequestError>
  }
>()("lumina/http/ingest/Push") {
  static readonly layer = Layer.effect(
    Push,
    Effect.gen(function* () {
      const quota = yield* Quota
      const receipts = yield* Receipts
      const resolver = yield* Resolver
      const router = yield* Router

      const store = Effect.fnUntraced(
        function* (workspaceNumber: number, batch: PointBatch, name: Named | null) {
          const { metrics, labels, timestamps, values } = batch
          const places = yield* resolver.resolve({ workspaceNumber, metrics, labels })
          const count = dropRefused(places, batch)
          const rejected = rejectionsOf(batch, places)
          if (rejected.length > 0) yield* countRejected("request", rejected)
          const answer = {
            accepted: count,
            rejected: rejected.length === 0 ? null : JSON.stringify(rejected),
            isDuplicate: false
          }
          if (count === 0) return answer
          const receipt = name === null ? null : { ...name, accepted: count, rejected: answer.rejected }
          yield* router.submit({ count, ...places, timestamps, values }, receipt)
          yield* countAccepted("request", count)
          return answer
        },
        Effect.catchTag("Unavailable", unavailable)
      )

      const storeOnce = Effect.fnUntraced(
        function* (workspaceNumber: number, batch: PointBatch, name: Named) {
          const receipt = yield* receipts.find(name, name.bodyHash)
          if (receipt === null) return yield* store(workspaceNumber, batch, name)
          yield* countDuplicate("request")
          return { accepted: receipt.accepted, rejected: receipt.rejected, isDuplicate: true }
        },
        Effect.catchTag("StoreUnavailable", unavailable)
      )

      const push = Effect.fnUntraced(function* (identity: Identity, body: Buffer, key: string | undefined) {
        const { workspaceNumber, hostName } = identity
        const json = parseJson(body)
        if (json instanceof RequestError) return yield* json
        const now = yield* Clock.currentTimeMillis
        const batch = parsePoints(json.value, now, hostName ?? undefined)
        if (batch._tag === "NoPointBatch") return yield* new RequestError(batch)
        yield* quota.takePoints(workspaceNumber, batch.metrics.length + batch.rejected.length)
        if (key === undefined) return yield* store(workspaceNumber, batch, null)
        const name = { sender: senderHash(identity, "request", ""), sequence: hash63(key), bodyHash: hash63(body) }
        return yield* receipts.claimed(name, storeOnce(workspaceNumber, batch, name))
      })
      return Push.of({ push })
    })
  )
}

type Named = Pick<BatchReceipt, "sender" | "sequence" | "bodyHash">

/** Moves the columns together over the rows of series that are refused; answers how many rows are left. */
const dropRefused = ({ partitions, series, refused }: ResolvedSeries, { timestamps, values }: PointBatch): number => {
  if (refused.size === 0) return partitions.length
  let count = 0
  for (let row = 0; row < partitions.length; row++) {
    if (refused.has(row)) continue
    partitions[count] = partitions[row]!
    series[count] = series[row]!
    timestamps[count] = timestamps[row]!
    values[count] = values[row]!
    count++
  }
  return count
}

const rejectionsOf = ({ rejected, indexes }: PointBatch, { refused }: ResolvedSeries): ReadonlyArray<Rejection> => {
  if (refused.size === 0) return rejected
  const more = Array.from(refused, ([row, { code, message }]) => ({ index: indexes[row]!, code, message }))
  return [...rejected, ...more].sort((a, b) => a.index - b.index)
}

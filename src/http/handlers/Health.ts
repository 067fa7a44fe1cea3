import { Deferred, Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { serviceUnavailable } from "../../schema/Errors.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { Queries } from "../../store/queries/Queries.ts"
import { Api } from "../api/Api.ts"
import { PointCounters } from "../ingest/PointCounters.ts"
import { answering } from "./Answer.ts"

/** Whoever asks for readiness wants to know now. */
const PING_TIMEOUT = "2 seconds"

const HealthGroup = HttpApiBuilder.group(
  Api,
  "health",
  Effect.fnUntraced(function* (handlers) {
    const partitions = yield* Partitions
    const ping = shared((yield* Queries).ping)
    return handlers
      .handle("healthz", () => Effect.succeed({ status: "ok" }))
      .handle("readyz", () =>
        Effect.gen(function* () {
          yield* Effect.timeoutOrElse(ping, {
            duration: PING_TIMEOUT,
            orElse: () => serviceUnavailable(1, "the database does not answer")
          })
          const { owned, ready } = yield* partitions.readiness
          if (owned === 0) return yield* serviceUnavailable(1, "this node owns no partition yet")
          if (ready < owned) {
            return yield* serviceUnavailable(1, `${owned - ready} of ${owned} partitions of this node are starting`)
          }
          return { status: "ready" }
        }).pipe(answering)
      )
  })
)

/**
 * One query for all who ask meanwhile, in a fiber that nobody waits for longer than he likes: to interrupt a query
 * takes an answer of the database, and a hundred of them would take all its connections.
 */
const shared = (ping: Effect.Effect<void, StoreUnavailable>) => {
  let running: Deferred.Deferred<void, StoreUnavailable> | null = null
  return Effect.suspend(() => {
    if (running !== null) return Deferred.await(running)
    const answer = Deferred.makeUnsafe<void, StoreUnavailable>()
    running = answer
    const ended = Effect.onExit(ping, (exit) =>
      Effect.suspend(() => {
        running = null
        return Deferred.done(answer, exit)
      })
    )
    return Effect.andThen(Effect.forkDetach(ended), Deferred.await(answer))
  })
}

export const HealthHandlers = Layer.merge(HealthGroup, PointCounters)

import { Effect, Layer } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { serviceUnavailable } from "../../schema/Errors.ts"
import { Queries } from "../../store/Queries.ts"
import { Api } from "../Api.ts"
import { PointCounters } from "../ingest/PointCounters.ts"
import { answering } from "./Answer.ts"

/** Whoever asks for readiness wants to know now. */
const PING_TIMEOUT = "2 seconds"

const HealthGroup = HttpApiBuilder.group(
  Api,
  "health",
  Effect.fnUntraced(function* (handlers) {
    const partitions = yield* Partitions
    const queries = yield* Queries
    return handlers
      .handle("healthz", () => Effect.succeed({ status: "ok" }))
      .handle("readyz", () =>
        Effect.gen(function* () {
          yield* Effect.timeoutOrElse(queries.ping, {
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

export const HealthHandlers = Layer.merge(HealthGroup, PointCounters)

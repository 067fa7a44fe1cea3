import { Clock, Effect, Layer } from "effect"
import { Singleton } from "effect/cluster"
import { limits } from "../../limits.ts"
import { type CorrelationInbox, Incidents } from "../../store/facts/Incidents.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { Partitions, Unavailable } from "../partition/Partitions.ts"
import { Transitions } from "../partition/Transitions.ts"
import { Correlator, correlatorId } from "./Correlator.ts"
import { Correlators } from "./Correlators.ts"

/** How often the sweep looks for inboxes that nobody emptied, incidents that are due and commands that wait. */
const SWEEP = "1 second"

/** Behaviour of the Correlator entity: a loop around one transaction of the store, and nothing to remember. */
export const CorrelatorLive = Correlator.toLayer(
  Effect.gen(function* () {
    const incidents = yield* Incidents
    return Correlator.of({
      Take: ({ payload }) =>
        incidents
          .take(payload)
          .pipe(
            Effect.repeat({ while: (taken) => taken === limits.correlatorInputs }),
            Effect.asVoid,
            Effect.mapError(away)
          )
    })
  }),
  { disableFatalDefects: true }
)

export const CorrelatorsLive = Layer.effect(
  Correlators,
  Effect.gen(function* () {
    const incidents = yield* Incidents
    const client = yield* Correlator.client
    const take = (inbox: CorrelationInbox) =>
      client(correlatorId(inbox))
        .Take(inbox)
        .pipe(
          Effect.timeout(limits.statementTimeoutMillis),
          Effect.mapError((error) => (error instanceof Unavailable ? error : moving))
        )

    return Correlators.of({
      wake: (inboxes) =>
        Effect.forEach(
          inboxes,
          (inbox) =>
            Effect.catchCause(take(inbox), (cause) =>
              Effect.logWarning("alerts could not be correlated; it is tried again", inbox, cause)
            ),
          { concurrency: 8, discard: true }
        ),
      command: Effect.fnUntraced(function* (workspaceNumber, command) {
        const inbox = yield* Effect.mapError(incidents.send(workspaceNumber, command), away)
        if (inbox === null) return null
        yield* take(inbox)
        return yield* Effect.mapError(incidents.outcome(workspaceNumber, command.commandId), away)
      })
    })
  })
)

/** Wakes correlators as facts are stored, without making the facts wait. */
export const CorrelatorsAwake = Layer.effectDiscard(
  Effect.gen(function* () {
    const correlators = yield* Correlators
    const transitions = yield* Transitions
    const wake = Effect.flatMap(transitions.take, (inboxes) =>
      correlators.wake([...new Map(inboxes.map((inbox) => [correlatorId(inbox), inbox])).values()])
    )
    yield* Effect.forkScoped(Effect.forever(wake))
  })
)

/** One node of the cluster at a time finds what hints have missed; the hub clock enters correlation here. */
export const CorrelationSweep = Singleton.make(
  "correlation-sweep",
  Effect.gen(function* () {
    const incidents = yield* Incidents
    const correlators = yield* Correlators
    const partitions = yield* Partitions
    const sweep = Effect.gen(function* () {
      const due = yield* incidents.tick(yield* Clock.currentTimeMillis)
      yield* correlators.wake([...due, ...(yield* incidents.waiting)])
      for (const { id, partition, command } of yield* incidents.waitingCommands) {
        yield* partitions.command(partition, command).pipe(
          Effect.andThen(incidents.commandSent(id)),
          Effect.catchCause((cause) => Effect.logWarning("an alert could not be acknowledged yet", command, cause))
        )
      }
    })
    yield* sweep.pipe(
      Effect.catchCause((cause) => Effect.logWarning("correlation sweep failed; it is tried again", cause)),
      Effect.andThen(Effect.sleep(SWEEP)),
      Effect.forever
    )
  })
)

const moving = new Unavailable({
  message: "the correlator is moving to another node",
  retryAfterMillis: limits.retryAfterMillis
})

const away = ({ message }: StoreUnavailable) => new Unavailable({ message, retryAfterMillis: limits.retryAfterMillis })

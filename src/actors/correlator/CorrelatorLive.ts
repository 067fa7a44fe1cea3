import { Clock, Effect, Layer } from "effect"
import { Singleton } from "effect/cluster"
import { limits } from "../../limits.ts"
import { type CorrelationInbox, Incidents, type WaitingCommand } from "../../store/facts/Incidents.ts"
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

/**
 * Finds what hints have missed; the hub clock enters correlation here. Ends never. Commands have a loop of their own: a
 * partition that does not answer takes 5 s to say so, and no incident waits for that to resolve.
 */
export const sweepCorrelation = Effect.gen(function* () {
  const incidents = yield* Incidents
  const correlators = yield* Correlators
  const partitions = yield* Partitions

  const wakeWaiting = Effect.gen(function* () {
    const due = yield* incidents.tick(yield* Clock.currentTimeMillis)
    yield* correlators.wake([...due, ...(yield* incidents.waiting)])
  })

  const send = ({ command, id, partition }: WaitingCommand) =>
    partitions.command(partition, command).pipe(
      Effect.andThen(incidents.commandSent(id)),
      // A bug with one command must not hold up the ones behind it.
      Effect.catchDefect((defect) => Effect.logError("an alert could not be acknowledged", command, defect))
    )
  // Where one command of a partition is not answered, the next would not be either.
  const sendAll = (waiting: ReadonlyArray<WaitingCommand>) =>
    Effect.catchCause(Effect.forEach(waiting, send, { discard: true }), (cause) =>
      Effect.logWarning("alerts could not be acknowledged yet; it is tried again", waiting[0]!.partition, cause)
    )
  const sendWaiting = Effect.flatMap(incidents.waitingCommands, (waiting) => {
    const byPartition = Map.groupBy(waiting, ({ partition }) => partition)
    return Effect.forEach(byPartition.values(), sendAll, { concurrency: 16, discard: true })
  })

  yield* Effect.all([repeated(wakeWaiting), repeated(sendWaiting)], { concurrency: "unbounded", discard: true })
})

const repeated = <E, R>(work: Effect.Effect<void, E, R>): Effect.Effect<never, never, R> =>
  work.pipe(
    Effect.catchCause((cause) => Effect.logWarning("correlation sweep failed; it is tried again", cause)),
    Effect.andThen(Effect.sleep(SWEEP)),
    Effect.forever
  )

/** One node of the cluster at a time. */
export const CorrelationSweep = Singleton.make("correlation-sweep", sweepCorrelation)

const moving = new Unavailable({
  message: "the correlator is moving to another node",
  retryAfterMillis: limits.retryAfterMillis
})

const away = ({ message }: StoreUnavailable) => new Unavailable({ message, retryAfterMillis: limits.retryAfterMillis })

import { Context, Data, Effect, Layer, Schedule, type Scope, Semaphore, Stream } from "effect"
import { limits } from "../../limits.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { installationOf, type LiveEvent, LiveEvents, type LivePosition } from "../../store/LiveEvents.ts"

/** Who is told. Its functions are called in the order of what happened, and must not wait. */
export interface Watcher {
  readonly workspaceNumber: number
  readonly onEvent: (event: LiveEvent) => void
  /** All up to here was told: a position to go on from. */
  readonly onPosition: (position: LivePosition) => void
  /** Something may have been missed; nothing more is told. */
  readonly onLost: () => void
}

/** What happened since is more than is told again: start from the lists. */
export class PositionExpired extends Data.TaggedError("PositionExpired") {}

/** In a storm, once in so long is often enough. */
const ROUND = "50 millis"

/** Tells watchers what happens, wherever it was decided: one reader of the store on each node serves all of them. */
export class LiveFeed extends Context.Service<
  LiveFeed,
  {
    /** Tells what happened after `since`, then what happens, until the scope closes. `since` null: from now on. */
    readonly watch: (
      watcher: Watcher,
      since: LivePosition | null
    ) => Effect.Effect<void, PositionExpired | StoreUnavailable, Scope.Scope>
  }
>()("lumina/http/live/LiveFeed") {
  static readonly layer = Layer.effect(
    LiveFeed,
    Effect.gen(function* () {
      const events = yield* LiveEvents
      const lock = yield* Semaphore.make(1)
      const watchers = new Set<Watcher>()
      /** All watchers were told all up to here; means nothing while there are none. */
      let position: LivePosition | null = null

      const catchUp = Effect.fnUntraced(function* (watcher: Watcher, since: LivePosition, until: LivePosition) {
        if (isExpired(since, until)) return yield* new PositionExpired()
        let told = 0
        const { workspaceNumber } = watcher
        yield* Stream.runForEach(events.between({ after: since, until, workspaceNumber }), (event) => {
          if (++told > limits.liveReplayEvents) return new PositionExpired()
          watcher.onEvent(event)
          return Effect.void
        })
      })

      const watch = Effect.fnUntraced(function* (watcher: Watcher, since: LivePosition | null) {
        if (watchers.size === 0 || position === null) position = yield* events.position
        const now = position
        if (since !== null) yield* catchUp(watcher, since, now)
        watcher.onPosition(now)
        yield* Effect.acquireRelease(
          Effect.sync(() => watchers.add(watcher)),
          () => Effect.sync(() => watchers.delete(watcher))
        )
      }, lock.withPermit)

      /** Tells everybody what is new. */
      const round = Effect.gen(function* () {
        if (watchers.size === 0 || position === null) return
        const until = yield* events.position
        const told = new Set<Watcher>()
        yield* Stream.runForEach(events.between({ after: position, until, workspaceNumber: null }), (event) =>
          Effect.sync(() => {
            for (const watcher of watchers) {
              if (watcher.workspaceNumber !== event.workspaceNumber) continue
              watcher.onEvent(event)
              told.add(watcher)
            }
          })
        )
        position = until
        for (const watcher of told) watcher.onPosition(until)
      }).pipe(
        // Told in part: each goes on from the position that it knows.
        Effect.tapCause(() => Effect.sync(() => forget(watchers))),
        lock.withPermit
      )

      yield* events.changes.pipe(
        Stream.buffer({ capacity: 1, strategy: "sliding" }),
        Stream.runForEach(() => Effect.andThen(round, Effect.sleep(ROUND))),
        Effect.catchCause((cause) => Effect.logWarning("the live feed is interrupted; it goes on", cause)),
        Effect.repeat(Schedule.spaced("1 second")),
        Effect.forkScoped
      )
      return LiveFeed.of({ watch })
    })
  )
}

const forget = (watchers: Set<Watcher>): void => {
  for (const watcher of watchers) watcher.onLost()
  watchers.clear()
}

/** Too old, or of another database: one that was restored counts transactions anew. */
const isExpired = (since: LivePosition, until: LivePosition): boolean => {
  if (installationOf(since) !== installationOf(until)) return true
  const passed = newest(until) - oldest(since)
  return passed < 0n || passed > limits.liveReplayTransactions
}

const oldest = (position: LivePosition): bigint => BigInt(position.split(":")[0]!)
const newest = (position: LivePosition): bigint => BigInt(position.split(":")[1]!)

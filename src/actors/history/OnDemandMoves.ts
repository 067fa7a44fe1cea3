/**
 * Moves into the tiers that questions wait for. A move goes on when nobody waits for it any more: given up and begun
 * again by the next question, a long one would never end. Questions that come while one is under way share the next.
 */
import { Deferred, Effect, type Scope } from "effect"
import type { Partitions } from "../partition/Partitions.ts"

/** For each partition that could not be moved, why. */
type Failures = ReadonlyMap<number, string>

interface Batch {
  /** It has all that was evaluated before. */
  readonly begun: number
  readonly done: Deferred.Deferred<Failures>
}

export class OnDemandMoves {
  readonly #partitions: Partitions["Service"]
  readonly #scope: Scope.Scope
  /** Moves under way, by partition. */
  readonly #batches = new Map<number, Batch>()
  /** Counts what begins: questions and moves. */
  #now = 0

  /** Moves end with the scope. */
  constructor(partitions: Partitions["Service"], scope: Scope.Scope) {
    this.#partitions = partitions
    this.#scope = scope
  }

  /** Answers when all that these partitions have evaluated by now is in the tiers, but for those that it names. */
  readonly moveNow = Effect.fnUntraced({ self: this }, function* (partitions: ReadonlyArray<number>) {
    const asked = ++this.#now
    const failures = new Map<number, string>()
    let waiting = partitions
    while (waiting.length > 0) {
      const batches = yield* Effect.uninterruptible(this.#batchesOf(waiting))
      const answers = new Map<Batch, Failures>()
      for (const batch of new Set(batches)) answers.set(batch, yield* Deferred.await(batch.done))
      // One that was under way before the question may have passed over what it asks for.
      const isOld = (i: number) => batches[i]!.begun < asked
      for (const [i, id] of waiting.entries()) {
        const reason = answers.get(batches[i]!)?.get(id)
        if (reason !== undefined && !isOld(i)) failures.set(id, reason)
      }
      waiting = waiting.filter((_, i) => isOld(i))
    }
    return failures
  })

  /** The move of each partition: that which is under way, or a new one. */
  readonly #batchesOf = Effect.fnUntraced({ self: this }, function* (partitions: ReadonlyArray<number>) {
    const idle = partitions.filter((id) => !this.#batches.has(id))
    const batch: Batch = { begun: ++this.#now, done: Deferred.makeUnsafe() }
    for (const id of idle) this.#batches.set(id, batch)
    const batches = partitions.map((id) => this.#batches.get(id)!)
    if (idle.length > 0) {
      yield* this.#partitions.moveNow(idle).pipe(
        Effect.catchCause((cause) =>
          Effect.as(Effect.logError("a move failed", cause), new Map(idle.map((id) => [id, "it failed"] as const)))
        ),
        Effect.flatMap((failures) => {
          for (const id of idle) this.#batches.delete(id)
          return Deferred.succeed(batch.done, failures)
        }),
        Effect.interruptible,
        Effect.forkIn(this.#scope)
      )
    }
    return batches
  })
}

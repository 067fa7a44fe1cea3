import { Context, Effect, Layer, Queue } from "effect"
import { limits } from "../../limits.ts"
import type { CorrelationInbox } from "../../store/facts/Incidents.ts"

/**
 * Says which correlators have something new in their inbox. Hints, which may be lost: the inboxes themselves are in the
 * store. Partitions give them without knowing of correlators, which are woken through the cluster that partitions are
 * part of.
 */
export class Transitions extends Context.Service<
  Transitions,
  {
    /** Told after alert transitions were stored. */
    readonly stored: (inboxes: ReadonlyArray<CorrelationInbox>) => Effect.Effect<void>
    /** At least one, as soon as there is one. */
    readonly take: Effect.Effect<ReadonlyArray<CorrelationInbox>>
  }
>()("lumina/actors/Transitions") {
  static readonly layer = Layer.effect(
    Transitions,
    Effect.map(Queue.sliding<CorrelationInbox>(limits.correlatorHints), (hints) => ({
      stored: (inboxes: ReadonlyArray<CorrelationInbox>) => Effect.asVoid(Queue.offerAll(hints, inboxes)),
      take: Queue.takeBetween(hints, 1, limits.correlatorHints)
    }))
  )
}

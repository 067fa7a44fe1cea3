import { type Cause, Effect } from "effect"
import type { LocalPartitions } from "./LocalPartition.ts"

/**
 * A loop that the node's partitions live on. Only a bug ends it, and then nobody knows what it left half done: it is
 * told, all partitions recover from the journal, and the loop begins again.
 */
export const supervised = <E, R>(name: string, partitions: LocalPartitions, loop: Effect.Effect<unknown, E, R>) => {
  const recover = (cause: Cause.Cause<E>) =>
    Effect.andThen(
      Effect.logError(`${name} failed; all partitions of this node recover`, cause),
      Effect.sync(() => {
        for (const partition of partitions.all()) partitions.drop(partition)
      })
    )
  return Effect.forkScoped(Effect.forever(Effect.catchCause(loop, recover)))
}

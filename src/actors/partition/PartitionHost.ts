/**
 * The partitions that this node owns, and the machinery they share: one journal writer, one evaluator, one facts
 * writer.
 */
import { Context, Effect, Layer, type Scope } from "effect"
import { limits, PARTITIONS } from "../../limits.ts"
import { Catalogue } from "../../store/catalogue/Catalogue.ts"
import { Journal, type StoreUnavailable } from "../../store/Journal.ts"
import { Snapshots } from "../../store/Snapshots.ts"
import type { Decisions } from "./Decisions.ts"
import { makeEvaluation } from "./Evaluation.ts"
import { type GroupCommit, makeGroupCommit } from "./GroupCommit.ts"
import { type LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { makeOwnership } from "./Ownership.ts"
import { Unavailable } from "./Partitions.ts"
import { catchUp } from "./Recovery.ts"
import { makeSnapshotting } from "./Snapshotting.ts"

export class PartitionHost extends Context.Service<
  PartitionHost,
  {
    readonly partitions: LocalPartitions
    readonly submit: GroupCommit["submit"]
    /** What is decided and not stored yet. */
    readonly decisions: Decisions
    /**
     * Owns a partition until the scope closes: recovers it, again whenever it is lost, and hands it over at the end.
     */
    readonly own: (partition: number) => Effect.Effect<void, never, Scope.Scope>
    /** Answers when the local partition judges by all catalogue changes up to `version`. */
    readonly refresh: (partition: LocalPartition, version: number) => Effect.Effect<void, Unavailable>
  }
>()("lumina/actors/PartitionHost") {}

export const PartitionHostLive = Layer.effect(
  PartitionHost,
  Effect.gen(function* () {
    const partitions = new LocalPartitions(PARTITIONS)
    const { submit, committed } = yield* makeGroupCommit(partitions)
    const decisions = yield* makeEvaluation(partitions, committed)
    const { snapshot } = yield* makeSnapshotting(partitions, decisions)
    const own = yield* makeOwnership({ partitions, decisions, submit, snapshot })
    // Not the whole context: its scope is this layer's, and a partition lives in the scope of who owns it.
    const context = Context.pick(Catalogue, Journal, Snapshots)(yield* Effect.context<Recovering>())

    return PartitionHost.of({
      partitions,
      submit,
      decisions,
      own: (id) => Effect.provide(own(id), context),
      refresh: (partition, version) =>
        Effect.suspend(() => {
          if (partition.state.catalogue.version >= version) return Effect.void
          return Effect.gen(function* () {
            yield* Effect.mapError(catchUp(partition), storeAway)
            yield* submit(0, noPoints, null)
            yield* decisions.stored(partition, partition.journalSeq)
          })
        }).pipe(Effect.provide(context))
    })
  })
)

type Recovering = Catalogue | Journal | Snapshots

const noPoints = () => {}

const storeAway = ({ message }: StoreUnavailable) =>
  new Unavailable({ message, retryAfterMillis: limits.retryAfterMillis })

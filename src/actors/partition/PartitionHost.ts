/**
 * The partitions that this node owns, and the machinery they share: one journal writer, one evaluator, one facts
 * writer.
 */
import { type Cause, Context, Deferred, Effect, Layer, Schedule, type Scope, Semaphore } from "effect"
import { limits, PARTITIONS } from "../../limits.ts"
import { Catalogue } from "../../store/Catalogue.ts"
import { Journal, type StoreUnavailable } from "../../store/Journal.ts"
import { Snapshots } from "../../store/Snapshots.ts"
import type { Decisions } from "./Decisions.ts"
import { makeEvaluation } from "./Evaluation.ts"
import { type GroupCommit, makeGroupCommit } from "./GroupCommit.ts"
import { SeriesLimit, shareOf } from "./LocalOperations.ts"
import { type LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { Unavailable } from "./Partitions.ts"
import { catchUp, recover, recoverRaw } from "./Recovery.ts"
import { makeSnapshotting } from "./Snapshotting.ts"

/** Recoveries at the same time: enough to keep the database busy, few enough that the first are ready soon. */
const RECOVERIES_AT_ONCE = 8
const RAW_ATTEMPTS = 30

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
    const seriesMost = shareOf(yield* SeriesLimit)
    const recoveries = yield* Semaphore.make(RECOVERIES_AT_ONCE)
    // Not the whole context: its scope is this layer's, and a partition lives in the scope of who owns it.
    const context = Context.pick(Catalogue, Journal, Snapshots)(yield* Effect.context<Recovering>())

    const serve = Effect.fnUntraced(function* (id: number) {
      const partition = yield* recoveries.withPermits(1)(
        recover(id, (partition, seq, facts) => decisions.add(partition, seq, facts))
      )
      partition.seriesMost = seriesMost
      partitions.add(partition)
      const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
      // Spread by number, so that the snapshots of partitions that started together do not come together.
      partition.snapshotDueMillis = now + (limits.snapshotIntervalMillis * id) / PARTITIONS
      partition.rawSnapshotDueMillis = now + (limits.rawSnapshotIntervalMillis * id) / PARTITIONS
      yield* Effect.onError(catchUp(partition), () => Effect.sync(() => partitions.drop(partition)))
      partition.isReady = true
      yield* Effect.forkChild(
        recoverRaw(partition, partition.journalSeq).pipe(
          Effect.retry({ schedule: Schedule.spaced("2 seconds"), times: RAW_ATTEMPTS }),
          Effect.catchCause((cause) => {
            // Without what was before it goes on: a snapshot of what there is lets the journal be dropped again.
            partition.rawMissing = null
            return Effect.logError("raw history from before the start could not be read back, and is gone", cause)
          })
        )
      )
      yield* Deferred.await(partition.gone)
    })

    const handOver = (id: number) =>
      Effect.suspend(() => {
        const partition = partitions.ready(id)
        if (partition === null) return Effect.void
        partition.isReady = false
        return Effect.gen(function* () {
          if (!partition.open.isEmpty) yield* submit(0, noPoints, null)
          yield* decisions.stored(partition, partition.journalSeq)
          yield* snapshot(partition, "detection")
          if (partition.rawMissing === null) yield* snapshot(partition, "raw")
        }).pipe(
          // A finalizer cannot be interrupted, and then no timeout ends it.
          Effect.interruptible,
          Effect.timeout(limits.handOverMillis),
          Effect.catchCause((cause) => Effect.logInfo("partition handed over without a last snapshot", cause)),
          Effect.ensuring(Effect.sync(() => partitions.drop(partition)))
        )
      })

    return PartitionHost.of({
      partitions,
      submit,
      decisions,
      own: (id) =>
        Effect.andThen(
          Effect.addFinalizer(() => handOver(id)),
          Effect.asVoid(Effect.forkScoped(Effect.forever(Effect.catchCause(serve(id), tryAgain))))
        ).pipe(Effect.provide(context)),
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

/** The database may be away, or the journal be damaged: say so, and do not give up. */
const tryAgain = (cause: Cause.Cause<unknown>) =>
  Effect.andThen(
    Effect.logWarning("a partition could not be recovered; it is tried again", cause),
    Effect.sleep("1 second")
  )

const storeAway = ({ message }: StoreUnavailable) =>
  new Unavailable({ message, retryAfterMillis: limits.retryAfterMillis })

/** A partition's life on the node that owns it: recovered, served, recovered again when it is lost, handed over. */
import { type Cause, Clock, Deferred, Effect, Exit, Latch, Schedule, type Scope, Semaphore } from "effect"
import { limits, PARTITIONS } from "../../limits.ts"
import type { Catalogue } from "../../store/catalogue/Catalogue.ts"
import type { Journal } from "../../store/Journal.ts"
import type { Snapshots } from "../../store/Snapshots.ts"
import type { Decisions } from "./Decisions.ts"
import type { GroupCommit } from "./GroupCommit.ts"
import { SeriesLimit, shareOf } from "./LocalOperations.ts"
import type { LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { makeAdmitSeries } from "./NewSeries.ts"
import { catchUp, recover, recoverRaw } from "./Recovery.ts"
import type { Snapshotting } from "./Snapshotting.ts"

const RAW_ATTEMPTS = 30
/** Between two attempts to store facts that the store has refused: each reads the partition's journal again. */
const REFUSED_RETRY_MILLIS = 1_000
const REFUSED_RETRY_MOST_MILLIS = 30_000

/** What the partitions of a node share. */
export interface Shared {
  readonly partitions: LocalPartitions
  readonly decisions: Decisions
  readonly submit: GroupCommit["submit"]
  readonly snapshot: Snapshotting["snapshot"]
}

/** Answers `own`, which owns a partition until the scope closes. */
export const makeOwnership = Effect.fnUntraced(function* (shared: Shared) {
  const seriesMost = shareOf(yield* SeriesLimit)
  const admitSeries = yield* makeAdmitSeries
  const recoveries = yield* Semaphore.make(limits.recoveriesAtOnce)
  const rawRecoveries = yield* Semaphore.make(1)
  // Raw history reads the same journal again: it waits until all that start evaluate, and takes its time then.
  const { noneStarts, starts } = makeStarts()
  const handOver = yield* makeHandOver(shared)

  /** Ends when the partition is lost. */
  const serve = Effect.fnUntraced(function* (id: number) {
    const { decisions, partitions } = shared
    const partition = yield* starts(
      id,
      recoveries.withPermits(1)(recover(id, (partition, seq, facts) => decisions.add(partition, seq, facts)))
    )
    partition.seriesMost = seriesMost
    partition.admitSeries = admitSeries
    partitions.add(partition)
    const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
    // Spread by number, so that the snapshots of partitions that started together do not come together.
    partition.snapshotDueMillis = now + (limits.snapshotIntervalMillis * id) / PARTITIONS
    partition.rawSnapshotDueMillis = now + (limits.rawSnapshotIntervalMillis * id) / PARTITIONS
    yield* Effect.onError(catchUp(partition), () => Effect.sync(() => partitions.drop(partition)))
    if (partitions.refused.has(id)) {
      // What the store has refused comes first: senders are not let in before it takes that.
      yield* Effect.ignore(decisions.stored(partition, partition.journalSeq))
      if (partition.isLost) return
      partitions.refused.delete(id)
    }
    partition.isReady = true
    const fill = Effect.andThen(noneStarts.await, fillRaw(partition, rawRecoveries))
    // It ends with the partition: what is lost reads no journal any more, and holds up nobody.
    yield* Effect.raceFirst(Effect.andThen(fill, Effect.never), Deferred.await(partition.gone))
  })

  /** A partition whose facts the store refuses is tried again, but not all the time (K9). */
  const serveAgain = Effect.fnUntraced(function* (id: number) {
    let refusals = 0
    while (true) {
      yield* Effect.catchCause(serve(id), tryAgain)
      if (shared.partitions.refused.has(id)) {
        yield* Effect.sleep(Math.min(REFUSED_RETRY_MILLIS * 2 ** refusals++, REFUSED_RETRY_MOST_MILLIS))
      } else refusals = 0
    }
  })

  return (id: number): Effect.Effect<void, never, Scope.Scope | Catalogue | Journal | Snapshots> =>
    Effect.andThen(
      Effect.addFinalizer(() => handOver(id)),
      Effect.asVoid(Effect.forkScoped(serveAgain(id)))
    )
})

/** Which partitions are being recovered; one that has failed is not waited for when it is tried again. */
const makeStarts = () => {
  const starting = new Set<number>()
  const failed = new Set<number>()
  const noneStarts = Latch.makeUnsafe(true)
  const end = (id: number) => {
    starting.delete(id)
    if (starting.size === 0) noneStarts.openUnsafe()
  }
  const starts = <A, E, R>(id: number, recovery: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.suspend(() => {
      if (!failed.has(id)) {
        starting.add(id)
        noneStarts.closeUnsafe()
      }
      return Effect.onExit(recovery, (exit) =>
        Effect.sync(() => {
          if (Exit.isSuccess(exit)) failed.delete(id)
          else failed.add(id)
          end(id)
        })
      )
    })
  return { noneStarts, starts }
}

/** What comes after the position it has now is in the RAM tier already. */
const fillRaw = (partition: LocalPartition, turn: Semaphore.Semaphore) =>
  turn
    .withPermits(1)(recoverRaw(partition, partition.journalSeq))
    .pipe(
      Effect.retry({ schedule: Schedule.spaced("2 seconds"), times: RAW_ATTEMPTS }),
      Effect.catchCause((cause) =>
        Effect.flatMap(Clock.currentTimeMillis, (now) => {
          // Without what was before it goes on: a snapshot of what there is lets the journal be dropped again.
          partition.rawMissing = null
          partition.raw.heldFrom = now + limits.futureMillis
          return Effect.logError(
            "raw history from before the start could not be read back: only the tiers have it",
            cause
          )
        })
      )
    )

const makeHandOver = Effect.fnUntraced(function* ({ decisions, partitions, snapshot, submit }: Shared) {
  let withoutSnapshot = 0
  // One sentence at the end: where the database is away, each of all partitions would say the same.
  yield* Effect.addFinalizer(() =>
    withoutSnapshot === 0
      ? Effect.void
      : Effect.logInfo(`${withoutSnapshot} partitions were handed over without a last snapshot; they read more journal`)
  )

  const store = Effect.fnUntraced(function* (partition: LocalPartition) {
    partition.isReady = false
    if (!partition.open.isEmpty) yield* submit(0, nothingMore, null)
    yield* decisions.stored(partition, partition.journalSeq)
    yield* snapshot(partition, "detection")
    if (partition.rawMissing === null) yield* snapshot(partition, "raw")
  })

  return (id: number) =>
    Effect.suspend(() => {
      const partition = partitions.get(id)
      if (partition === null) return Effect.void
      return (partition.isReady ? store(partition) : Effect.void).pipe(
        // A finalizer cannot be interrupted, and then no timeout ends it.
        Effect.interruptible,
        Effect.timeout(limits.handOverMillis),
        Effect.catchCause((cause) => {
          withoutSnapshot++
          return Effect.logDebug("partition handed over without a last snapshot", cause)
        }),
        Effect.ensuring(Effect.sync(() => partitions.drop(partition)))
      )
    }).pipe(Effect.ensuring(Effect.sync(() => partitions.disown(id))))
})

const nothingMore = () => {}

/** The database may be away, or the journal be damaged: say so, and do not give up. */
const tryAgain = (cause: Cause.Cause<unknown>) =>
  Effect.andThen(
    Effect.logWarning("a partition could not be recovered; it is tried again", cause),
    Effect.sleep("1 second")
  )

/** Snapshots of both folds, one partition after the other, so that their cost is spread over the interval. */
import { Clock, Effect, Semaphore } from "effect"
import { limits } from "../../limits.ts"
import { type SnapshotKind, Snapshots } from "../../store/Snapshots.ts"
import type { Decisions } from "./Decisions.ts"
import { Faults } from "./Faults.ts"
import type { LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { encodeRawHistory, RAW_CODEC_VERSION } from "./RawHistorySnapshot.ts"
import { DETECTION_CODEC_VERSION, encodeState } from "./StateSnapshot.ts"

/** How often the next partition's turn is looked for: 128 turns take half of the detection interval. */
const TURN_MILLIS = 250
/** Snapshots that wait for their facts to be stored: in a storm that takes seconds, and others need not wait for it. */
const WAITING_MOST = 8

export interface Snapshotting {
  /** Stores the partition as it stands, now: before it is handed over. */
  readonly snapshot: (partition: LocalPartition, kind: SnapshotKind) => Effect.Effect<void>
}

export const makeSnapshotting = Effect.fnUntraced(function* (partitions: LocalPartitions, decisions: Decisions) {
  const store = yield* Snapshots
  const fault = yield* Faults

  const snapshot = Effect.fnUntraced(
    function* (partition: LocalPartition, kind: SnapshotKind) {
      const { seq } = partition.state
      if (seq <= (kind === "detection" ? partition.snapshotSeq : partition.rawSnapshotSeq)) return
      const [bytes, codecVersion] =
        kind === "detection"
          ? [encodeState(partition.state), DETECTION_CODEC_VERSION]
          : [encodeRawHistory(partition.raw), RAW_CODEC_VERSION]
      // A snapshot must not be ahead of the facts: what it has behind it is never decided again.
      yield* decisions.stored(partition, seq)
      yield* fault("snapshot.before")
      yield* store.save({ partition: partition.id, kind, seq, codecVersion, bytes }, partition.epoch)
      yield* fault("snapshot.after")
      if (kind === "detection") partition.snapshotSeq = seq
      else partition.rawSnapshotSeq = seq
    },
    Effect.catchCause((cause) => Effect.logWarning("snapshot not stored; a recovery reads more of the journal", cause))
  )

  /** The one that has been due the longest: where snapshots take long, none is passed over for ever. */
  const due = (now: number): LocalPartition | undefined => {
    const all = partitions.all().filter((partition) => partition.isReady && partition.snapshotDueMillis <= now)
    return all.sort((a, b) => a.snapshotDueMillis - b.snapshotDueMillis)[0]
  }

  const turn = Effect.fnUntraced(function* (partition: LocalPartition, now: number) {
    partition.snapshotDueMillis = now + limits.snapshotIntervalMillis
    yield* snapshot(partition, "detection")
    if (partition.rawSnapshotDueMillis <= now && partition.rawMissing === null) {
      partition.rawSnapshotDueMillis = now + limits.rawSnapshotIntervalMillis
      yield* snapshot(partition, "raw")
    }
  })

  const waiting = yield* Semaphore.make(WAITING_MOST)
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.gen(function* () {
        yield* Effect.sleep(TURN_MILLIS)
        yield* waiting.take(1)
        const now = yield* Clock.currentTimeMillis
        const partition = due(now)
        const work = partition === undefined ? Effect.void : turn(partition, now)
        yield* Effect.forkChild(Effect.ensuring(work, waiting.release(1)), { startImmediately: true })
      })
    )
  )

  return { snapshot } satisfies Snapshotting
})

/** From the journal to a partition that evaluates: the one way, after a start, a crash, a lost database or a move. */
import { Clock, Effect } from "effect"
import { limits } from "../../limits.ts"
import { Catalogue } from "../../store/catalogue/Catalogue.ts"
import { Journal, StoreUnavailable } from "../../store/Journal.ts"
import { Snapshots } from "../../store/Snapshots.ts"
import { appendRaw, foldRecord } from "./Evaluation.ts"
import { LocalPartition } from "./LocalPartition.ts"
import { RawHistory } from "./RawHistory.ts"
import { decodeRawHistory, RAW_CODEC_VERSION } from "./RawHistorySnapshot.ts"
import { decodeRecord } from "./Record.ts"
import { type DecidedFacts, PartitionState } from "./State.ts"
import { DETECTION_CODEC_VERSION, decodeState } from "./StateSnapshot.ts"

export const RAW_MISSING = "raw history from before the hub's last start is being read back"

/** Claims a partition and folds its journal. `decided` is told of facts that are not stored yet. */
export const recover = Effect.fnUntraced(function* (
  id: number,
  decided: (partition: LocalPartition, seq: number, facts: DecidedFacts) => void
) {
  const journal = yield* Journal
  const snapshots = yield* Snapshots
  const claim = yield* journal.claim(id)
  const snapshot = yield* snapshots.latest(id, "detection", DETECTION_CODEC_VERSION)
  const state = snapshot === null ? new PartitionState(id) : decodeState(snapshot.bytes)
  const partition = new LocalPartition(id, claim.epoch, state, new RawHistory())
  yield* forEachRecord(id, state.seq, claim.tail, state.seq, (seq, record) => {
    const facts: DecidedFacts = { series: [], detection: [] }
    const failure = foldRecord(state, null, seq, decodeRecord(record), facts)
    if (seq > claim.appliedSeq) decided(partition, seq, facts)
    return failure ?? Effect.void
  }).pipe(
    // What it has decided must not be stored beside what the next recovery decides.
    Effect.onError(() => Effect.sync(() => (partition.isLost = true)))
  )
  partition.journalSeq = claim.tail
  // How much of this is in the tiers is not known, until the next move has moved up to here.
  partition.untiered.add(claim.tail, limits.oldestTimestamp)
  partition.snapshotSeq = snapshot?.seq ?? 0
  partition.journalledVersion = state.catalogue.version
  partition.rawMissing = RAW_MISSING
  return partition
})

/**
 * Puts the catalogue changes that are not journalled yet at the head of what comes next. Answers their newest version,
 * which is in force once that is durable.
 */
export const catchUp = Effect.fnUntraced(function* (partition: LocalPartition) {
  const catalogue = yield* Catalogue
  while (true) {
    const changes = yield* catalogue.changesAfter(partition.journalledVersion, limits.changesPerRecord)
    if (changes.length === 0) return partition.journalledVersion
    const timeMillis = yield* Clock.currentTimeMillis
    // Another catch-up may have come by while this one read.
    const news = changes.filter((change) => change.version > partition.journalledVersion)
    if (news.length > 0) {
      partition.open.control({ timeMillis, changes: news })
      partition.journalledVersion = news.at(-1)!.version
    }
  }
})

/**
 * Rebuilds the RAM tier from its own, older snapshot and the journal behind it, up to where recovery ended. Live points
 * go into `partition.raw` meanwhile; the rebuilt history is put in front of them at the end.
 */
export const recoverRaw = Effect.fnUntraced(function* (partition: LocalPartition, tail: number) {
  const snapshots = yield* Snapshots
  const snapshot = yield* snapshots.latest(partition.id, "raw", RAW_CODEC_VERSION)
  const older = snapshot === null ? new RawHistory() : decodeRawHistory(snapshot.bytes)
  partition.rawSnapshotSeq = snapshot?.seq ?? 0
  // The journal is kept for detection, so without a raw snapshot the oldest points may be gone already.
  let first = snapshot === null ? null : 1
  const pause = yield* makePause
  yield* forEachRecord(partition.id, snapshot?.seq ?? 0, tail, snapshot?.seq ?? null, (seq, record) => {
    first ??= seq
    appendRaw(older, decodeRecord(record))
    return pause
  })
  if (tail > 0 && first !== 1) older.heldFrom = (yield* Clock.currentTimeMillis) + limits.futureMillis
  partition.raw.mergeOlder(older)
  partition.rawMissing = null
})

/** Synchronous work on raw history between two turns of the event loop. */
const SLICE_MILLIS = 8

/** Rests as long as was worked, after each slice: whoever is evaluated and asked meanwhile comes first. */
const makePause = Effect.map(Clock.currentTimeMillis, (started) => {
  let since = started
  return Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const worked = now - since
    if (worked < SLICE_MILLIS) return Effect.void
    const rested = Effect.flatMap(Effect.sleep(worked), () => Clock.currentTimeMillis)
    return Effect.map(rested, (later) => {
      since = later
    })
  })
})

/**
 * Records (after, tail] in order, with a turn of the event loop between pages. A hole is damage, and stops the fold:
 * `previous` is the position that the first record must follow, or null where it may be any.
 */
const forEachRecord = Effect.fnUntraced(function* (
  partition: number,
  after: number,
  tail: number,
  previous: number | null,
  take: (seq: number, record: Uint8Array) => Effect.Effect<void>
) {
  const journal = yield* Journal
  let expected = previous === null ? null : previous + 1
  let seq = after
  while (seq < tail) {
    const rows = yield* journal.read(partition, seq, limits.recoveryRows)
    for (const row of rows) {
      if (expected !== null && row.seq !== expected) return yield* hole(partition, expected)
      yield* take(row.seq, row.record)
      seq = row.seq
      expected = seq + 1
    }
    if (rows.length === 0) {
      if (previous === null && seq === after) return
      return yield* hole(partition, seq + 1)
    }
    yield* Effect.yieldNow
  }
})

const hole = (partition: number, seq: number) =>
  new StoreUnavailable({ message: `the journal of partition ${partition} lacks record ${seq}: restore a backup` })

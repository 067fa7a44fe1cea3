/**
 * From durable records to stored facts. The evaluator folds records in the order they were committed; the writers
 * of facts store what was decided. Each runs at its own pace behind a bound.
 */
import { Clock, Effect, Queue } from "effect"
import { Decisions } from "./Decisions.ts"
import { storing } from "./FactsWriter.ts"
import { Faults } from "./Faults.ts"
import type { CommittedRecord } from "./GroupCommit.ts"
import type { LateCounters, LocalPartitions } from "./LocalPartition.ts"
import { type RawHistory, RawOutcome } from "./RawHistory.ts"
import { type Entry, readEntries } from "./Record.ts"
import type { DecidedFacts, PartitionState } from "./State.ts"
import { supervised } from "./Supervision.ts"

/** Synchronous work between two turns of the event loop. */
const SLICE_MILLIS = 8

/** Starts all; `decisions` is where it leaves what they store. */
export const makeEvaluation = Effect.fnUntraced(function* (
  partitions: LocalPartitions,
  committed: Queue.Dequeue<ReadonlyArray<CommittedRecord>>
) {
  const decisions = new Decisions()
  yield* supervised("evaluation", partitions, evaluating(partitions, committed, decisions))
  for (const lane of decisions.lanes) yield* supervised("a writer of facts", partitions, storing(partitions, lane))
  return decisions
})

const evaluating = Effect.fnUntraced(function* (
  partitions: LocalPartitions,
  committed: Queue.Dequeue<ReadonlyArray<CommittedRecord>>,
  decisions: Decisions
) {
  const fault = yield* Faults
  while (true) {
    const records = yield* Queue.take(committed)
    yield* fault("apply.before")
    let started = yield* Clock.currentTimeMillis
    for (const record of records) {
      // Before each: all records of a flush may decide more than may wait.
      yield* decisions.hasRoom.await
      if (record.partition.isLost) continue
      const failure = evaluate(partitions, record, decisions)
      if (failure !== null) yield* failure
      const now = yield* Clock.currentTimeMillis
      if (now - started > SLICE_MILLIS) {
        yield* Effect.yieldNow
        started = now
      }
    }
    yield* fault("apply.after")
  }
})

/** One turn: whoever looks at the partition sees its state, its raw history and its decisions at one position. */
const evaluate = (partitions: LocalPartitions, { partition, record, seq }: CommittedRecord, decisions: Decisions) => {
  const facts: DecidedFacts = { series: [], detection: [] }
  const entries = readEntries(record)
  const failure = foldRecord(partition.state, partition.raw, seq, entries, facts, partition.late)
  const oldestMillis = oldestOf(entries)
  if (oldestMillis !== null) partition.untiered.add(seq, oldestMillis)
  partitions.noteCatalogue(partition)
  decisions.add(partition, seq, facts)
  return failure
}

/** The oldest timestamp of the points, null where there are none. */
const oldestOf = (entries: ReadonlyArray<Entry>): number | null => {
  let oldest: number | null = null
  for (const entry of entries) {
    if (entry._tag !== "Points") continue
    const { runs, times } = entry.points
    for (let run = 0; run < runs; run++) if (oldest === null || times[run]! < oldest) oldest = times[run]!
  }
  return oldest
}

/**
 * Folds one record into detection and the RAM tier. What was left out of it because of a bug is told loudly; it stops
 * nothing behind it (K9).
 */
export const foldRecord = (
  state: PartitionState,
  raw: RawHistory | null,
  seq: number,
  entries: ReadonlyArray<Entry>,
  facts: DecidedFacts,
  late?: LateCounters
): Effect.Effect<void> | null => {
  state.apply(seq, entries, facts)
  let { failure } = state
  try {
    if (raw !== null) appendRaw(raw, entries, late)
  } catch (error) {
    failure ??= error
  }
  if (failure === null) return null
  return Effect.logError("part of a journal record could not be evaluated", {
    partition: state.partition,
    seq,
    error: failure
  })
}

/** The RAM tier is a fold of its own over the same entries. */
export const appendRaw = (raw: RawHistory, entries: ReadonlyArray<Entry>, late?: LateCounters): void => {
  for (const entry of entries) {
    if (entry._tag !== "Points") continue
    const { count } = entry.points
    if (outcomes.length < count) outcomes = new Uint8Array(count)
    const lateCount = raw.appendColumns(entry.points, outcomes)
    if (lateCount > 0 && late !== undefined) countLate(late, count)
  }
}

/** What became of the points of the newest call; kept, so that a batch costs no allocation. */
let outcomes = new Uint8Array(1_024)

/** Points that were not newer than their series (I4, I6), by what became of them. */
const countLate = (late: LateCounters, count: number): void => {
  for (let i = 0; i < count; i++) {
    const outcome = outcomes[i]
    if (outcome === RawOutcome.appended) continue
    if (outcome === RawOutcome.duplicate) late.duplicate++
    else if (outcome === RawOutcome.conflicting) late.conflicting++
    else late.late++
  }
}

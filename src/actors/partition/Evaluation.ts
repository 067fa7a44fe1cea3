/**
 * From durable records to stored facts. The evaluator folds records in the order they were committed; the facts writer
 * stores what was decided, together with the position it was decided at. Each runs at its own pace behind a bound.
 */
import { Cause, Clock, Effect, Exit, Option, Queue } from "effect"
import type { AlertFact } from "../../schema/Alert.ts"
import { placementOf } from "../../schema/CorrelationKey.ts"
import type { ViolationFact } from "../../schema/Violation.ts"
import { type FactBatch, Facts } from "../../store/Facts.ts"
import type { CorrelationInbox } from "../../store/Incidents.ts"
import type { Fenced, StoreUnavailable } from "../../store/Journal.ts"
import { type Decision, Decisions } from "./Decisions.ts"
import { Faults } from "./Faults.ts"
import type { CommittedRecord } from "./GroupCommit.ts"
import type { LateCounters, LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { type RawHistory, RawOutcome } from "./RawHistory.ts"
import { type Entry, readEntries } from "./Record.ts"
import type { DecidedFacts, PartitionState } from "./State.ts"
import { supervised } from "./Supervision.ts"
import { Transitions } from "./Transitions.ts"

/** Synchronous work between two turns of the event loop. */
const SLICE_MILLIS = 8

/** Starts both; `decisions` is where the one leaves what the other stores. */
export const makeEvaluation = Effect.fnUntraced(function* (
  partitions: LocalPartitions,
  committed: Queue.Dequeue<ReadonlyArray<CommittedRecord>>
) {
  const decisions = new Decisions()
  yield* supervised("evaluation", partitions, evaluating(partitions, committed, decisions))
  yield* supervised("the writer of facts", partitions, storing(partitions, decisions))
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
    yield* decisions.hasRoom.await
    yield* fault("apply.before")
    let started = yield* Clock.currentTimeMillis
    for (const record of records) {
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
  const failure = foldRecord(partition.state, partition.raw, seq, readEntries(record), facts, partition.late)
  partitions.catalogueVersion = Math.max(partitions.catalogueVersion, partition.state.catalogue.labelsVersion)
  decisions.add(partition, seq, facts)
  return failure
}

const storing = Effect.fnUntraced(function* (partitions: LocalPartitions, decisions: Decisions) {
  const store = yield* Facts
  const fault = yield* Faults
  const transitions = yield* Transitions
  while (true) {
    yield* decisions.hasWork.await
    decisions.hasWork.closeUnsafe()
    const taken = decisions.oldest()
    const batch = batchOf(taken)
    yield* fault("facts.before")
    const exit = yield* Effect.exit(batch.positions.length > 0 ? store.commit(batch) : Effect.void)
    if (Exit.isSuccess(exit)) {
      yield* fault("facts.after")
      const inboxes = inboxesOf(batch.alerts)
      if (inboxes.length > 0) yield* transitions.stored(inboxes)
      decisions.remove(taken.length)
    } else {
      yield* Effect.logWarning("facts could not be stored; their partitions recover", exit.cause)
      const fenced = fencedOf(exit.cause)
      for (const { partition } of taken) {
        if (fenced === null || fenced.includes(partition.id)) partitions.drop(partition)
      }
      // What is left of a fenced batch was not written, and is tried again.
      decisions.remove(0)
    }
  }
})

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

/** The partitions that other nodes own now, when that was the reason. */
const fencedOf = (cause: Cause.Cause<Fenced | StoreUnavailable>): ReadonlyArray<number> | null => {
  const error = Option.getOrNull(Cause.findErrorOption(cause))
  return error?._tag === "Fenced" ? error.partitions : null
}

const batchOf = (decisions: ReadonlyArray<Decision>): FactBatch => {
  // By object: should two lives of one partition ever meet here, the store refuses the batch for the older epoch.
  const positions = new Map<LocalPartition, FactBatch["positions"][number]>()
  const series: Array<FactBatch["series"][number]> = []
  const violations: Array<ViolationFact> = []
  const alerts: Array<AlertFact> = []
  for (const { partition, seq, facts } of decisions) {
    if (partition.isLost) continue
    positions.set(partition, { partition: partition.id, epoch: partition.epoch, appliedSeq: seq })
    for (const fact of facts.series) series.push(fact)
    for (const fact of facts.detection) {
      if (fact._tag === "Violation") violations.push(fact)
      else alerts.push(fact)
    }
  }
  return { positions: [...positions.values()], series, violations, alerts }
}

const inboxesOf = (alerts: ReadonlyArray<AlertFact>): ReadonlyArray<CorrelationInbox> => {
  const inboxes = new Map<string, CorrelationInbox>()
  for (const { workspaceNumber, metric, labels } of alerts) {
    const { correlationKey } = placementOf(metric, labels)
    inboxes.set(`${workspaceNumber} ${correlationKey}`, { workspaceNumber, correlationKey })
  }
  return [...inboxes.values()]
}

/**
 * From durable records to stored facts. The evaluator folds records in the order they were committed; the facts writer
 * stores what was decided, together with the position it was decided at. Each runs at its own pace behind a bound.
 */
import { Clock, Deferred, Effect, Latch, Queue } from "effect"
import { limits } from "../../limits.ts"
import type { AlertFact } from "../../schema/Alert.ts"
import { placementOf } from "../../schema/CorrelationKey.ts"
import type { ViolationFact } from "../../schema/Violation.ts"
import { type FactBatch, Facts } from "../../store/Facts.ts"
import type { CorrelationInbox } from "../../store/Incidents.ts"
import { Faults } from "./Faults.ts"
import type { CommittedRecord } from "./GroupCommit.ts"
import type { LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { Unavailable } from "./Partitions.ts"
import type { RawHistory } from "./RawHistory.ts"
import { type Entry, readEntries } from "./Record.ts"
import type { DecidedFacts, PartitionState } from "./State.ts"
import { Transitions } from "./Transitions.ts"

/** Synchronous work between two turns of the event loop. */
const SLICE_MILLIS = 8

/** What one record decided, waiting to be stored. */
interface Decision {
  readonly partition: LocalPartition
  readonly seq: number
  readonly facts: DecidedFacts
}

/** Somebody waits until the facts of a record are stored. */
interface Waiter {
  readonly partition: LocalPartition
  readonly seq: number
  readonly done: Deferred.Deferred<void, Unavailable>
}

export interface Evaluation {
  /** Takes in what a recovery decided again. */
  readonly decided: (partition: LocalPartition, seq: number, facts: DecidedFacts) => void
  /** Answers when the facts of the partition's record `seq` are stored. */
  readonly stored: (partition: LocalPartition, seq: number) => Effect.Effect<void, Unavailable>
  /** Decisions not stored yet. */
  readonly pending: () => number
}

export const makeEvaluation = Effect.fnUntraced(function* (
  partitions: LocalPartitions,
  committed: Queue.Dequeue<ReadonlyArray<CommittedRecord>>
) {
  const store = yield* Facts
  const fault = yield* Faults
  const transitions = yield* Transitions
  const hasWork = Latch.makeUnsafe(false)
  const hasRoom = Latch.makeUnsafe(true)
  let decisions: Array<Decision> = []
  let waiters: Array<Waiter> = []
  let pending = 0

  const decided = (partition: LocalPartition, seq: number, facts: DecidedFacts): void => {
    const count = facts.series.length + facts.detection.length
    if (count > 0) {
      decisions.push({ partition, seq, facts })
      pending += count
      if (pending > limits.factsPending) hasRoom.closeUnsafe()
    }
    if (count > 0 || waiters.length > 0) hasWork.openUnsafe()
  }

  const settleWaiters = (): void => {
    const oldest = new Map<LocalPartition, number>()
    for (const { partition, seq } of decisions) if (!oldest.has(partition)) oldest.set(partition, seq)
    const isDone = ({ partition, seq }: Waiter): boolean =>
      partition.isLost || (partition.state.seq >= seq && (oldest.get(partition) ?? Number.POSITIVE_INFINITY) > seq)
    const done = waiters.filter(isDone)
    // Whoever is told may run at once and wait again: the list is in order before.
    waiters = waiters.filter((waiter) => !isDone(waiter))
    for (const waiter of done) {
      Deferred.doneUnsafe(waiter.done, waiter.partition.isLost ? Effect.fail(lost) : Effect.void)
    }
  }

  const evaluate = Effect.fnUntraced(function* (records: ReadonlyArray<CommittedRecord>) {
    yield* hasRoom.await
    yield* fault("apply.before")
    let started = yield* Clock.currentTimeMillis
    for (const { partition, seq, record } of records) {
      if (partition.isLost) continue
      const facts: DecidedFacts = { series: [], detection: [] }
      // One turn: whoever looks at the partition sees its state, its raw history and what was decided at one position.
      const { version } = partition.state.catalogue
      const failure = foldRecord(partition.state, partition.raw, seq, readEntries(record), facts)
      if (partition.state.catalogue.version > version) partitions.catalogueVersion++
      decided(partition, seq, facts)
      if (failure !== null) yield* failure
      const now = yield* Clock.currentTimeMillis
      if (now - started > SLICE_MILLIS) {
        yield* Effect.yieldNow
        started = now
      }
    }
    yield* fault("apply.after")
  })

  const storeFacts = Effect.fnUntraced(function* () {
    const taken = takeDecisions(decisions)
    const batch = batchOf(taken)
    yield* fault("facts.before")
    if (batch.positions.length > 0) {
      const inbox = inboxOf(batch.alerts)
      yield* store.commit(batch).pipe(
        Effect.matchEffect({
          onSuccess: () => {
            for (const { partition, seq } of taken) partition.factsSeq = seq
            return Effect.andThen(fault("facts.after"), inbox.length > 0 ? transitions.stored(inbox) : Effect.void)
          },
          onFailure: (error) => {
            for (const { partition } of taken) partitions.drop(partition)
            return Effect.logWarning("facts could not be stored; their partitions recover", error)
          }
        })
      )
    }
    decisions = decisions.slice(taken.length).filter(({ partition }) => !partition.isLost)
    pending = decisions.reduce((sum, { facts }) => sum + facts.series.length + facts.detection.length, 0)
    if (pending <= limits.factsPending) hasRoom.openUnsafe()
    if (decisions.length > 0) hasWork.openUnsafe()
    settleWaiters()
  })

  yield* Effect.forkScoped(Effect.forever(Effect.flatMap(Queue.take(committed), evaluate)))
  yield* Effect.forkScoped(
    Effect.forever(
      Effect.gen(function* () {
        yield* hasWork.await
        hasWork.closeUnsafe()
        yield* storeFacts()
      })
    )
  )

  return {
    decided,
    stored: (partition, seq) =>
      Effect.suspend(() => {
        const done = Deferred.makeUnsafe<void, Unavailable>()
        waiters.push({ partition, seq, done })
        hasWork.openUnsafe()
        return Deferred.await(done)
      }),
    pending: () => pending
  } satisfies Evaluation
})

const lost = new Unavailable({
  message: "the partition is moving; try again",
  retryAfterMillis: limits.retryAfterMillis
})

/**
 * Folds one record into detection and the RAM tier. A throw would be a bug, and without this it would stop everything
 * behind it, at every recovery again: the rest of the record is left out, loudly, and since the fold is deterministic
 * every replay leaves out the same.
 */
export const foldRecord = (
  state: PartitionState,
  raw: RawHistory | null,
  seq: number,
  entries: ReadonlyArray<Entry>,
  facts: DecidedFacts
): Effect.Effect<void> | null => {
  if (raw !== null) appendRaw(raw, entries)
  try {
    state.apply(seq, entries, facts)
    return null
  } catch (error) {
    state.seq = seq
    return Effect.logError("a journal record could not be evaluated", { partition: state.partition, seq, error })
  }
}

/** The RAM tier is a fold of its own over the same entries. */
export const appendRaw = (raw: RawHistory, entries: ReadonlyArray<Entry>): void => {
  for (const entry of entries) {
    if (entry._tag !== "Points") continue
    const { count, series, timestamps, values } = entry.points
    raw.appendMany(series, timestamps, values, count)
  }
}

/** As many decisions as fit into one transaction, whole, and none of a partition that was lost. */
const takeDecisions = (decisions: ReadonlyArray<Decision>): ReadonlyArray<Decision> => {
  let count = 0
  let end = 0
  while (end < decisions.length && (end === 0 || count < limits.factsPerCommit)) {
    const { facts } = decisions[end++]!
    count += facts.series.length + facts.detection.length
  }
  return decisions.slice(0, end)
}

const batchOf = (decisions: ReadonlyArray<Decision>): FactBatch => {
  const positions = new Map<number, FactBatch["positions"][number]>()
  const series: Array<FactBatch["series"][number]> = []
  const violations: Array<ViolationFact> = []
  const alerts: Array<AlertFact> = []
  for (const { partition, seq, facts } of decisions) {
    if (partition.isLost) continue
    positions.set(partition.id, { partition: partition.id, epoch: partition.epoch, appliedSeq: seq })
    for (const fact of facts.series) series.push(fact)
    for (const fact of facts.detection) {
      if (fact._tag === "Violation") violations.push(fact)
      else alerts.push(fact)
    }
  }
  return { positions: [...positions.values()], series, violations, alerts }
}

const inboxOf = (alerts: ReadonlyArray<AlertFact>): ReadonlyArray<CorrelationInbox> => {
  const inboxes = new Map<string, CorrelationInbox>()
  for (const { workspaceNumber, metric, labels } of alerts) {
    const { correlationKey } = placementOf(metric, labels)
    inboxes.set(`${workspaceNumber} ${correlationKey}`, { workspaceNumber, correlationKey })
  }
  return [...inboxes.values()]
}

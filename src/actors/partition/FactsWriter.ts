/** Stores what was decided, together with the position it was decided at. */
import { Cause, Effect, Exit } from "effect"
import type { AlertFact } from "../../schema/Alert.ts"
import { placementOf } from "../../schema/CorrelationKey.ts"
import type { ViolationFact } from "../../schema/Violation.ts"
import { type FactBatch, Facts } from "../../store/facts/Facts.ts"
import type { CorrelationInbox } from "../../store/facts/Incidents.ts"
import { Fenced, StoreUnavailable } from "../../store/Journal.ts"
import type { Decision, DecisionLane } from "./Decisions.ts"
import { Faults } from "./Faults.ts"
import type { LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import { Transitions } from "./Transitions.ts"

/** Stores the decisions of a lane, the oldest first, for ever. */
export const storing = Effect.fnUntraced(function* (partitions: LocalPartitions, lane: DecisionLane) {
  const writer = yield* makeWriter(partitions)
  while (true) {
    yield* lane.hasWork.await
    lane.hasWork.closeUnsafe()
    const taken = lane.oldest()
    yield* writer.store(taken)
    lane.remove(taken.length)
  }
})

const makeWriter = Effect.fnUntraced(function* (partitions: LocalPartitions) {
  const facts = yield* Facts
  const fault = yield* Faults
  const transitions = yield* Transitions

  /** Stores them in one transaction. Those that are not stored in the end are of partitions that are lost. */
  const store = (decisions: ReadonlyArray<Decision>): Effect.Effect<void> =>
    Effect.suspend(() => {
      const batch = batchOf(decisions)
      if (batch.positions.length === 0) return Effect.void
      return Effect.gen(function* () {
        yield* fault("facts.before")
        const exit = yield* Effect.exit(facts.commit(batch))
        if (Exit.isFailure(exit)) return yield* recover(decisions, exit.cause)
        yield* fault("facts.after")
        const inboxes = inboxesOf(batch.alerts)
        if (inboxes.length > 0) yield* transitions.stored(inboxes)
      })
    })

  const recover = (decisions: ReadonlyArray<Decision>, cause: Cause.Cause<unknown>) => {
    const concerned = [...new Set(decisions.map(({ partition }) => partition))].filter(({ isLost }) => !isLost)
    const error = Cause.squash(cause)
    if (error instanceof Fenced) {
      const fenced = concerned.filter(({ id }) => error.partitions.includes(id))
      drop(fenced)
      const log = Effect.logWarning("other nodes own these partitions now", error.partitions)
      // Nothing was written, and the rest is still ours to store.
      return fenced.length > 0 ? Effect.andThen(log, store(decisions)) : Effect.sync(() => drop(concerned))
    }
    if (error instanceof StoreUnavailable || Cause.hasInterruptsOnly(cause)) {
      // Written or not: only the database knows, and a recovery asks it.
      drop(concerned)
      return Effect.logWarning("facts could not be stored; their partitions recover", cause)
    }
    if (concerned.length > 1) return isolate(decisions, concerned)
    const reason = error instanceof Error ? error.message : String(error)
    for (const partition of concerned) partitions.refuse(partition, reason)
    const about = { partition: concerned[0]?.id, reason }
    return Effect.logError("facts of a partition cannot be stored; it stops, and is tried again", about, cause)
  }

  /** Each half alone, until it is known which partitions it is about: the others lose nothing by it (K9). */
  const isolate = (decisions: ReadonlyArray<Decision>, concerned: ReadonlyArray<LocalPartition>) => {
    const half = new Set(concerned.slice(0, concerned.length / 2))
    return Effect.andThen(
      store(decisions.filter(({ partition }) => half.has(partition))),
      store(decisions.filter(({ partition }) => !half.has(partition)))
    )
  }

  const drop = (lost: ReadonlyArray<LocalPartition>): void => {
    for (const partition of lost) partitions.drop(partition)
  }

  return { store }
})

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

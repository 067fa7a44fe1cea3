/** What must hold at the end of every run, whatever happened in it. The names are those of DESIGN's invariants. */
import { assert } from "@effect/vitest"
import { decodeRecord } from "../../src/actors/partition/Record.ts"
import { parseSeriesKey } from "../../src/actors/partition/Registry.ts"
import { type DecidedFacts, PartitionState } from "../../src/actors/partition/State.ts"
import { encodeState } from "../../src/actors/partition/StateSnapshot.ts"
import { hash63 } from "../../src/http/ingest/Receipts.ts"
import type { AlertFact } from "../../src/schema/Alert.ts"
import { alertIdOf, workspaceIdOf } from "../../src/schema/Identity.ts"
import type { Slice } from "../../src/store/Journal.ts"
import type { MemoryStore } from "../support/MemoryStore.ts"
import { rowsOf } from "../support/points.ts"
import { dimensionKeyOfHost, type Point, WORKSPACES } from "./Scenario.ts"
import type { Outcome } from "./Simulation.ts"

export const holdsInvariants = (outcome: Outcome, undisturbed: Outcome): void => {
  const journal = journalOf(outcome.store)
  isOneHistory(journal)
  eachAcknowledgedBatchIsInItOnce(outcome, journal)
  factsAreItsFold(outcome, journal)
  oneAlertIsOpenPerKey(outcome.store.alerts)
  workspacesDoNotMix(outcome.store.alerts)
  assert.deepStrictEqual(comparable(outcome.store), comparable(undisturbed.store), "K2: facts of an undisturbed run")
}

type Journal = ReadonlyMap<number, ReadonlyArray<Slice>>

/** Everything that was ever journalled, by partition. */
const journalOf = ({ appends }: MemoryStore): Journal =>
  Map.groupBy(
    appends.flatMap(({ slices }) => slices),
    ({ partition }) => partition
  )

/** K4: one writer at a time, each beginning where the one before ended. */
const isOneHistory = (journal: Journal): void => {
  for (const slices of journal.values()) {
    assert.deepStrictEqual(
      slices.map(({ seq }) => seq),
      slices.map((_, i) => i + 1),
      "K4: no position is written twice or left out"
    )
    const epochs = slices.map(({ epoch }) => epoch)
    assert.deepStrictEqual(
      epochs,
      epochs.toSorted((a, b) => a - b),
      "K4: nothing of an older epoch comes later"
    )
  }
}

/**
 * K1. The write that stored a batch's receipt stored the whole batch, and there is one such write. A sender that does
 * not name its batches may have one of them journalled more than once; its points must be there.
 */
const eachAcknowledgedBatchIsInItOnce = ({ acknowledged, store }: Outcome, journal: Journal): void => {
  const keys = new Map([...journal].map(([partition, slices]) => [partition, declaredKeys(slices)]))
  const appends = store.appends.map(({ receipts, slices }) => ({
    sequences: receipts.map(({ sequence }) => sequence),
    points: new Set(slices.flatMap((slice) => pointsOf(slice, keys.get(slice.partition)!)))
  }))
  const everything = new Set(appends.flatMap(({ points }) => [...points]))
  for (const { idempotencyKey, points } of acknowledged) {
    const sequence = idempotencyKey === null ? null : hash63(idempotencyKey)
    const stored = appends.filter(({ sequences }) => sequence !== null && sequences.includes(sequence))
    if (idempotencyKey !== null) assert.strictEqual(stored.length, 1, `K1: batch ${idempotencyKey} is stored once`)
    const where = stored[0]?.points ?? everything
    for (const point of points) assert.isTrue(where.has(nameOf(point)), `K1: ${nameOf(point)} is journalled`)
  }
}

/** K2, K7: folding the journal from its beginning gives the stored facts, in their order, and the state of the node. */
const factsAreItsFold = ({ states, store }: Outcome, journal: Journal): void => {
  for (const [partition, slices] of journal) {
    const state = new PartitionState(partition)
    const facts: DecidedFacts = { series: [], detection: [] }
    for (const { record, seq } of slices) state.apply(seq, decodeRecord(record), facts)
    const isHere = (fact: { readonly partition: number }) => fact.partition === partition
    assert.deepStrictEqual(store.series.filter(isHere), facts.series, "K2: series are the journal's fold")
    assert.deepStrictEqual(
      store.violations.filter(isHere),
      facts.detection.filter((fact) => fact._tag === "Violation"),
      "K2: violations are the journal's fold"
    )
    assert.deepStrictEqual(
      store.alerts.filter(isHere),
      facts.detection.filter((fact) => fact._tag !== "Violation"),
      "K2: alerts are the journal's fold"
    )
    assert.deepStrictEqual(states.get(partition), encodeState(state), "K7: the node's state is the journal's fold")
  }
}

/** K3. */
const oneAlertIsOpenPerKey = (facts: ReadonlyArray<AlertFact>): void => {
  const open = new Set<string>()
  for (const fact of facts) {
    const key = `${fact.ruleId} ${fact.partition} ${fact.series} ${fact.severity}`
    if (fact._tag === "AlertOpened") {
      assert.isFalse(open.has(key), `K3: a second alert is open for ${key}`)
      open.add(key)
    }
    if (fact._tag === "AlertClosed") open.delete(key)
  }
}

/** K8: an alert's id is made of its own workspace and of nothing else's. */
const workspacesDoNotMix = (facts: ReadonlyArray<AlertFact>): void => {
  for (const { alertId, dimensionKey, metric, openTime, ruleId, severity, workspaceNumber } of facts) {
    const workspaceId = workspaceIdOf(WORKSPACES[workspaceNumber - 1]!)
    assert.strictEqual(alertId, alertIdOf(workspaceId, ruleId, metric, dimensionKey, severity, openTime), "K8")
  }
}

/**
 * Facts without what differs between two runs: local numbers of series, the order of partitions, when a point arrived,
 * and the hub's clock when a rule was changed.
 */
export const comparable = ({ alerts, series, violations }: MemoryStore) => ({
  series: series.map(({ series: _, ...fact }) => JSON.stringify(fact)).sort(),
  violations: violations.map(({ receivedTime: _, series: __, ...fact }) => JSON.stringify(fact)).sort(),
  alerts: alerts
    .map(({ receivedTime: _, series: __, ...fact }) => {
      const endedByTheClock = fact._tag === "AlertClosed" && fact.closeReason === "RuleChanged"
      return JSON.stringify(endedByTheClock ? { ...fact, endTime: null } : fact)
    })
    .sort()
})

const declaredKeys = (slices: ReadonlyArray<Slice>): ReadonlyArray<string> =>
  slices.flatMap(({ record }) =>
    decodeRecord(record).flatMap((entry) =>
      entry._tag !== "Declare"
        ? []
        : entry.keys.map((key) => {
            const { dimensionKey, metric, workspaceNumber } = parseSeriesKey(key)
            return `${workspaceNumber} ${metric} ${dimensionKey}`
          })
    )
  )

const pointsOf = ({ record }: Slice, keys: ReadonlyArray<string>): ReadonlyArray<string> =>
  decodeRecord(record).flatMap((entry) => {
    if (entry._tag !== "Points") return []
    return rowsOf(entry.points).map(([series, timestamp, value]) => `${keys[series]} ${timestamp} ${value}`)
  })

const nameOf = ({ host, metric, timestamp, value, workspaceNumber }: Point): string =>
  `${workspaceNumber} ${metric} ${dimensionKeyOfHost(host)} ${timestamp} ${value}`

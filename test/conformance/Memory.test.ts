import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import type { AlertFact } from "../../src/schema/Alert.ts"
import { MemoryStore } from "../support/MemoryStore.ts"
import { factsConformance } from "./FactsConformance.ts"
import { type AlertRow, Inside } from "./Inside.ts"
import { journalConformance, journalMaintenance } from "./JournalConformance.ts"
import { snapshotsConformance } from "./SnapshotsConformance.ts"

const inside = (store: MemoryStore) =>
  Inside.of({
    age: (hours) =>
      Effect.sync(() => {
        const millis = hours * 3_600_000
        for (const receipt of store.receipts) receipt.receivedMillis -= millis
        for (const { snapshots } of store.partitions.values()) {
          for (const snapshot of snapshots) snapshot.createdMillis -= millis
        }
      }),
    damage: (partition, kind, how) =>
      Effect.sync(() => {
        const { snapshots } = store.rows(partition)
        const newest = snapshots.findLastIndex((snapshot) => snapshot.kind === kind)
        const { bytes } = snapshots[newest]!
        const damaged = how === "cut" ? bytes.slice(0, -1) : bytes.map((byte, i) => (i === 1 ? byte ^ 1 : byte))
        snapshots[newest] = { ...snapshots[newest]!, bytes: damaged }
      }),
    facts: (partition) =>
      Effect.sync(() => {
        const isHere = (fact: { readonly partition: number }) => fact.partition === partition
        const alerts = store.alerts.filter(isHere)
        return {
          series: store.series
            .filter(isHere)
            .map(({ dimensionKey, metric, series }) => ({ series, metric, dimensionKey })),
          violations: store.violations
            .filter(isHere)
            .map(({ actual, direction, lower, series, severity, timestamp, upper }) => ({
              series,
              timestamp,
              actual,
              lower,
              upper,
              direction,
              severity
            })),
          alerts: [...alerts.reduce(applied, new Map<string, AlertRow>()).values()],
          transitions: alerts.map(({ _tag, alertId }) => ({ kind: _tag, alertId }))
        }
      })
  })

/** Alert rows after one more fact. */
const applied = (rows: Map<string, AlertRow>, fact: AlertFact): Map<string, AlertRow> => {
  const row = rows.get(fact.alertId)
  if (fact._tag === "AlertOpened") {
    const { alertId: id, labels, openTime, startTime, violationCount } = fact
    const open = {
      status: "Open",
      closeReason: null,
      endTime: null,
      acknowledgedBy: null,
      closedBy: null,
      closedNote: null
    }
    rows.set(id, { id, labels, openTime, startTime, violationCount, ...open })
  } else if (fact._tag === "AlertAcknowledged") {
    rows.set(fact.alertId, { ...row!, status: "Acknowledged", acknowledgedBy: fact.actor })
  } else if (fact._tag === "AlertClosed") {
    const { actor: closedBy, closeReason, endTime, note: closedNote, violationCount } = fact
    rows.set(fact.alertId, { ...row!, status: "Closed", closeReason, endTime, violationCount, closedBy, closedNote })
  }
  return rows
}

const Memory = Layer.unwrap(
  Effect.sync(() => {
    const store = new MemoryStore()
    return Layer.merge(store.layer, Layer.succeed(Inside, inside(store)))
  })
)

layer(Memory)("journal in memory", journalConformance)
layer(Layer.fresh(Memory))("tidying of the journal in memory", journalMaintenance)
layer(Layer.fresh(Memory))("snapshots in memory", snapshotsConformance)
layer(Layer.fresh(Memory))("facts in memory", factsConformance)

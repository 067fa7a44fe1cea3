/**
 * Journal, snapshots and facts in memory, for simulation: like a database they outlive the nodes that use them. The
 * same contracts as Postgres, held by the same conformance suite. Each call happens at once and whole; whatever may
 * come between a node and its store is the simulation's.
 */
import { crc32 } from "node:zlib"
import { Clock, Effect, Layer } from "effect"
import { limits } from "../../src/limits.ts"
import type { AlertFact } from "../../src/schema/Alert.ts"
import type { ViolationFact } from "../../src/schema/Violation.ts"
import { type FactBatch, Facts, FactsRefused, type SeriesFact } from "../../src/store/facts/Facts.ts"
import { Fenced, Journal, type JournalRow, type Receipt, type Slice } from "../../src/store/Journal.ts"
import { type Snapshot, type SnapshotKind, Snapshots } from "../../src/store/Snapshots.ts"

export interface StoredSnapshot extends Snapshot {
  readonly checksum: number
  createdMillis: number
}

export const isIntact = ({ bytes, checksum }: StoredSnapshot): boolean => crc32(bytes) === checksum

interface StoredReceipt extends Receipt {
  receivedMillis: number
}

/** One group commit, as it was written. */
export interface Append {
  readonly slices: ReadonlyArray<Slice>
  readonly receipts: ReadonlyArray<Receipt>
}

interface PartitionRows {
  epoch: number
  appliedSeq: number
  journal: Array<JournalRow>
  snapshots: Array<StoredSnapshot>
}

const KEPT_SNAPSHOTS = 3
/** After so long without a new one, the older snapshots of a partition are not worth the journal behind them. */
const QUIET_MILLIS = 10 * 60_000

export class MemoryStore {
  readonly partitions = new Map<number, PartitionRows>()
  readonly receipts: Array<StoredReceipt> = []
  readonly series: Array<SeriesFact> = []
  readonly violations: Array<ViolationFact> = []
  readonly alerts: Array<AlertFact> = []
  /** Ids of alerts by what at most one may be open for (K3). */
  readonly openAlerts = new Map<string, string>()
  /** All there ever were, those that `maintain` dropped included. */
  readonly appends: Array<Append> = []
  /** What stale epochs tried to write. */
  readonly refused = { append: 0, commit: 0, save: 0 }
  /** Damaged snapshots that a recovery met. */
  passedOver = 0
  /** Records that the journal no longer holds. */
  droppedRows = 0

  readonly journal = journalOf(this)
  readonly snapshots = snapshotsOf(this)
  readonly facts = factsOf(this)
  readonly layer = Layer.mergeAll(
    Layer.succeed(Journal, this.journal),
    Layer.succeed(Snapshots, this.snapshots),
    Layer.succeed(Facts, this.facts)
  )

  rows(partition: number): PartitionRows {
    const known = this.partitions.get(partition)
    if (known !== undefined) return known
    const rows = { epoch: 0, appliedSeq: 0, journal: [], snapshots: [] }
    this.partitions.set(partition, rows)
    return rows
  }

  /** Oldest first. */
  snapshotsOf(partition: number, kind: SnapshotKind): ReadonlyArray<StoredSnapshot> {
    return this.rows(partition).snapshots.filter((snapshot) => snapshot.kind === kind)
  }
}

/** The epoch check that guards every write (K4). */
const fence = (
  store: MemoryStore,
  write: keyof MemoryStore["refused"],
  owners: ReadonlyArray<{ readonly partition: number; readonly epoch: number }>
) =>
  Effect.suspend(() => {
    const partitions = owners.flatMap(({ partition, epoch }) =>
      store.partitions.get(partition)?.epoch === epoch ? [] : [partition]
    )
    if (partitions.length === 0) return Effect.void
    store.refused[write]++
    return new Fenced({ partitions })
  })

const journalOf = (store: MemoryStore) => {
  /** Receipts of a sender that still count, oldest first. */
  const receiptsOf = (sender: bigint) =>
    Effect.map(Clock.currentTimeMillis, (now) =>
      store.receipts.filter((one) => one.sender === sender && one.receivedMillis > now - limits.receiptMillis)
    )

  return Journal.of({
    claim: (partition) =>
      Effect.sync(() => {
        const rows = store.rows(partition)
        rows.epoch++
        const tail = Math.max(rows.appliedSeq, rows.journal.at(-1)?.seq ?? 0, ...rows.snapshots.map(({ seq }) => seq))
        return { partition, epoch: rows.epoch, appliedSeq: rows.appliedSeq, tail }
      }),
    append: Effect.fnUntraced(function* (slices, receipts) {
      const receivedMillis = yield* Clock.currentTimeMillis
      yield* fence(store, "append", slices)
      const copies = slices.map((slice) => ({ ...slice, record: slice.record.slice() }))
      for (const { partition, seq, record } of copies) store.rows(partition).journal.push({ seq, record })
      store.receipts.push(...receipts.map((receipt) => ({ ...receipt, receivedMillis })))
      store.appends.push({ slices: copies, receipts })
    }),
    read: (partition, afterSeq, limit) =>
      Effect.sync(() =>
        store
          .rows(partition)
          .journal.filter((row) => row.seq > afterSeq)
          .slice(0, limit)
      ),
    findReceipt: (sender, sequence) =>
      Effect.map(receiptsOf(sender), (receipts) => {
        const found = receipts.find((receipt) => receipt.sequence === sequence)
        if (found === undefined) return null
        const { receivedMillis: _, ...receipt } = found
        return receipt
      }),
    lastSequence: (sender) =>
      Effect.map(receiptsOf(sender), (receipts) =>
        receipts.reduce<bigint | null>(
          (last, { sequence }) => (last !== null && last > sequence ? last : sequence),
          null
        )
      ),
    maintain: (safe) =>
      Effect.sync(() => {
        for (const { partition, seq } of safe) {
          const rows = store.rows(partition)
          const kept = rows.journal.filter((row) => row.seq > seq)
          store.droppedRows += rows.journal.length - kept.length
          rows.journal = kept
        }
      })
  })
}

const snapshotsOf = (store: MemoryStore) =>
  Snapshots.of({
    save: Effect.fnUntraced(function* (snapshot, epoch) {
      const createdMillis = yield* Clock.currentTimeMillis
      yield* fence(store, "save", [{ partition: snapshot.partition, epoch }])
      const rows = store.rows(snapshot.partition)
      const bytes = snapshot.bytes.slice()
      const same = store
        .snapshotsOf(snapshot.partition, snapshot.kind)
        .filter(({ seq }) => seq !== snapshot.seq)
        .concat({ ...snapshot, bytes, checksum: crc32(bytes), createdMillis })
        .sort((a, b) => a.seq - b.seq)
      const others = rows.snapshots.filter(({ kind }) => kind !== snapshot.kind)
      rows.snapshots = [...others, ...same.slice(-KEPT_SNAPSHOTS)]
    }),
    latest: (partition, kind, codecVersion) =>
      Effect.sync(() => {
        const known = store.snapshotsOf(partition, kind).filter((snapshot) => snapshot.codecVersion === codecVersion)
        const newest = known.findLastIndex(isIntact)
        store.passedOver += known.length - 1 - newest
        if (newest < 0) return null
        const { checksum: _, createdMillis: __, ...snapshot } = known[newest]!
        return snapshot
      }),
    positions: Effect.map(Clock.currentTimeMillis, (now) =>
      [...store.partitions.keys()].flatMap((partition) =>
        (["detection", "raw"] as const).flatMap((kind) => {
          const kept = store.snapshotsOf(partition, kind)
          if (kept.length === 0) return []
          const isQuiet = kept.every(({ createdMillis }) => createdMillis < now - QUIET_MILLIS)
          const newestSeq = kept.at(-1)!.seq
          return [{ partition, kind, newestSeq, oldestSeq: isQuiet ? newestSeq : kept[0]!.seq }]
        })
      )
    )
  })

const factsOf = (store: MemoryStore) =>
  Facts.of({
    commit: Effect.fnUntraced(function* (batch: FactBatch) {
      yield* fence(store, "commit", batch.positions)
      if (JSON.stringify(batch).includes("\\u0000")) {
        return yield* new FactsRefused({ message: "a text holds the one character that Postgres has no place for" })
      }
      const open = openAfter(store.openAlerts, batch.alerts)
      if (open === null) return yield* new FactsRefused({ message: "a second alert is open for its key" })
      store.openAlerts.clear()
      for (const [key, alertId] of open) store.openAlerts.set(key, alertId)
      store.series.push(...batch.series)
      store.violations.push(...batch.violations)
      store.alerts.push(...batch.alerts)
      for (const { partition, appliedSeq } of batch.positions) store.rows(partition).appliedSeq = appliedSeq
    }),
    maintain: () => Effect.void
  })

/** Open alerts by key once these facts have happened; null when two would be open for one key. */
const openAfter = (
  before: ReadonlyMap<string, string>,
  facts: ReadonlyArray<AlertFact>
): Map<string, string> | null => {
  const open = new Map(before)
  for (const fact of facts) {
    const key = `${fact.ruleId} ${fact.partition} ${fact.series} ${fact.severity}`
    if (fact._tag === "AlertOpened") {
      if (open.has(key)) return null
      open.set(key, fact.alertId)
    }
    if (fact._tag === "AlertClosed") open.delete(key)
  }
  return open
}

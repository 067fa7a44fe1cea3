/**
 * The stores in memory, for simulation: they outlive the node that uses them, as a database does. Same contracts, same
 * conformance suite as Postgres.
 */

import { crc32 } from "node:zlib"
import { Effect, Layer } from "effect"
import type { AlertFact } from "../../src/schema/Alert.ts"
import type { ViolationFact } from "../../src/schema/Violation.ts"
import { type FactBatch, Facts, type SeriesFact } from "../../src/store/Facts.ts"
import {
  Fenced,
  Journal,
  type JournalRow,
  type Receipt,
  type Slice,
  StoreUnavailable
} from "../../src/store/Journal.ts"
import { type Snapshot, Snapshots } from "../../src/store/Snapshots.ts"

interface PartitionRows {
  epoch: number
  appliedSeq: number
  journal: Array<JournalRow>
  snapshots: Array<Snapshot & { readonly checksum: number }>
}

const KEPT_SNAPSHOTS = 3

export class MemoryStore {
  readonly partitions = new Map<number, PartitionRows>()
  readonly receipts: Array<Receipt> = []
  readonly series: Array<SeriesFact> = []
  readonly violations: Array<ViolationFact> = []
  readonly alerts: Array<AlertFact> = []
  /** While true, every call fails as if the database were away. */
  isAway = false

  rows(partition: number): PartitionRows {
    let rows = this.partitions.get(partition)
    if (rows === undefined) {
      rows = { epoch: 0, appliedSeq: 0, journal: [], snapshots: [] }
      this.partitions.set(partition, rows)
    }
    return rows
  }

  fenced(claims: ReadonlyArray<{ readonly partition: number; readonly epoch: number }>): ReadonlyArray<number> {
    return claims.flatMap(({ partition, epoch }) => (this.rows(partition).epoch === epoch ? [] : [partition]))
  }

  get layer() {
    return Layer.mergeAll(
      Layer.succeed(Journal, journal(this)),
      Layer.succeed(Snapshots, snapshots(this)),
      Layer.succeed(Facts, facts(this))
    )
  }
}

const tailOf = ({ appliedSeq, journal, snapshots }: PartitionRows): number =>
  Math.max(appliedSeq, journal.at(-1)?.seq ?? 0, ...snapshots.map((snapshot) => snapshot.seq))

const here = (store: MemoryStore) =>
  Effect.suspend(() => (store.isAway ? new StoreUnavailable({ message: "the store is away" }) : Effect.void))

const journal = (store: MemoryStore) =>
  Journal.of({
    claim: Effect.fnUntraced(function* (partition) {
      yield* here(store)
      const rows = store.rows(partition)
      rows.epoch++
      return { partition, epoch: rows.epoch, appliedSeq: rows.appliedSeq, tail: tailOf(rows) }
    }),
    append: Effect.fnUntraced(function* (slices: ReadonlyArray<Slice>, receipts) {
      yield* here(store)
      const partitions = store.fenced(slices)
      if (partitions.length > 0) return yield* new Fenced({ partitions })
      for (const { partition, seq, record } of slices)
        store.rows(partition).journal.push({ seq, record: record.slice() })
      store.receipts.push(...receipts)
    }),
    read: Effect.fnUntraced(function* (partition, afterSeq, limit) {
      yield* here(store)
      return store
        .rows(partition)
        .journal.filter((row) => row.seq > afterSeq)
        .slice(0, limit)
    }),
    findReceipt: Effect.fnUntraced(function* (sender, sequence) {
      yield* here(store)
      return store.receipts.find((receipt) => receipt.sender === sender && receipt.sequence === sequence) ?? null
    }),
    lastSequence: Effect.fnUntraced(function* (sender) {
      yield* here(store)
      const sequences = store.receipts.filter((receipt) => receipt.sender === sender).map(({ sequence }) => sequence)
      return sequences.reduce<bigint | null>(
        (last, sequence) => (last === null || sequence > last ? sequence : last),
        null
      )
    }),
    maintain: Effect.fnUntraced(function* (safe) {
      yield* here(store)
      for (const { partition, seq } of safe) {
        const rows = store.rows(partition)
        rows.journal = rows.journal.filter((row) => row.seq > seq)
      }
    })
  })

const snapshots = (store: MemoryStore) =>
  Snapshots.of({
    save: Effect.fnUntraced(function* (snapshot, epoch) {
      yield* here(store)
      const partitions = store.fenced([{ partition: snapshot.partition, epoch }])
      if (partitions.length > 0) return yield* new Fenced({ partitions })
      const rows = store.rows(snapshot.partition)
      const bytes = snapshot.bytes.slice()
      const others = rows.snapshots.filter(({ kind, seq }) => kind !== snapshot.kind || seq !== snapshot.seq)
      const same = others.filter(({ kind }) => kind === snapshot.kind)
      same.push({ ...snapshot, bytes, checksum: crc32(bytes) })
      same.sort((a, b) => a.seq - b.seq)
      rows.snapshots = [...others.filter(({ kind }) => kind !== snapshot.kind), ...same.slice(-KEPT_SNAPSHOTS)]
    }),
    latest: Effect.fnUntraced(function* (partition, kind, codecVersion) {
      yield* here(store)
      const whole = store
        .rows(partition)
        .snapshots.filter(
          (one) => one.kind === kind && one.codecVersion === codecVersion && crc32(one.bytes) === one.checksum
        )
      return whole.at(-1) ?? null
    }),
    positions: Effect.suspend(() => {
      const positions = [...store.partitions].flatMap(([partition, rows]) =>
        (["detection", "raw"] as const).flatMap((kind) => {
          const seqs = rows.snapshots.filter((one) => one.kind === kind).map((one) => one.seq)
          if (seqs.length === 0) return []
          return [{ partition, kind, newestSeq: Math.max(...seqs), oldestSeq: Math.min(...seqs) }]
        })
      )
      return Effect.as(here(store), positions)
    })
  })

const facts = (store: MemoryStore) =>
  Facts.of({
    commit: Effect.fnUntraced(function* (batch: FactBatch) {
      yield* here(store)
      const partitions = store.fenced(batch.positions)
      if (partitions.length > 0) return yield* new Fenced({ partitions })
      store.series.push(...batch.series)
      for (const violation of batch.violations) store.violations.push(violation)
      for (const alert of batch.alerts) store.alerts.push(alert)
      for (const { partition, appliedSeq } of batch.positions) store.rows(partition).appliedSeq = appliedSeq
    }),
    maintain: () => here(store)
  })

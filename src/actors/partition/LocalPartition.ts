import { Deferred, Effect } from "effect"
import type { AdmitSeries } from "./NewSeries.ts"
import { OpenSlice } from "./OpenSlice.ts"
import type { RawHistory } from "./RawHistory.ts"
import type { PartitionCounters, PartitionState } from "./State.ts"
import { Untiered } from "./Untiered.ts"

/** Points since this node owns it that were not newer than their series, by what became of them. */
export interface LateCounters {
  /** Kept in history where it still reaches, not evaluated (I6). */
  late: number
  /** The same value for a timestamp that is held (I4): changed nothing. */
  duplicate: number
  /** Another value for a timestamp that is held (I4): dropped. */
  conflicting: number
}

/** Points of the partitions of this node, by what became of them. */
export interface PointTotals {
  /** Judged, and not newer than their series, since the partitions have existed: counted by their folds. */
  readonly evaluated: number
  readonly late: number
  /** Of those not newer: repeated, and of another value, as far as the RAM tier of this process has seen. */
  readonly duplicate: number
  readonly conflicting: number
}

/** A partition that this node owns, from recovery until it is handed over or lost. */
export class LocalPartition {
  readonly id: number
  readonly epoch: number
  readonly state: PartitionState
  /** Position of the newest journalled record; `state.seq` follows as records are evaluated. */
  journalSeq: number
  /** Catalogue changes up to this version are journalled, or at the head of what comes next. */
  journalledVersion = 0
  /** Newest stored snapshots, by kind. */
  snapshotSeq = 0
  rawSnapshotSeq = 0
  /** When the next of each is due, on the hub clock. */
  snapshotDueMillis = 0
  rawSnapshotDueMillis = 0
  readonly open = new OpenSlice()
  /** The RAM tier since recovery; what is older is put in front of it when it has been rebuilt. */
  readonly raw: RawHistory
  readonly untiered = new Untiered()
  readonly late: LateCounters = { late: 0, duplicate: 0, conflicting: 0 }
  /** Series by workspace, those on their way through the journal too. */
  readonly seriesOfWorkspace = new Map<number, number>()
  /** How many of them a workspace may have in this partition. */
  seriesMost = Number.POSITIVE_INFINITY
  /** Whether it may have one more just now. */
  admitSeries: AdmitSeries = () => true
  /** Why raw history from before the recovery is not at hand; null when it is. */
  rawMissing: string | null = null
  /** Takes points and commands. */
  isReady = false
  /** Another epoch may own the partition: nothing of this object may reach the store any more. */
  isLost = false
  /** Done when it is lost. */
  readonly gone = Deferred.makeUnsafe<void>()

  constructor(id: number, epoch: number, state: PartitionState, raw: RawHistory) {
    this.id = id
    this.epoch = epoch
    this.state = state
    this.journalSeq = state.seq
    this.raw = raw
    for (let series = 0; series < state.declared; series++) {
      this.countSeries(state.registry.workspaceNumber(series))
    }
  }

  countSeries(workspaceNumber: number): void {
    this.seriesOfWorkspace.set(workspaceNumber, (this.seriesOfWorkspace.get(workspaceNumber) ?? 0) + 1)
  }
}

interface Counted {
  readonly counters: PartitionCounters
  readonly late: LateCounters
}

const countedBy = ({ late, state }: LocalPartition): Counted => ({ counters: state.counters, late })

/** The partitions of this node, by number. */
export class LocalPartitions {
  readonly #partitions: Array<LocalPartition | null>
  /** What lost partitions had counted, until their next life goes on from there. */
  readonly #left = new Map<number, Counted>()
  /** Partitions whose facts the store refuses, and why: they are tried again, and not ready until it takes them. */
  readonly refused = new Map<number, string>()
  /** Rises with every loss: places of series that were declared and not yet durable are void then. */
  generation = 0
  /** Rises when a partition here has taken in that a metric demands other labels: who may push what has changed. */
  catalogueVersion = 0

  constructor(count: number) {
    this.#partitions = Array.from({ length: count }, () => null)
  }

  get(id: number): LocalPartition | null {
    return this.#partitions[id] ?? null
  }

  /** The partition, if it takes points and commands. */
  ready(id: number): LocalPartition | null {
    const partition = this.#partitions[id] ?? null
    return partition?.isReady === true ? partition : null
  }

  all(): ReadonlyArray<LocalPartition> {
    return this.#partitions.filter((partition) => partition !== null)
  }

  add(partition: LocalPartition): void {
    this.#partitions[partition.id] = partition
    Object.assign(partition.late, this.#left.get(partition.id)?.late)
    this.#left.delete(partition.id)
    this.noteCatalogue(partition)
  }

  /** A partition has taken in changes. */
  noteCatalogue({ state }: LocalPartition): void {
    this.catalogueVersion = Math.max(this.catalogueVersion, state.catalogue.labelsVersion)
  }

  /** Does not fall while a partition recovers: the next life folds the same journal, and as far. */
  totals(): PointTotals {
    const totals = { evaluated: 0, late: 0, duplicate: 0, conflicting: 0 }
    for (const { counters, late } of [...this.all().map(countedBy), ...this.#left.values()]) {
      totals.evaluated += counters.evaluated
      totals.late += counters.late
      totals.duplicate += late.duplicate
      totals.conflicting += late.conflicting
    }
    return totals
  }

  /** It belongs to another node now. */
  disown(id: number): void {
    this.#left.delete(id)
    this.refused.delete(id)
  }

  /** As `drop`, because the store will not take its facts; `reason` is kept until it does. */
  refuse(partition: LocalPartition, reason: string): void {
    if (partition.isLost) return
    this.refused.set(partition.id, reason)
    this.drop(partition)
  }

  /** Forgets a partition, whatever it still holds in memory: the journal has it. */
  drop(partition: LocalPartition): void {
    if (partition.isLost) return
    partition.isLost = true
    partition.isReady = false
    if (this.#partitions[partition.id] === partition) {
      this.#partitions[partition.id] = null
      this.#left.set(partition.id, countedBy(partition))
    }
    this.generation++
    // Whoever waits for this may run at once: it is said when it is true.
    Deferred.doneUnsafe(partition.gone, Effect.void)
  }
}

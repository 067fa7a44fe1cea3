import { limits } from "../../limits.ts"
import type { PointColumns as RecordColumns } from "./PointColumns.ts"
import { type PointColumns, Push, RawHistoryChains } from "./RawHistoryChains.ts"
import { findPlace, insertAt, lowerBound, pointsOfPlace, SPARE_SLOT } from "./RawHistoryLate.ts"

/** What became of a point. The last three change nothing. */
export const RawOutcome = {
  /** Newer than the newest of its series: the usual case. */
  appended: 0,
  /** Late, and no point of its time was held: put in its place. */
  inserted: 1,
  /** A point of its time is held and has the same value (0 and -0 are the same). */
  duplicate: 2,
  /** A point of its time is held and has another value: the first received stays. */
  conflicting: 3,
  /** Late, and older than what is held. */
  expired: 4
} as const
export type RawOutcome = (typeof RawOutcome)[keyof typeof RawOutcome]

export interface RawHistoryOptions {
  /** A series holds its points newer than its newest timestamp minus this, */
  readonly retentionMillis: number
  /** and of those the newest so many. */
  readonly maxPointsPerSeries: number
}

export const RAW_HISTORY_DEFAULTS: RawHistoryOptions = {
  retentionMillis: limits.rawRetentionMillis,
  maxPointsPerSeries: limits.rawPointsPerSeries
}

/**
 * The RAM tier of one partition: recent raw points of its series, compressed (RawHistoryChains.ts). A series is a
 * local id of the partition, dense from 0; timestamps are whole epoch milliseconds. What a series holds follows from
 * the set of points it was given, whatever their order and batches (except that the first of a time wins):
 *
 *   the newest `maxPointsPerSeries` of the points with timestamp > newest timestamp - `retentionMillis`
 *
 * Memory follows behind: chunks of which nothing is held any more are released when one is added.
 */
export class RawHistory {
  readonly options: RawHistoryOptions
  /** Points older than this may lack although they were accepted: they could not be read back. */
  heldFrom = Number.NEGATIVE_INFINITY
  private chains: RawHistoryChains

  /** Empty, or with chains that were read from a snapshot. */
  constructor(options: RawHistoryOptions = RAW_HISTORY_DEFAULTS, chains = new RawHistoryChains()) {
    this.options = options
    this.chains = chains
    chains.reserve(SPARE_SLOT + 1)
  }

  /** What a snapshot is taken of. */
  get state(): RawHistoryChains {
    return this.chains
  }

  get seriesCount(): number {
    return this.chains.slotCount - 1
  }

  /** Bytes of chunks that hold points, and of the series' records. */
  get usedBytes(): number {
    return this.chains.arena.usedBytes + this.chains.records.byteLength
  }

  get allocatedBytes(): number {
    return this.chains.arena.allocatedBytes + this.chains.records.byteLength
  }

  /** Newest timestamp of a series, -Infinity where it has no point. */
  newest(local: number): number {
    return local < this.seriesCount ? this.chains.newest(slotOf(local)) : Number.NEGATIVE_INFINITY
  }

  /** Takes a point of a series, new series included. */
  append(local: number, timestamp: number, value: number): RawOutcome {
    single.timestamps[0] = timestamp
    single.values[0] = value
    return this.take(local, single.timestamps, 0, single.values, 0)
  }

  /**
   * Takes points in their order. Answers how many came out as anything but `appended`; `outcomes`, where given, gets
   * the outcome of each.
   */
  appendColumns({ ends, runs, series, times, values }: RecordColumns, outcomes?: Uint8Array): number {
    let late = 0
    for (let run = 0, i = 0; run < runs; run++) {
      for (const end = ends[run]!; i < end; i++) {
        const outcome = this.take(series[i]!, times, run, values, i)
        if (outcome !== RawOutcome.appended) late++
        if (outcomes !== undefined) outcomes[i] = outcome
      }
    }
    return late
  }

  /** Takes a point that is not newer than the newest of its series, at the cost of one chunk decoded and rewritten. */
  insertLate(local: number, timestamp: number, value: number): RawOutcome {
    const slot = slotOf(local)
    if (timestamp < this.windowStart(slot)) return RawOutcome.expired
    const place = findPlace(this.chains, slot, timestamp)
    const isHeldTime = pointsOfPlace.timestamps[place.index] === timestamp && place.index < place.count
    const rank = isHeldTime ? place.rank : place.rank + 1
    if (rank > this.options.maxPointsPerSeries) return RawOutcome.expired
    if (isHeldTime) {
      return pointsOfPlace.values[place.index] === value ? RawOutcome.duplicate : RawOutcome.conflicting
    }
    insertAt(this.chains, slot, place, timestamp, value)
    this.release(slot)
    return RawOutcome.inserted
  }

  /** The held points of a series with from <= timestamp < to, oldest first. */
  read(local: number, fromMillis: number, toMillis: number): PointColumns {
    if (local >= this.seriesCount) return none
    const { chains } = this
    const slot = slotOf(local)
    const from = Math.max(fromMillis, this.windowStart(slot))
    let surplus = chains.pointCount(slot) - this.options.maxPointsPerSeries
    let first = chains.head(slot)
    while (first !== 0 && (chains.pointCountOf(slot, first) <= surplus || this.endOf(first) <= from)) {
      surplus -= chains.pointCountOf(slot, first)
      first = chains.nextOf(first)
    }
    let count = 0
    let end = first
    for (; end !== 0 && chains.firstTimestampOf(end) < toMillis; end = chains.nextOf(end)) {
      count += chains.pointCountOf(slot, end)
    }
    if (count === 0) return none
    const points = { timestamps: new Float64Array(count), values: new Float64Array(count) }
    let offset = 0
    for (let chunk = first; chunk !== end; chunk = chains.nextOf(chunk)) {
      offset += chains.decode(slot, chunk, points, offset)
    }
    const start = Math.max(lowerBound(points.timestamps, count, from), surplus)
    const stop = Math.max(lowerBound(points.timestamps, count, toMillis), start)
    return { timestamps: points.timestamps.subarray(start, stop), values: points.values.subarray(start, stop) }
  }

  /**
   * The time from which on every accepted point of a series is held, `heldFrom` where it has none. What is older has to
   * come from another tier.
   */
  completeFrom(local: number): number {
    if (local >= this.seriesCount) return this.heldFrom
    const start = Math.max(this.windowStart(slotOf(local)), this.heldFrom)
    if (this.chains.pointCount(slotOf(local)) < this.options.maxPointsPerSeries) return start
    return this.read(local, start, Number.POSITIVE_INFINITY).timestamps[0] ?? start
  }

  /**
   * Puts a history that was filled before this one in front of it, and uses it up. So a restarted partition has its
   * live points at hand while the older ones are rebuilt, from snapshot and journal up to where the live ones began.
   * What is held then is the same as if one history had been given all of them; of one time the older point wins,
   * which was received first.
   */
  mergeOlder(older: RawHistory): void {
    for (let local = 0; local < this.seriesCount; local++) {
      const { timestamps, values } = this.read(local, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY)
      for (let i = 0; i < timestamps.length; i++) older.take(local, timestamps, i, values, i)
    }
    this.chains = older.chains
    this.heldFrom = Math.max(this.heldFrom, older.heldFrom)
  }

  private take(local: number, times: Float64Array, time: number, values: Float64Array, index: number): RawOutcome {
    const slot = slotOf(local)
    if (slot >= this.chains.slotCount) this.chains.reserve(slot + 1)
    const push = this.chains.push(slot, times, time, values, index)
    if (push === Push.late) return this.insertLate(local, times[time]!, values[index]!)
    if (push === Push.began) this.release(slot)
    return RawOutcome.appended
  }

  /** The first whole millisecond of a series' window. */
  private windowStart(slot: number): number {
    return this.chains.newest(slot) - this.options.retentionMillis + 1
  }

  /** No point of the chunk is as late as this. */
  private endOf(chunk: number): number {
    const next = this.chains.nextOf(chunk)
    return next === 0 ? Number.POSITIVE_INFINITY : this.chains.firstTimestampOf(next)
  }

  /** Releases the chunks of which no point is held. */
  private release(slot: number): void {
    const { chains } = this
    const start = this.windowStart(slot)
    for (let head = chains.head(slot); head !== chains.tail(slot); head = chains.head(slot)) {
      const others = chains.pointCount(slot) - chains.pointCountOf(slot, head)
      if (this.endOf(head) > start && others < this.options.maxPointsPerSeries) return
      chains.dropHead(slot)
    }
  }
}

/** The first slot is not a series' (RawHistoryLate.ts). */
const slotOf = (local: number): number => local + 1

const none: PointColumns = { timestamps: new Float64Array(0), values: new Float64Array(0) }
const single: PointColumns = { timestamps: new Float64Array(1), values: new Float64Array(1) }

import { crc32 } from "node:zlib"
import type { Problem } from "../../schema/Point.ts"

/** In place of a partition's number, which is below 2^11: the ref stands for nothing, or its series was declined. */
export const UNDECLARED = 0xffff
export const DECLINED = 0xfffe

const FIRST_SIZE = 1_024
const BYTES_PER_REF = 2 + 4 + 4

export interface SeriesName {
  readonly metric: string
  readonly dimensionKey: string
}

/** What the refs of a connection stand for, as columns: a frame reads them for every point. */
export class SeriesTable {
  partitions = new Uint16Array()
  series = new Uint32Array()
  /** Checksums of the series' names: places may change, and a frame that is sent again must be known again. */
  names = new Int32Array()
  readonly #problems = new Map<number, Problem>()

  /** Number of refs that the columns have room for. */
  get size(): number {
    return this.partitions.length
  }

  get bytes(): number {
    return this.size * BYTES_PER_REF
  }

  /** Makes room for `ref`, which is bounded by the protocol. */
  reserve(ref: number): void {
    if (ref < this.size) return
    let size = Math.max(FIRST_SIZE, this.size)
    while (size <= ref) size *= 2
    const { partitions, series, names } = this
    this.partitions = new Uint16Array(size).fill(UNDECLARED)
    this.partitions.set(partitions)
    this.series = new Uint32Array(size)
    this.series.set(series)
    this.names = new Int32Array(size)
    this.names.set(names)
  }

  /** Null for a declaration that names no series. */
  name(ref: number, name: SeriesName | null): void {
    this.names[ref] = name === null ? 0 : crc32(name.dimensionKey, crc32(name.metric))
  }

  place(ref: number, partition: number, series: number): void {
    this.partitions[ref] = partition
    this.series[ref] = series
    this.#problems.delete(ref)
  }

  /** Answers whether that is news. */
  decline(ref: number, problem: Problem): boolean {
    const known = this.partitions[ref] === DECLINED && this.#problems.get(ref)?.code === problem.code
    this.partitions[ref] = DECLINED
    this.#problems.set(ref, problem)
    return !known
  }

  /** Why points of this ref are not taken; undefined when they are. */
  problemOf(ref: number): Problem | undefined {
    if (ref >= this.size || this.partitions[ref] === UNDECLARED) {
      return { code: "series_unknown", message: `ref ${ref} is not declared` }
    }
    return this.partitions[ref] === DECLINED ? this.#problems.get(ref) : undefined
  }
}

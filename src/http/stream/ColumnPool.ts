/** Where the points of a frame go; at least as long as the frame. */
export interface PlaceColumns {
  readonly partitions: Uint16Array
  readonly series: Uint32Array
}

/** Points of all columns that are kept for later frames: 6 MB. */
const KEPT_POINTS = 2 ** 20

/**
 * Columns to be used again. Making them anew costs as much as looking up all places of a frame, and what is allocated
 * outside the heap makes the collector run more often over all of it. Lengths are powers of two, so that frames of one
 * sender share them, and no short frame walks through a long one's memory.
 */
export class ColumnPool {
  /** By the logarithm of their length. */
  readonly #kept: Array<Array<PlaceColumns>> = []
  #keptPoints = 0

  take(count: number): PlaceColumns {
    const size = 32 - Math.clz32(Math.max(count - 1, 0))
    const kept = this.#kept[size]?.pop()
    if (kept === undefined) return newColumns(2 ** size)
    this.#keptPoints -= kept.series.length
    return kept
  }

  give(columns: PlaceColumns): void {
    const { length } = columns.series
    if (this.#keptPoints + length > KEPT_POINTS) return
    this.#keptPoints += length
    const size = 31 - Math.clz32(length)
    const kept = this.#kept[size] ?? []
    kept.push(columns)
    this.#kept[size] = kept
  }
}

const newColumns = (length: number): PlaceColumns => ({
  partitions: new Uint16Array(length),
  series: new Uint32Array(length)
})

import { limits } from "../../limits.ts"

/** Where the points of a frame go; as long as the longest frame, or at least as its own. */
export interface PlaceColumns {
  readonly partitions: Uint16Array
  readonly series: Uint32Array
}

/** Columns that are kept for later frames: 60 kB each. */
const KEPT_MOST = 128
/** A frame of fewer points gets columns of its own length: making those is cheaper than what a long one occupies. */
const FEW_POINTS = 250

/**
 * Columns to be used again. Making them anew costs as much as looking up all places of a frame, and what is allocated
 * outside the heap makes the collector run more often over all of it.
 */
export class ColumnPool {
  readonly #kept: Array<PlaceColumns> = []

  take(count: number): PlaceColumns {
    if (count < FEW_POINTS) return newColumns(count)
    return this.#kept.pop() ?? newColumns(limits.pointsPerFrame)
  }

  give(columns: PlaceColumns): void {
    if (columns.series.length === limits.pointsPerFrame && this.#kept.length < KEPT_MOST) this.#kept.push(columns)
  }
}

const newColumns = (length: number): PlaceColumns => ({
  partitions: new Uint16Array(length),
  series: new Uint32Array(length)
})

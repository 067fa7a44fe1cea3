/** The finest that is kept of each time, for one series. Pure. */
import type { Resolution } from "../../schema/History.ts"
import { bucketStart, FIVE_MINUTES_MILLIS, type RollupColumns, sliceRows } from "../../store/history/Rollups.ts"

/** Rows of one resolution that follow each other. */
export interface FinestRows {
  readonly resolution: Resolution
  readonly rows: RollupColumns
}

/** Rows of the tiers of the same whole windows of five minutes, each in time order, a raw point as a row by itself. */
export interface KeptRows {
  readonly raw: RollupColumns
  /** Null: not read. */
  readonly minutes: RollupColumns | null
  readonly fiveMinutes: RollupColumns
}

/**
 * Window by window the finest rows that tell of all its points: how many these are its five-minute row knows, which is
 * kept for the longest time. Every point is told of exactly once.
 */
export const finestOf = ({ fiveMinutes, minutes, raw }: KeptRows): ReadonlyArray<FinestRows> => {
  const found: Array<{ resolution: Resolution; rows: RollupColumns; from: number; to: number }> = []
  const add = (resolution: Resolution, rows: RollupColumns, { from, to }: { from: number; to: number }) => {
    const last = found.at(-1)
    if (last?.resolution === resolution && last.to === from) last.to = to
    else found.push({ resolution, rows, from, to })
  }
  const [points, fine, coarse] = [new Windows(raw), new Windows(minutes), new Windows(fiveMinutes)]
  while (true) {
    const start = Math.min(points.start, coarse.start)
    if (start === Number.POSITIVE_INFINITY) break
    const known = coarse.take(start)
    const [ofPoints, ofMinutes] = [points.take(start), fine.take(start)]
    if (ofPoints.count > 0 && ofPoints.count >= known.count) add("raw", raw, ofPoints)
    else if (ofMinutes.count === known.count && minutes !== null) add("1m", minutes, ofMinutes)
    else add("5m", fiveMinutes, known)
  }
  return found.map(({ resolution, rows, from, to }) => ({ resolution, rows: sliceRows(rows, from, to) }))
}

/** Whether some window has more points than are kept of it. */
export const lacksPoints = ({ fiveMinutes, raw }: Omit<KeptRows, "minutes">): boolean => {
  const points = new Windows(raw)
  for (let i = 0; i < fiveMinutes.count; i++) {
    if (points.take(fiveMinutes.starts[i]!).count < fiveMinutes.counts[i]!) return true
  }
  return false
}

/** Goes through rows by windows of five minutes. */
class Windows {
  readonly #rows: RollupColumns | null
  #at = 0

  constructor(rows: RollupColumns | null) {
    this.#rows = rows
  }

  /** Of the next window; infinite where there is none. */
  get start(): number {
    const rows = this.#rows
    return rows === null || this.#at >= rows.count
      ? Number.POSITIVE_INFINITY
      : bucketStart(rows.starts[this.#at]!, FIVE_MINUTES_MILLIS)
  }

  /** The rows of a window, and the points that they tell of. Earlier ones are passed over. */
  take(start: number): { readonly from: number; readonly to: number; readonly count: number } {
    while (this.start < start) this.#at++
    const from = this.#at
    let count = 0
    for (; this.start === start; this.#at++) count += this.#rows!.counts[this.#at]!
    return { from, to: this.#at, count }
  }
}

import { grow } from "./Registry.ts"

const INITIAL_CAPACITY = 64

/**
 * Detection state of all series of a partition, as columns by local id: what the gate reads for every point. Everything
 * here but `newest` follows from the catalogue and the awake detectors.
 */
export class Columns {
  /** Timestamp of the newest accepted point; -Infinity before the first, Infinity while the series is not declared. */
  newest = new Float64Array(INITIAL_CAPACITY).fill(Number.POSITIVE_INFINITY)
  /** Index of the series' binding: which rules judge it, and the band in which they have nothing to say. */
  binding = new Uint32Array(INITIAL_CAPACITY)
  /** Index of the series' metric in the catalogue. */
  metric = new Uint32Array(INITIAL_CAPACITY)
  /** 1 while a detector of the series is awake: the gate lets every point through. */
  awake = new Uint8Array(INITIAL_CAPACITY)

  reserve(count: number): void {
    const capacity = this.newest.length
    if (count <= capacity) return
    const wanted = Math.max(count, Math.ceil(capacity * 1.5))
    this.newest = grow(this.newest, new Float64Array(wanted).fill(Number.POSITIVE_INFINITY))
    this.binding = grow(this.binding, new Uint32Array(wanted))
    this.metric = grow(this.metric, new Uint32Array(wanted))
    this.awake = grow(this.awake, new Uint8Array(wanted))
  }
}

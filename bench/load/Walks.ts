/** Random walks rounded to 2 decimals, made ahead so that sending them costs a copy. */
import { CALM, POINTS_PER_BATCH } from "./Plan.ts"

/** Different walks; series with numbers that far apart share one, at another place. A multiple of a batch. */
const WALKS = 8 * POINTS_PER_BATCH
const STEPS = 256
const LONGEST_STEP = 1

export class Walks {
  /** Step by step, the values of all walks: a batch's values at a step lie side by side. */
  readonly #values: ReadonlyArray<Float64Array>

  constructor() {
    const random = mulberry32(20_260_101)
    let previous = Float64Array.from({ length: WALKS }, () => round(CALM.from + random() * (CALM.to - CALM.from)))
    const values = [previous]
    while (values.length < STEPS) {
      previous = previous.map((value) => advance(value, (random() * 2 - 1) * LONGEST_STEP))
      values.push(previous)
    }
    this.#values = values
  }

  /** Values of a batch at a step. Not to be written to. At the end of the walks they go back the way they came. */
  column(slot: number, count: number, step: number): Float64Array {
    const round = 2 * (STEPS - 1)
    const place = (step + slot * 31) % round
    const start = (slot * POINTS_PER_BATCH) % WALKS
    return this.#values[place < STEPS ? place : round - place]!.subarray(start, start + count)
  }
}

const round = (value: number): number => Math.round(value * 100) / 100

const advance = (value: number, by: number): number => {
  const next = round(value + by)
  return next < CALM.from || next > CALM.to ? round(value - by) : next
}

/** Tommy Ettinger's generator (public domain): the same load each time. */
const mulberry32 = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), seed | 1)
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
}

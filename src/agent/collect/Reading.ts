/** What collectors measure: one value of one series, without the `host` label and without a time. */
import type { Labels } from "../../schema/Identity.ts"

export interface Reading {
  readonly metric: string
  readonly labels: Labels
  readonly value: number
}

/** Measures one subject. Rates need the time between two calls, on a clock that nobody sets. */
export interface Collector {
  readonly name: string
  readonly collect: (monotonicMillis: number) => Promise<ReadonlyArray<Reading>>
}

export interface Platform {
  readonly collectors: ReadonlyArray<Collector>
  /** Whether a call into the kernel has not come back: a process cannot end in an orderly way around one. */
  readonly hangs: () => boolean
  /** What cannot be measured here, for the log. */
  readonly missing: string | undefined
}

export const reading = (metric: string, value: number, labels: Labels = {}): Reading => ({ metric, labels, value })

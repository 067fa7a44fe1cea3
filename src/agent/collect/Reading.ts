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

/** A platform's collectors, and what it cannot measure, for the log. */
export interface Platform {
  readonly collectors: ReadonlyArray<Collector>
  readonly missing: string | undefined
}

export const reading = (metric: string, value: number, labels: Labels = {}): Reading => ({ metric, labels, value })

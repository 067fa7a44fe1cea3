import type { Labels } from "../schema/Identity.ts"

/** One series as this host reports it. Equal series have equal keys. */
export interface Series {
  readonly key: string
  readonly metric: string
  readonly labels: Labels
}

/** The points of one moment. The number is this sender's for ever: sent again, the hub knows it. */
export interface Frame {
  readonly sequence: number
  readonly timestampMillis: number
  readonly series: ReadonlyArray<Series>
  readonly values: ReadonlyArray<number>
}

export const makeSeries = (metric: string, labels: Labels): Series => ({
  key: JSON.stringify([metric, labels]),
  metric,
  labels
})

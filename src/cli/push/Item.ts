import type { PointCode } from "../../schema/Codes.ts"
import type { Labels } from "../../schema/Identity.ts"

/** A point to send. `line` is where it stands in the input, from 1. */
export interface Point {
  readonly _tag: "Point"
  readonly line: number
  readonly metric: string
  readonly labels: Labels
  /** Epoch milliseconds; absent: the time of its arrival. */
  readonly timestamp: number | undefined
  readonly value: number
}

/** What was rejected, here or by the hub. */
export interface Rejected {
  readonly _tag: "Rejected"
  readonly line: number
  readonly code: string
  readonly message: string
}

/** What the input holds, in its order; a row without a value holds nothing to send. */
export type Item = Point | Rejected | { readonly _tag: "Empty" }

/** Codes of what is rejected before it is sent: the hub's, and those of lines that hold no point at all. */
export type LocalCode = PointCode | "malformed_json" | "malformed_row"

export const rejected = (line: number, code: LocalCode, message: string): Rejected => ({
  _tag: "Rejected",
  line,
  code,
  message
})

/** Characters of a row or line: wide files fit, and a batch of such rows fits into a request (see Batches.ts). */
export const LONGEST_LINE = 128 * 1024

import { Schema } from "effect"
import { Severity } from "./Severity.ts"

export const Direction = Schema.Literals(["Above", "Below"])
export type Direction = typeof Direction.Type

const fields = {
  ruleId: Schema.String,
  ruleRevision: Schema.Int,
  metric: Schema.String,
  dimensionKey: Schema.String,
  labels: Schema.Record(Schema.String, Schema.String),
  /** Event time of the point, epoch milliseconds. */
  timestamp: Schema.Int,
  actual: Schema.Finite,
  /** What the rule expected; null for a static band, which expects nothing but "inside". */
  expected: Schema.NullOr(Schema.Finite),
  /** The breach limits of the violated level; null where the level has no limit on that side. */
  lower: Schema.NullOr(Schema.Finite),
  upper: Schema.NullOr(Schema.Finite),
  direction: Direction,
  severity: Severity,
  /** (actual − violated limit) ÷ |violated limit| × 100: signed; null where it is not a number (limit 0). */
  deviationPercent: Schema.NullOr(Schema.Finite),
  /** 0…1; a static band is always sure. */
  confidence: Schema.Finite
}

/** One point outside its band, as the public interface shows it (D10). `alertId` is found on read, not stored. */
export const Violation = Schema.Struct({ ...fields, alertId: Schema.NullOr(Schema.String) })
export type Violation = typeof Violation.Type

/**
 * A violation as detection finds it, with what storage needs. Keyed by rule, revision, series and timestamp.
 * `live`: the series' newest point was at most 5 min old on arrival. `receivedTime`: arrival, epoch milliseconds.
 */
export const ViolationFact = Schema.TaggedStruct("Violation", {
  ...fields,
  workspaceNumber: Schema.Int,
  partition: Schema.Int,
  series: Schema.Int,
  live: Schema.Boolean,
  receivedTime: Schema.Int
})
export type ViolationFact = typeof ViolationFact.Type

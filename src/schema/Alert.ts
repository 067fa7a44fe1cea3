import { Schema } from "effect"
import { Severity } from "./Severity.ts"

export const AlertKind = Schema.Literals(["Metric", "Fleet", "External", "System"])
export type AlertKind = typeof AlertKind.Type

/** What Lumina says of itself begins with this; alerts about it are System ones. */
const SELF = "lumina."

/** The kind of an alert that a rule opens. */
export const kindOf = (metric: string): "Metric" | "System" => (metric.startsWith(SELF) ? "System" : "Metric")

export const OperationalStatus = Schema.Literals(["Open", "Acknowledged", "Closed"])
export type OperationalStatus = typeof OperationalStatus.Type

export const CloseReason = Schema.Literals(["Recovered", "Manual", "RuleChanged", "SourceResolved"])
export type CloseReason = typeof CloseReason.Type

const Labels = Schema.Record(Schema.String, Schema.String)

/** A condition somebody should act on, as the public interface shows it (A1). Times in epoch milliseconds. */
export const Alert = Schema.Struct({
  id: Schema.String,
  kind: AlertKind,
  name: Schema.String,
  severity: Severity,
  operationalStatus: OperationalStatus,
  triggerReason: Schema.String,
  closeReason: Schema.NullOr(CloseReason),
  /** Violations of this rule, dimension and level or higher in [startTime, endTime]. */
  violationCount: Schema.Int,
  /** First violating point of the trigger. */
  startTime: Schema.Int,
  /** The point that completed the trigger. */
  openTime: Schema.Int,
  /** The point that completed recovery; the hub clock for a manual close or a changed rule; null while open. */
  endTime: Schema.NullOr(Schema.Int),
  /** endTime − startTime; while open, newest evaluated timestamp − startTime. */
  durationSeconds: Schema.Finite,
  ruleId: Schema.NullOr(Schema.String),
  ruleRevision: Schema.NullOr(Schema.Int),
  metric: Schema.NullOr(Schema.String),
  dimensionKey: Schema.String,
  labels: Labels,
  relatedService: Schema.NullOr(Schema.String),
  relatedCi: Schema.NullOr(Schema.String),
  incidentId: Schema.NullOr(Schema.String),
  maintenanceSuppressed: Schema.Boolean,
  postResolutionWatch: Schema.Boolean,
  stale: Schema.Boolean
})
export type Alert = typeof Alert.Type

/** What every fact about an alert carries, so that storage and correlation need to look nothing up. */
const context = {
  alertId: Schema.String,
  workspaceNumber: Schema.Int,
  partition: Schema.Int,
  /** Number of the series within its partition. */
  series: Schema.Int,
  ruleId: Schema.String,
  /** The revision under which the alert opened: it keeps it for life. */
  ruleRevision: Schema.Int,
  severity: Severity,
  metric: Schema.String,
  dimensionKey: Schema.String,
  labels: Labels,
  startTime: Schema.Int,
  openTime: Schema.Int,
  /** The series' newest point was at most 5 min old on arrival when this happened. */
  live: Schema.Boolean,
  /** Arrival of the point that caused it; of an operator's command or a rule change, its hub-clock time. */
  receivedTime: Schema.Int
}

/** An operator's name and note go with what the operator did; both null when the hub did it. */
const operator = { actor: Schema.NullOr(Schema.String), note: Schema.NullOr(Schema.String) }

/** The only facts an alert is rebuilt from. They are stored: add a case, never change one. */
export const AlertFact = Schema.TaggedUnion({
  AlertOpened: {
    ...context,
    kind: AlertKind,
    name: Schema.String,
    triggerReason: Schema.String,
    violationCount: Schema.Int
  },
  /** `time`: hub clock of the command. */
  AlertAcknowledged: { ...context, ...operator, time: Schema.Int },
  AlertClosed: {
    ...context,
    ...operator,
    closeReason: CloseReason,
    endTime: Schema.Int,
    violationCount: Schema.Int
  },
  /**
   * The series' own time has moved on by `resolveAfter` since this alert closed, or nobody is left to watch it move
   * (rule gone, series out of scope). Emitted exactly once for every closed alert whose series lives on. An imported
   * incident resolves when each of its alerts is settled. `time`: event time that settled it. It says nothing about
   * other alerts: one of the same detector may have opened since.
   */
  AlertSettled: { ...context, time: Schema.Int }
})
export type AlertFact = typeof AlertFact.Type
export type AlertOpened = typeof AlertFact.cases.AlertOpened.Type
export type AlertAcknowledged = typeof AlertFact.cases.AlertAcknowledged.Type
export type AlertClosed = typeof AlertFact.cases.AlertClosed.Type
export type AlertSettled = typeof AlertFact.cases.AlertSettled.Type

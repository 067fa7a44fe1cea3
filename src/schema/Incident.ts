import { Schema } from "effect"
import { Severity } from "./Severity.ts"

export const IncidentStatus = Schema.Literals(["Open", "Acknowledged", "Resolved"])
export type IncidentStatus = typeof IncidentStatus.Type

/** What an operator says an incident was (N5). */
export const Classification = Schema.Literals(["Resolved", "NoImpact", "FalsePositive", "Maintenance", "AcceptedRisk"])
export type Classification = typeof Classification.Type

/** Who did what no operator did. */
export const SYSTEM_ACTOR = "system"

/**
 * `by` is `system` when the incident resolved by itself; classification and note are then null until somebody sets
 * them.
 */
export const Resolution = Schema.Struct({
  classification: Schema.NullOr(Classification),
  note: Schema.NullOr(Schema.String),
  /** Alerts that were still active when it was resolved. */
  activeAlertCount: Schema.Int,
  by: Schema.String,
  at: Schema.Int
})
export type Resolution = typeof Resolution.Type

/** `INC-000001`: the number is per workspace and grows beyond six digits when it has to. */
export const incidentKeyOf = (number: number): string => `INC-${String(number).padStart(6, "0")}`

/** The number of an incident key, `null` for a text that is none. */
export const incidentNumberOf = (incidentKey: string): number | null => {
  if (!/^INC-[0-9]{6,10}$/.test(incidentKey)) return null
  const number = Number(incidentKey.slice(4))
  return number > 0 && incidentKeyOf(number) === incidentKey ? number : null
}

/** Alerts that are one problem, as the public interface shows them (N1). Times in epoch milliseconds. */
export const Incident = Schema.Struct({
  incidentKey: Schema.String,
  primaryServiceName: Schema.NullOr(Schema.String),
  primaryCiName: Schema.NullOr(Schema.String),
  /** Metric key of the primary alert: the one with the earliest openTime, then the smallest id. */
  primaryMetricId: Schema.String,
  severity: Severity,
  /** When it had which severity, on event time, oldest first. */
  severityHistory: Schema.Array(Schema.Struct({ time: Schema.Int, severity: Severity })),
  status: IncidentStatus,
  /** Earliest startTime of its alerts. */
  startTime: Schema.Int,
  /** Latest endTime of its alerts; hub clock of the resolve when alerts were still active; null while not resolved. */
  endTime: Schema.NullOr(Schema.Int),
  durationSeconds: Schema.Finite,
  alertCount: Schema.Int,
  activeAlertCount: Schema.Int,
  /** Sum over its alerts. */
  violationCount: Schema.Int,
  resolution: Schema.NullOr(Resolution),
  /** The incident that took all its alerts over; such an incident has none left and is in no list. */
  mergedInto: Schema.NullOr(Schema.String)
})
export type Incident = typeof Incident.Type

export const TimelineType = Schema.Literals([
  "opened",
  "alertJoined",
  "alertClosed",
  "acknowledged",
  "escalated",
  "resolved",
  "reopened",
  "merged",
  "split",
  "suppressed",
  "note"
])
export type TimelineType = typeof TimelineType.Type

/** What happened to an incident (N4): shown by time, then sequence. Operators' entries carry hub-clock time. */
export const TimelineEntry = Schema.Struct({
  sequence: Schema.Int,
  type: TimelineType,
  time: Schema.Int,
  actor: Schema.String,
  alertId: Schema.NullOr(Schema.String),
  note: Schema.NullOr(Schema.String)
})
export type TimelineEntry = typeof TimelineEntry.Type

/**
 * Why an alert is in its incident and not in a neighbouring one (N3). A gap is the time between the alert's openTime
 * and the incident's span, first to last openTime; 0 inside it. `explain` says it in words.
 */
export const CorrelationReasons = Schema.Struct({
  /** `Moved`: an alert that arrived late, or a late end of a Warning, changed what belongs together. */
  rule: Schema.Literals(["Escalation", "Window", "NoIncident", "Moved"]),
  incident: Schema.Int,
  windowMillis: Schema.Int,
  /** To the incident it joined, as it was before. */
  gapMillis: Schema.NullOr(Schema.Int),
  /** The open Warning alert it escalates, or the alert that made it move. */
  causeAlertId: Schema.NullOr(Schema.String),
  /** Incidents merged into the one it joined because it qualified for them, too. */
  merged: Schema.Array(Schema.Int),
  /** The nearest incidents of its key that it did not join. */
  others: Schema.Array(
    Schema.Struct({
      incident: Schema.Int,
      cause: Schema.Literals(["OutsideWindow", "OtherSeverity", "ResolvedByOperator", "KeptApart"]),
      gapMillis: Schema.Int
    })
  )
})
export type CorrelationReasons = typeof CorrelationReasons.Type

const seconds = (millis: number): string => `${millis / 1000} s`

/** The reasons as sentences with their margins, for people. */
export const explain = (reasons: CorrelationReasons): ReadonlyArray<string> => [
  explainChoice(reasons),
  ...reasons.merged.map(
    (number) => `Qualified for ${incidentKeyOf(number)}, too: the later was merged into the earlier.`
  ),
  ...reasons.others.map((other) => explainOther(other, reasons.windowMillis))
]

const explainChoice = ({ rule, incident, windowMillis, gapMillis, causeAlertId }: CorrelationReasons): string => {
  const key = incidentKeyOf(incident)
  switch (rule) {
    case "Escalation":
      return `Joined ${key}: it escalates the open Warning alert ${causeAlertId} of the same rule and dimension.`
    case "Window":
      return gapMillis === null || gapMillis === 0
        ? `Joined ${key}: opened between its first and its last alert.`
        : `Joined ${key}: opened ${seconds(gapMillis)} from its alerts, window ${seconds(windowMillis)}; ` +
            `would be separate if the window were < ${seconds(gapMillis)}.`
    case "NoIncident":
      return `Opened ${key}: no incident of its key and severity within the window of ${seconds(windowMillis)}.`
    case "Moved":
      return `Moved to ${key}: alert ${causeAlertId} changed what belongs together.`
  }
}

const explainOther = (other: CorrelationReasons["others"][number], windowMillis: number): string => {
  const key = incidentKeyOf(other.incident)
  switch (other.cause) {
    case "OutsideWindow":
      return (
        `Not in ${key}: ${seconds(other.gapMillis)} from its alerts, window ${seconds(windowMillis)}; ` +
        `would have joined if the window were ≥ ${seconds(other.gapMillis)}.`
      )
    case "OtherSeverity":
      return `Not in ${key}: it had another severity at that time.`
    case "ResolvedByOperator":
      return `Not in ${key}: an operator had resolved it.`
    case "KeptApart":
      return `Not in ${key}: an operator or an earlier policy put its alerts together.`
  }
}

/** Longest note an operator may write. */
export const MAX_NOTE_LENGTH = 4_000
export const MAX_MERGED_INCIDENTS = 100
export const MAX_SPLIT_ALERTS = 1_000

/** Text for people: line breaks and tabs are fine, other control characters and blank notes are not. */
export const Note = Schema.String.check(
  Schema.isPattern(new RegExp(`^(?:[^\\p{Cc}\\p{Cs}]|[\\t\\n\\r]){1,${MAX_NOTE_LENGTH}}$`, "u"), {
    message: `must be a note of 1 to ${MAX_NOTE_LENGTH} characters without control characters`
  }),
  Schema.isPattern(/\S/u, { message: "must be a note that is not blank" })
)

/** Body of acknowledge, reopen and merge-like actions that need no explanation. */
const optionalNote = { note: Schema.optionalKey(Schema.NullOr(Note)) }

export const AcknowledgeIncident = Schema.Struct(optionalNote)
export type AcknowledgeIncident = typeof AcknowledgeIncident.Type

export const ReopenIncident = Schema.Struct(optionalNote)
export type ReopenIncident = typeof ReopenIncident.Type

/** Body of resolve. On an incident that resolved by itself it sets the classification. */
export const ResolveIncident = Schema.Struct({ note: Note, classification: Classification })
export type ResolveIncident = typeof ResolveIncident.Type

/** Body of merge: the incidents named here go into the one of the path, which keeps its key. */
export const MergeIncidents = Schema.Struct({
  incidentKeys: Schema.Array(Schema.String).check(
    Schema.isBetweenLength(1, MAX_MERGED_INCIDENTS, { message: `must name 1 to ${MAX_MERGED_INCIDENTS} incidents` })
  ),
  ...optionalNote
})
export type MergeIncidents = typeof MergeIncidents.Type

/** Body of split: the alerts named here leave for a new incident. */
export const SplitIncident = Schema.Struct({
  alertIds: Schema.Array(Schema.String).check(
    Schema.isBetweenLength(1, MAX_SPLIT_ALERTS, { message: `must name 1 to ${MAX_SPLIT_ALERTS} alerts` })
  ),
  ...optionalNote
})
export type SplitIncident = typeof SplitIncident.Type

import { Schema } from "effect"
import { type AlertFact, CloseReason } from "../../schema/Alert.ts"
import { placementOf } from "../../schema/CorrelationKey.ts"
import { Classification } from "../../schema/Incident.ts"
import { Severity } from "../../schema/Severity.ts"

/** Alerts of one rule and dimension: the second of them tells whether a Critical alert escalates a Warning one. */
const detector = { ruleId: Schema.String, dimensionKey: Schema.String }

/**
 * Who asked for it and when, on the hub clock. The same `commandId` again gets the first answer and changes nothing.
 */
const command = {
  commandId: Schema.String,
  actor: Schema.String,
  time: Schema.Int,
  /** Number of the incident it is about. */
  incident: Schema.Int
}

/**
 * All that a correlator takes, in the order it was taken: stored so, add a case and never change one. Past tense: what
 * alerts did. Imperative: what an operator wants. The transitions of one alert come in their own order; nothing is
 * asked of the order between alerts.
 */
export const CorrelatorInput = Schema.TaggedUnion({
  Opened: {
    ...detector,
    alertId: Schema.String,
    severity: Severity,
    startTime: Schema.Int,
    openTime: Schema.Int,
    metric: Schema.String,
    service: Schema.NullOr(Schema.String),
    ci: Schema.NullOr(Schema.String)
  },
  Closed: {
    ...detector,
    alertId: Schema.String,
    endTime: Schema.Int,
    reason: CloseReason,
    /** Whether its series was live: then the hub clock, not event time, says when all has been quiet long enough. */
    live: Schema.Boolean,
    hubTime: Schema.Int,
    actor: Schema.NullOr(Schema.String),
    note: Schema.NullOr(Schema.String)
  },
  Acknowledged: {
    alertId: Schema.String,
    time: Schema.Int,
    actor: Schema.String,
    note: Schema.NullOr(Schema.String)
  },
  /** The event time of a closed alert's series went on by `resolveAfter`. */
  Settled: { alertId: Schema.String, time: Schema.Int },
  Tick: { hubTime: Schema.Int },
  Acknowledge: { ...command, note: Schema.NullOr(Schema.String) },
  Resolve: { ...command, note: Schema.String, classification: Classification },
  Reopen: { ...command, note: Schema.NullOr(Schema.String) },
  /** `incident` keeps its key and takes all alerts of `from`. */
  Merge: { ...command, note: Schema.NullOr(Schema.String), from: Schema.Array(Schema.Int) },
  /** The named alerts leave `incident` for a new one. */
  Split: { ...command, note: Schema.NullOr(Schema.String), alertIds: Schema.Array(Schema.String) },
  Note: { ...command, note: Schema.String }
})
export type CorrelatorInput = typeof CorrelatorInput.Type

type Of<Tag extends CorrelatorInput["_tag"]> = Extract<CorrelatorInput, { readonly _tag: Tag }>
export type Opened = Of<"Opened">
export type Closed = Of<"Closed">
export type Acknowledged = Of<"Acknowledged">
export type Settled = Of<"Settled">
export type Tick = Of<"Tick">
export type OperatorCommand = Of<"Acknowledge" | "Resolve" | "Reopen" | "Merge" | "Split" | "Note">
export type CommandOf<Tag extends OperatorCommand["_tag"]> = Of<Tag>

export const isCommand = (input: CorrelatorInput): input is OperatorCommand => "commandId" in input

/** What a correlator takes of an alert's transition. */
export const inputOf = (fact: AlertFact): CorrelatorInput => {
  const { alertId, ruleId, dimensionKey } = fact
  switch (fact._tag) {
    case "AlertOpened": {
      const { severity, startTime, openTime, metric } = fact
      const { service, ci } = placementOf(metric, fact.labels)
      return { _tag: "Opened", alertId, ruleId, dimensionKey, severity, startTime, openTime, metric, service, ci }
    }
    case "AlertClosed": {
      const { endTime, closeReason: reason, live, receivedTime: hubTime, actor, note } = fact
      return { _tag: "Closed", alertId, ruleId, dimensionKey, endTime, reason, live, hubTime, actor, note }
    }
    case "AlertAcknowledged":
      return { _tag: "Acknowledged", alertId, time: fact.time, actor: fact.actor ?? "system", note: fact.note }
    case "AlertSettled":
      return { _tag: "Settled", alertId, time: fact.time }
  }
}

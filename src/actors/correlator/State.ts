import type { CorrelationReasons, IncidentStatus, Resolution, TimelineType } from "../../schema/Incident.ts"
import type { Severity } from "../../schema/Severity.ts"
import type { Span } from "./Span.ts"

/** One alert as its correlator knows it: only what the inputs taken so far have said. Plain data. */
export interface Member {
  readonly alertId: string
  readonly ruleId: string
  readonly dimensionKey: string
  readonly severity: Severity
  readonly metric: string
  readonly service: string | null
  readonly ci: string | null
  readonly startTime: number
  readonly openTime: number
  /** The era of its key in which it joined. */
  readonly era: number
  readonly incident: number
  /** Null while active. */
  readonly endTime: number | null
  /** Hub clock from which on it is quiet, where the hub clock decides that; else null. */
  readonly quietAt: number | null
  /** It is quiet on event time: its series went on long enough after endTime. Never set where the hub clock decides. */
  readonly settled: boolean
  readonly acknowledged: boolean
}

/**
 * An era of a key ends when an operator merges, splits, or reopens what an operator had resolved, and when the policy
 * changes. What is together then stays together: late arrivals move alerts of the present era only.
 */
export interface Era {
  readonly number: number
  /** The policy's `grouping` in this era. */
  readonly grouping: string
}

/** All a correlator keeps of an incident besides its members. Plain data. The first members are its Span. */
export interface IncidentAggregate extends Span {
  readonly number: number
  readonly correlationKey: string
  /** The era of its key in which its span was last brought up to date. */
  era: number
  status: IncidentStatus
  resolution: Resolution | null
  mergedInto: number | null
  /** Earliest startTime of its alerts. */
  startTime: number
  endTime: number | null
  activeAlertCount: number
  /** Latest endTime of its closed alerts. */
  lastEndTime: number | null
  /** Closed alerts that are not quiet yet on event time, and the latest endTime of those that event time decides. */
  unsettledCount: number
  lastEventEndTime: number | null
  /** The event time of the key was found to be past what the unsettled ones wait for. */
  isPastEventTime: boolean
  /** Hub clock from which on its alerts are quiet, as far as the hub clock decides. */
  quietAt: number | null
  /** Hub clock before which an incident that an operator reopened does not resolve by itself. */
  heldUntil: number | null
  nextSequence: number
}

/** An entry of an incident's timeline. */
export interface IncidentEntry {
  readonly incident: number
  readonly sequence: number
  readonly type: TimelineType
  readonly time: number
  readonly actor: string
  readonly alertId: string | null
  readonly note: string | null
}

/** Why an alert is where it is; the newest decision about an alert counts. */
export interface Decision {
  readonly alertId: string
  readonly reasons: CorrelationReasons
}

/** An open alert of an acknowledged incident, to be acknowledged at its partition. */
export interface AcknowledgeAlert {
  readonly alertId: string
  readonly commandId: string
  readonly actor: string
  readonly note: string | null
  readonly time: number
}

export type RefusalCode =
  | "incident_not_found"
  | "incident_merged"
  | "incident_resolved"
  | "incident_not_resolved"
  | "merge_with_itself"
  | "alert_not_in_incident"
  | "split_takes_all"

/** The answer to a command. `incident`: the one it was about; for a split the new one. */
export interface CommandOutcome {
  readonly commandId: string
  readonly incident: number
  readonly refusal: RefusalCode | null
}

/**
 * What a step needs of the store, all of one workspace. Besides, always: the correlator's `eventTime` and `era`, and
 * the incidents of its key that are not resolved and have no active alert.
 */
export interface Load {
  /** Incidents of the key whose [firstOpenTime, lastOpenTime] meets this, not those merged into another. */
  readonly between: readonly [from: number, to: number] | null
  /** Incidents by number, whatever their key. */
  readonly incidents: ReadonlyArray<number>
  /** Members by alert id, with their incidents. */
  readonly alerts: ReadonlyArray<string>
  /** Members by rule and dimension that were open at `from` or opened later, with their incidents. */
  readonly detectors: ReadonlyArray<{ readonly ruleId: string; readonly dimensionKey: string; readonly from: number }>
  /** Every member of these incidents. */
  readonly membersOf: ReadonlyArray<number>
  /** Answers given earlier, by command id. */
  readonly commands: ReadonlyArray<string>
}

/** What was loaded. More than asked for does no harm, as long as members come with their incidents. */
export interface CorrelatorState {
  readonly correlationKey: string
  /** Newest event time of the key's inputs taken so far. */
  readonly eventTime: number | null
  /** Null before the first step. */
  readonly era: Era | null
  readonly incidents: ReadonlyArray<IncidentAggregate>
  readonly members: ReadonlyArray<Member>
  readonly outcomes: ReadonlyArray<CommandOutcome>
}

/** What a step decided, to be written in one transaction: `merges` first, in order, then the rest in any order. */
export interface Changes {
  readonly eventTime: number | null
  readonly era: Era
  /** All members of the first go to the second. */
  readonly merges: ReadonlyArray<{ readonly from: number; readonly into: number }>
  readonly incidents: ReadonlyArray<IncidentAggregate>
  readonly members: ReadonlyArray<Member>
  readonly timeline: ReadonlyArray<IncidentEntry>
  readonly decisions: ReadonlyArray<Decision>
  readonly acknowledgeAlerts: ReadonlyArray<AcknowledgeAlert>
  readonly outcomes: ReadonlyArray<CommandOutcome>
  /** How many incident numbers it used, from the first one on that it was given. */
  readonly numbersUsed: number
}

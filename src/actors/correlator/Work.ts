import type { CorrelationReasons, TimelineType } from "../../schema/Incident.ts"
import type { CompiledPolicy } from "../../schema/Policy.ts"
import { detectorKey } from "./Fold.ts"
import type { CorrelatorInput } from "./Input.ts"
import { isBefore, latest, newSpan, pin, type Span } from "./Span.ts"
import type {
  AcknowledgeAlert,
  Changes,
  CommandOutcome,
  CorrelatorState,
  Decision,
  IncidentAggregate,
  IncidentEntry,
  Load,
  Member
} from "./State.ts"
import { conditionOf } from "./Status.ts"

/**
 * The working copy of one step: what was loaded, changed in place input by input, with a note of what changed. It never
 * leaves the step, which is therefore a pure function.
 */
export interface Work {
  readonly policy: CompiledPolicy
  readonly correlationKey: string
  readonly load: Load
  eventTime: number | null
  era: number
  numbersUsed: number
  readonly firstNumber: number
  readonly incidents: Map<number, IncidentAggregate>
  readonly members: Map<string, Member>
  /** Ids of the members of one rule and dimension. */
  readonly detectors: Map<string, Array<string>>
  /**
   * The stored incidents that an incident's members are to be loaded from: itself, and what this step merged into it.
   */
  readonly origins: Map<number, ReadonlyArray<number>>
  /** Incidents of which every stored member is here. */
  readonly complete: ReadonlySet<number>
  readonly outcomes: Map<string, CommandOutcome>
  /** Alerts that opened and wait to be placed together, and the inputs about them since. */
  late: Array<Member>
  deferred: Array<CorrelatorInput>
  readonly changed: {
    readonly incidents: Set<number>
    readonly members: Set<string>
    readonly merges: Array<{ readonly from: number; readonly into: number }>
    readonly timeline: Array<IncidentEntry>
    readonly decisions: Map<string, Decision>
    readonly acknowledgeAlerts: Array<AcknowledgeAlert>
    readonly outcomes: Array<CommandOutcome>
  }
}

/** `incident` of an alert that has none yet. */
export const UNPLACED = 0

/** What is missing to go on, to be added to what was loaded; null when nothing is. */
export type Need = Partial<Pick<Load, "between" | "membersOf">> | null

export const newWork = (policy: CompiledPolicy, load: Load, state: CorrelatorState, firstNumber: number): Work => {
  const { era } = state
  const work: Work = {
    policy,
    correlationKey: state.correlationKey,
    load,
    eventTime: state.eventTime,
    era: era?.number ?? 0,
    numbersUsed: 0,
    firstNumber,
    incidents: new Map(),
    members: new Map(),
    detectors: new Map(),
    origins: new Map(state.incidents.map(({ number }) => [number, [number]])),
    complete: new Set(load.membersOf),
    outcomes: new Map(state.outcomes.map((outcome) => [outcome.commandId, outcome])),
    late: [],
    deferred: [],
    changed: {
      incidents: new Set(),
      members: new Set(),
      merges: [],
      timeline: [],
      decisions: new Map(),
      acknowledgeAlerts: [],
      outcomes: []
    }
  }
  for (const incident of state.incidents) work.incidents.set(incident.number, { ...incident })
  for (const member of state.members) index(work, member)
  enterEra(work, era !== null && era.grouping !== policy.grouping ? work.era + 1 : work.era)
  return work
}

/** Pins what the key's incidents hold, unless that has been done in this era. */
export const enterEra = (work: Work, era: number): void => {
  work.era = era
  for (const incident of work.incidents.values()) {
    if (incident.correlationKey !== work.correlationKey || incident.era === era) continue
    pin(incident)
    incident.era = era
  }
}

export const changesOf = (work: Work): Changes => {
  const { changed } = work
  return {
    eventTime: work.eventTime,
    era: { number: work.era, grouping: work.policy.grouping },
    merges: changed.merges,
    incidents: [...changed.incidents].map((number) => work.incidents.get(number)!),
    members: [...changed.members].map((alertId) => work.members.get(alertId)!),
    timeline: changed.timeline,
    decisions: [...changed.decisions.values()],
    acknowledgeAlerts: changed.acknowledgeAlerts,
    outcomes: changed.outcomes,
    numbersUsed: work.numbersUsed
  }
}

/** Whether alerts of this correlator may join it: not once an operator resolved it (N5). */
export const isJoinable = (work: Work, incident: IncidentAggregate): boolean => {
  if (incident.correlationKey !== work.correlationKey) return false
  const condition = conditionOf(incident)
  return condition !== "ResolvedByOperator" && condition !== "Merged"
}

/** A new member, or a member with something changed. */
export const putMember = (work: Work, member: Member): void => {
  if (!work.members.has(member.alertId)) index(work, member)
  else work.members.set(member.alertId, member)
  work.changed.members.add(member.alertId)
}

/** What to load before all members of these incidents are here. */
export const missingMembers = (work: Work, numbers: ReadonlyArray<number>): Need => {
  const missing = numbers.flatMap((number) => work.origins.get(number)!).filter((number) => !work.complete.has(number))
  return missing.length === 0 ? null : { membersOf: missing }
}

/** By openTime, then id: those that are here. */
export const membersOf = (work: Work, number: number): ReadonlyArray<Member> =>
  [...work.members.values()].filter(({ incident }) => incident === number).sort((a, b) => (isBefore(a, b) ? -1 : 1))

/** The other alerts of an alert's rule and dimension. */
export const siblingsOf = (work: Work, alert: Pick<Member, "alertId" | "ruleId" | "dimensionKey">): Array<Member> =>
  (work.detectors.get(detectorKey(alert)) ?? [])
    .filter((alertId) => alertId !== alert.alertId)
    .map((alertId) => work.members.get(alertId)!)

/** A new incident without alerts, open, with the next number. `alert`: its first. */
export const createIncident = (work: Work, correlationKey: string, alert: Member): IncidentAggregate => {
  const incident: IncidentAggregate = {
    number: work.firstNumber + work.numbersUsed,
    correlationKey,
    status: "Open",
    resolution: null,
    mergedInto: null,
    endTime: null,
    heldUntil: null,
    nextSequence: 1,
    ...newSpan(alert),
    ...EMPTY_TALLY,
    startTime: alert.startTime,
    era: work.era
  }
  work.numbersUsed += 1
  work.incidents.set(incident.number, incident)
  work.origins.set(incident.number, [])
  return incident
}

/** Makes the incident consist of exactly these alerts. `span`: theirs. */
export const rebuild = (work: Work, incident: IncidentAggregate, span: Span, members: ReadonlyArray<Member>): void => {
  Object.assign(incident, span, EMPTY_TALLY, { startTime: members[0]!.startTime })
  for (const member of members) tally(incident, member)
  incident.era = work.era
  work.changed.incidents.add(incident.number)
}

export const EMPTY_TALLY = {
  activeAlertCount: 0,
  lastEndTime: null,
  unsettledCount: 0,
  lastEventEndTime: null,
  isPastEventTime: false,
  quietAt: null
}

/** Counts an alert into what an incident keeps besides its span. */
export const tally = (incident: IncidentAggregate, member: Member): void => {
  incident.startTime = Math.min(incident.startTime, member.startTime)
  if (member.endTime === null) incident.activeAlertCount += 1
  else tallyClosed(incident, member, member.endTime)
}

export const tallyClosed = (incident: IncidentAggregate, member: Member, endTime: number): void => {
  incident.lastEndTime = latest(incident.lastEndTime, endTime)
  if (member.quietAt !== null) {
    incident.quietAt = latest(incident.quietAt, member.quietAt)
    return
  }
  incident.lastEventEndTime = latest(incident.lastEventEndTime, endTime)
  if (member.settled) return
  incident.unsettledCount += 1
  incident.isPastEventTime = false
}

/** Counts a whole incident into another. */
export const tallyAll = (into: IncidentAggregate, from: IncidentAggregate): void => {
  into.startTime = Math.min(into.startTime, from.startTime)
  into.activeAlertCount += from.activeAlertCount
  into.unsettledCount += from.unsettledCount
  into.isPastEventTime = false
  into.lastEndTime = latest(into.lastEndTime, from.lastEndTime)
  into.lastEventEndTime = latest(into.lastEventEndTime, from.lastEventEndTime)
  into.quietAt = latest(into.quietAt, from.quietAt)
  into.heldUntil = latest(into.heldUntil, from.heldUntil)
}

/** Writes an entry into the incident's timeline. */
export const record = (
  work: Work,
  incident: IncidentAggregate,
  type: TimelineType,
  entry: {
    readonly time: number
    readonly actor: string
    readonly alertId?: string | null
    readonly note?: string | null
  }
): void => {
  const { time, actor, alertId = null, note = null } = entry
  work.changed.timeline.push({
    incident: incident.number,
    sequence: incident.nextSequence,
    type,
    time,
    actor,
    alertId,
    note
  })
  incident.nextSequence += 1
  work.changed.incidents.add(incident.number)
}

export const decide = (work: Work, alertId: string, reasons: CorrelationReasons): void => {
  work.changed.decisions.set(alertId, { alertId, reasons })
}

const index = (work: Work, member: Member): void => {
  work.members.set(member.alertId, member)
  const key = detectorKey(member)
  const ids = work.detectors.get(key)
  if (ids === undefined) work.detectors.set(key, [member.alertId])
  else ids.push(member.alertId)
}

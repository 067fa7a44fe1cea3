import { incidentKeyOf, SYSTEM_ACTOR } from "../../schema/Incident.ts"
import type { Severity } from "../../schema/Severity.ts"
import { absorb, severityOf } from "./Span.ts"
import type { IncidentAggregate, Member } from "./State.ts"
import { advance } from "./Status.ts"
import { EMPTY_TALLY, record, tallyAll, type Work } from "./Work.ts"

/** Who or what makes alerts change their incident. `time`: event time of the alert, or hub clock of the operator. */
export interface Cause {
  readonly time: number
  readonly actor: string
  readonly alertId: string | null
  readonly note: string | null
}

export const causedBy = (alert: Pick<Member, "alertId">, time: number): Cause => ({
  time,
  actor: SYSTEM_ACTOR,
  alertId: alert.alertId,
  note: null
})

/** Alerts have come to an incident: one that resolved by itself is open again. */
export const reopenForAlerts = (work: Work, incident: IncidentAggregate, cause: Cause): void => {
  const resolvedAt = incident.resolution?.at ?? cause.time
  const { from, to } = advance(incident, "AlertJoins")
  work.changed.incidents.add(incident.number)
  if (from !== "ResolvedBySystem" || to !== "Open") return
  // Never before the resolution that it undoes, although the alert may have opened before that.
  record(work, incident, "reopened", { ...cause, time: Math.max(cause.time, resolvedAt), actor: SYSTEM_ACTOR })
}

/** The entry for the first alert of an incident, or for a further one. */
export const recordAlert = (work: Work, incident: IncidentAggregate, member: Member, isNew: boolean): void => {
  const entry = { time: member.openTime, actor: SYSTEM_ACTOR, alertId: member.alertId }
  record(work, incident, isNew ? "opened" : "alertJoined", entry)
}

export const recordEscalation = (
  work: Work,
  incident: IncidentAggregate,
  before: Severity,
  alertId: string | null
): void => {
  if (before === "Critical" || severityOf(incident) === "Warning") return
  const time = incident.firstCriticalOpenTime!
  record(work, incident, "escalated", { time, actor: SYSTEM_ACTOR, alertId, note: "Warning → Critical" })
}

/** Ends an incident that has given all its alerts to another; both timelines say so. */
export const mergeAway = (
  work: Work,
  from: IncidentAggregate,
  into: IncidentAggregate,
  alertCount: number,
  cause: Cause
): void => {
  advance(from, "MergeAway")
  Object.assign(from, EMPTY_TALLY, { alertCount: 0 })
  from.mergedInto = into.number
  from.resolution = null
  from.endTime = cause.time
  record(work, from, "merged", { ...cause, note: withNote(`into ${incidentKeyOf(into.number)}`, cause) })
  const note = `${countOf(alertCount)} of ${incidentKeyOf(from.number)}`
  record(work, into, "merged", { ...cause, note: withNote(note, cause) })
}

/** Merges an incident into another without looking at its members. */
export const mergeWhole = (work: Work, into: IncidentAggregate, from: IncidentAggregate, cause: Cause): void => {
  const { alertCount } = from
  absorb(into, from)
  tallyAll(into, from)
  for (const member of work.members.values()) {
    if (member.incident === from.number) work.members.set(member.alertId, { ...member, incident: into.number })
  }
  work.origins.set(into.number, [...work.origins.get(into.number)!, ...work.origins.get(from.number)!])
  work.changed.merges.push({ from: from.number, into: into.number })
  mergeAway(work, from, into, alertCount, cause)
}

/** Says in both timelines that alerts have left one incident for another. */
export const recordSplit = (
  work: Work,
  from: IncidentAggregate,
  into: IncidentAggregate,
  alertCount: number,
  cause: Cause
): void => {
  const alerts = countOf(alertCount)
  record(work, from, "split", { ...cause, note: withNote(`${alerts} to ${incidentKeyOf(into.number)}`, cause) })
  record(work, into, "split", { ...cause, note: withNote(`${alerts} from ${incidentKeyOf(from.number)}`, cause) })
}

const countOf = (count: number): string => `${count} alert${count === 1 ? "" : "s"}`

const withNote = (text: string, { note }: Cause): string => (note === null ? text : `${text}: ${note}`)

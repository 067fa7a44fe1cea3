import type { CompiledPolicy } from "../../schema/Policy.ts"
import { escalatedWarning, openWarnings } from "./Fold.ts"
import type { Opened } from "./Input.ts"
import { passEventTime } from "./Quiet.ts"
import { reasonsOf, surroundings } from "./Reasons.ts"
import { refold } from "./Refold.ts"
import { absorb, alertCount, type Choice, choose, extend, firstOpenTime, isMixed, severityOf } from "./Span.ts"
import type { IncidentAggregate, Member } from "./State.ts"
import { causedBy, mergeAway, recordAlert, recordEscalation, reopenForAlerts } from "./Transfer.ts"
import {
  createIncident,
  decide,
  isJoinable,
  type Need,
  putMember,
  siblingsOf,
  tally,
  tallyAll,
  type Work
} from "./Work.ts"

/**
 * Places an alert that opened. Its place is what `fold` says; but most alerts change nothing for the others, and then
 * it is found from the incidents near it, without their members: a storm of alerts costs the same for each.
 */
export const takeOpened = (work: Work, input: Opened): Need => {
  if (work.members.has(input.alertId)) return null
  const { _tag, ...alert } = input
  const member: Member = {
    ...alert,
    grouping: work.policy.grouping,
    incident: 0,
    endTime: null,
    quietAt: null,
    settled: false,
    acknowledged: false,
    pinned: false
  }
  const siblings = siblingsOf(work, member).filter(({ incident }) => isJoinable(work, work.incidents.get(incident)!))
  const warning = escalatedWarning(work.policy, openWarnings(siblings), member)
  const escalated = warning === null ? null : work.incidents.get(warning.incident)!
  const near = incidentsNear(work, member)
  const escalations = escalatedLater(work.policy, member, siblings)
  if (escalations.length === 0 && commutes(work.policy, near, member, escalated)) {
    place(work, member, near, warning)
  } else {
    const concerned = escalations.map(({ incident }) => work.incidents.get(incident)!)
    const start = escalated === null ? [...near, ...concerned] : [...near, ...concerned, escalated]
    const need = refold(work, start, member, warning)
    if (need !== null) return need
  }
  passEventTime(work, member.openTime)
  return null
}

/** The Critical alerts that came here before a Warning alert of their rule and dimension that opened before them. */
export const escalatedLater = (
  policy: CompiledPolicy,
  { severity, openTime }: Pick<Member, "severity" | "openTime">,
  siblings: ReadonlyArray<Member>
): ReadonlyArray<Member> =>
  policy.severity === "SameOrEscalation" && severity === "Warning"
    ? siblings.filter((sibling) => sibling.severity === "Critical" && sibling.openTime >= openTime)
    : []

/** The incidents that the alert could join, or whose later alerts it could touch. */
const incidentsNear = (work: Work, member: Member): ReadonlyArray<IncidentAggregate> => {
  const { policy } = work
  const { openTime, severity } = member
  const near: Array<IncidentAggregate> = []
  let cut = Number.POSITIVE_INFINITY
  for (const incident of work.incidents.values()) {
    if (!isJoinable(work, incident)) continue
    const [from, to] = reachOf(policy, incident, member)
    if (openTime < from - policy.windowMillis || openTime > to + policy.windowMillis) continue
    near.push(incident)
    const isCut = policy.severity !== "Any" && severity === "Warning" && !incident.pinned && isMixed(incident)
    if (isCut) cut = Math.min(cut, incident.firstCriticalOpenTime!)
  }
  // A Warning incident ends for Warnings when it turns Critical: those that began after that are out of reach.
  return near.filter((incident) => incident.pinned || firstOpenTime(incident) <= cut)
}

/** When the incident was open to alerts of that severity; an empty span when never. */
const reachOf = (
  policy: CompiledPolicy,
  incident: IncidentAggregate,
  { severity, openTime }: Member
): readonly [from: number, to: number] => {
  const { firstCriticalOpenTime: critical, lastOpenTime } = incident
  if (incident.pinned || policy.severity === "Any") return [firstOpenTime(incident), lastOpenTime]
  if (severity === "Critical") return critical === null ? NEVER : [critical, lastOpenTime]
  const isCritical = incident.warningCount === 0 || (critical !== null && openTime > critical)
  return isCritical ? NEVER : [firstOpenTime(incident), critical ?? lastOpenTime]
}

const NEVER = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const

/**
 * Whether the alert can be placed by the spans near it, because no alert that is there already would be placed
 * differently with it. True when
 * - nothing is near, or all that is near is of one severity and unbroken: such spans grow and merge in any order;
 * - it is later than everything near: then it is what the fold would take next;
 * - one unbroken incident is near, and the alert falls into its Warning part or into its Critical part.
 */
const commutes = (
  policy: CompiledPolicy,
  near: ReadonlyArray<IncidentAggregate>,
  member: Member,
  escalated: IncidentAggregate | null
): boolean => {
  const { openTime, severity } = member
  const all = escalated === null || near.includes(escalated) ? near : [...near, escalated]
  const isPlain = (incident: IncidentAggregate) =>
    incident.contiguous && !incident.pinned && (policy.severity === "Any" || !isMixed(incident))
  if (escalated === null && all.every(isPlain)) return true
  if (all.every((incident) => isAfter(member, incident, escalated))) return true
  const [only, ...others] = all
  if (only === undefined || others.length > 0 || !only.contiguous || only.pinned) return false
  const critical = only.firstCriticalOpenTime
  return critical !== null && (severity === "Critical" ? openTime >= critical : openTime <= critical)
}

/** Whether the fold takes the alert after all alerts of the incident, or in any order with those of its moment. */
const isAfter = (member: Member, incident: IncidentAggregate, escalated: IncidentAggregate | null): boolean => {
  if (member.openTime !== incident.lastOpenTime) return member.openTime > incident.lastOpenTime
  if (member.severity === "Warning") return incident.criticalCount === 0
  return escalated === null || incident === escalated || incident.criticalCount === 0
}

const place = (work: Work, member: Member, near: ReadonlyArray<IncidentAggregate>, warning: Member | null): void => {
  const around = surroundings(work, member)
  const choice: Choice<IncidentAggregate> | null =
    warning === null ? choose(work.policy, near, member) : { target: work.incidents.get(warning.incident)!, merged: [] }
  const cause = causedBy(member, member.openTime)
  if (choice === null) {
    const incident = createIncident(work, work.correlationKey, member)
    tally(incident, member)
    putMember(work, { ...member, incident: incident.number })
    recordAlert(work, incident, member, true)
    decide(work, member.alertId, reasonsOf(work, around, incident.number, null, []))
    return
  }
  const { target, merged } = choice
  const before = severityOf(target)
  extend(target, member, work.policy.windowMillis)
  tally(target, member)
  putMember(work, { ...member, incident: target.number })
  reopenForAlerts(work, target, cause)
  recordAlert(work, target, member, false)
  for (const incident of merged) mergeWhole(work, target, incident, member)
  recordEscalation(work, target, before, member.alertId)
  const mergedNumbers = merged.map(({ number }) => number)
  decide(work, member.alertId, reasonsOf(work, around, target.number, warning?.alertId ?? null, mergedNumbers))
}

/** Merges an incident into an earlier one because an alert qualified for both, without looking at its members. */
const mergeWhole = (work: Work, into: IncidentAggregate, from: IncidentAggregate, alert: Member): void => {
  const count = alertCount(from)
  absorb(into, from)
  tallyAll(into, from)
  for (const member of work.members.values()) {
    if (member.incident === from.number) work.members.set(member.alertId, { ...member, incident: into.number })
  }
  if (!work.complete.has(from.number)) work.complete.delete(into.number)
  work.changed.merges.push({ from: from.number, into: into.number })
  mergeAway(work, from, into, count, causedBy(alert, alert.openTime))
}

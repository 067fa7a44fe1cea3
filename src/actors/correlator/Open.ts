import type { CompiledPolicy } from "../../schema/Policy.ts"
import { escalatedWarning, openWarnings } from "./Fold.ts"
import type { Opened } from "./Input.ts"
import { passEventTime } from "./Quiet.ts"
import { reasonsOf, surroundings } from "./Reasons.ts"
import { refold } from "./Refold.ts"
import { type Choice, choose, extend, firstOpenTime, severityOf } from "./Span.ts"
import type { IncidentAggregate, Member } from "./State.ts"
import { causedBy, mergeWhole, recordAlert, recordEscalation, reopenForAlerts } from "./Transfer.ts"
import {
  createIncident,
  decide,
  isJoinable,
  type Need,
  putMember,
  siblingsOf,
  tally,
  UNPLACED,
  type Work
} from "./Work.ts"

/**
 * Places an alert that opened. Its place is what `fold` says; but most alerts change nothing for the others, and then
 * it is found from the incidents near it, without their members: a storm of alerts costs the same for each. The others
 * wait for `placeLate`; as arrival order does not matter, what comes meanwhile may go first.
 */
export const takeOpened = (work: Work, input: Opened): void => {
  if (work.members.has(input.alertId)) return
  const { _tag, ...alert } = input
  const member: Member = {
    ...alert,
    era: work.era,
    incident: UNPLACED,
    endTime: null,
    quietAt: null,
    settled: false,
    acknowledged: false
  }
  const { near, warning, escalated, escalations } = neighbourhood(work, member)
  if (escalations.length > 0 || !commutes(work.policy, near, member, escalated)) {
    work.late.push(member)
    return
  }
  place(work, member, near, warning)
  passEventTime(work, member.openTime)
}

/** Places the alerts that wait, by one fold for all. */
export const placeLate = (work: Work): Need => {
  const { late } = work
  if (late.length === 0) return null
  const start = late.flatMap((member) => {
    const { near, escalated, escalations } = neighbourhood(work, member)
    const concerned = escalations.map(({ incident }) => work.incidents.get(incident)!)
    return escalated === null ? [...near, ...concerned] : [...near, ...concerned, escalated]
  })
  const need = refold(work, start, late, late[0]!)
  if (need !== null) return need
  work.late = []
  for (const { openTime } of late) passEventTime(work, openTime)
  return null
}

/** What an alert that opened can have to do with. */
const neighbourhood = (work: Work, member: Member) => {
  const siblings = siblingsOf(work, member).filter(({ incident }) => isJoinable(work, work.incidents.get(incident)!))
  const warning = escalatedWarning(work.policy, openWarnings(siblings), member)
  return {
    near: incidentsNear(work, member),
    /** The Warning alert it escalates, and its incident. */
    warning,
    escalated: warning === null ? null : work.incidents.get(warning.incident)!,
    escalations: escalatedLater(work.policy, member, siblings)
  }
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
  let turnTime = Number.POSITIVE_INFINITY
  for (const incident of work.incidents.values()) {
    if (!isJoinable(work, incident)) continue
    const [from, to] = reachOf(policy, incident, member)
    if (openTime < from - policy.windowMillis || openTime > to + policy.windowMillis) continue
    near.push(incident)
    if (severity === "Warning" && policy.severity !== "Any" && turnsOnce(incident)) {
      turnTime = Math.min(turnTime, incident.firstCriticalOpenTime!)
    }
  }
  // It joins the one that has yet to turn Critical: Warning incidents that began after that are out of its reach.
  return near.filter((incident) => incident.pinned || firstOpenTime(incident) <= turnTime)
}

/** When the incident was open to alerts of that severity; an empty span when never. */
const reachOf = (
  policy: CompiledPolicy,
  incident: IncidentAggregate,
  { severity, openTime }: Member
): readonly [from: number, to: number] => {
  const { firstWarningOpenTime: warning, firstCriticalOpenTime: critical, lastTurnTime, lastOpenTime } = incident
  if (policy.severity === "Any") return [firstOpenTime(incident), lastOpenTime]
  if (severity === "Critical") return critical === null ? NEVER : [critical, lastOpenTime]
  if (warning === null) return NEVER
  if (critical === null) return [warning, lastOpenTime]
  return lastTurnTime === null || openTime > lastTurnTime ? NEVER : [warning, lastTurnTime]
}

const NEVER = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const

/** Unbroken, Warning first, then Critical; nothing that was merged into it turned later. */
const turnsOnce = ({ contiguous, firstCriticalOpenTime, lastTurnTime }: IncidentAggregate): boolean =>
  contiguous && firstCriticalOpenTime !== null && firstCriticalOpenTime === lastTurnTime

/**
 * Whether the alert can be placed by the spans near it, because no alert that is there already would be placed
 * differently with it. True when
 * - nothing is near, or all that is near is of one severity and unbroken, and at most one of them cannot be merged into
 *   another: such spans grow and merge in any order;
 * - it is later than everything near: then it is what the fold would take next;
 * - it escalates a Warning of an unbroken incident that had turned Critical before, and which is not joined by more;
 * - one unbroken incident is near, and the alert falls into its Warning part or into its Critical part.
 */
const commutes = (
  policy: CompiledPolicy,
  near: ReadonlyArray<IncidentAggregate>,
  member: Member,
  escalated: IncidentAggregate | null
): boolean => {
  const { openTime, severity } = member
  const pinned = near.filter((incident) => incident.pinned)
  if (escalated === null && pinned.length <= 1 && near.every((incident) => isPlain(policy, incident))) return true
  const all = escalated === null || near.includes(escalated) ? near : [...near, escalated]
  if (all.every((incident) => isAfter(member, incident, escalated))) return true
  if (escalated !== null) return addsNoReach(policy, near, openTime, escalated)
  const [only] = near
  if (near.length > 1 || only === undefined || only.firstCriticalOpenTime === null) return false
  return severity === "Critical"
    ? only.contiguous && openTime >= only.firstCriticalOpenTime
    : turnsOnce(only) && openTime <= only.firstCriticalOpenTime
}

/** Whether no alert near would qualify for the incident only because of one more at `openTime`. */
const addsNoReach = (
  { windowMillis }: CompiledPolicy,
  near: ReadonlyArray<IncidentAggregate>,
  openTime: number,
  incident: IncidentAggregate
): boolean => {
  const { lastTurnTime, lastOpenTime, contiguous } = incident
  if (!contiguous || lastTurnTime === null || openTime < lastTurnTime) return false
  const reach = lastOpenTime + windowMillis
  return openTime <= lastOpenTime || (openTime <= reach && near.every((other) => other.lastOpenTime <= reach))
}

const isPlain = (policy: CompiledPolicy, incident: IncidentAggregate): boolean =>
  incident.contiguous &&
  (policy.severity === "Any" || incident.firstWarningOpenTime === null || incident.firstCriticalOpenTime === null)

/** Whether the fold takes the alert after all alerts of the incident, or in any order with those of its moment. */
const isAfter = (member: Member, incident: IncidentAggregate, escalated: IncidentAggregate | null): boolean => {
  if (member.openTime !== incident.lastOpenTime) return member.openTime > incident.lastOpenTime
  const isAnyOrder = member.severity === "Critical" && (escalated === null || incident === escalated)
  return isAnyOrder || incident.firstCriticalOpenTime === null
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
  for (const incident of merged) mergeWhole(work, target, incident, cause)
  recordEscalation(work, target, before, member.alertId)
  const mergedNumbers = merged.map(({ number }) => number)
  decide(work, member.alertId, reasonsOf(work, around, target.number, warning?.alertId ?? null, mergedNumbers))
}

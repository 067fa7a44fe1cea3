import type { CorrelationReasons } from "../../schema/Incident.ts"
import { escalations, fold, type Group } from "./Fold.ts"
import { describeQuiet, resolveIfQuiet } from "./Quiet.ts"
import { reasonsOf, surroundings } from "./Reasons.ts"
import { firstOpenTime, isBefore, severityOf } from "./Span.ts"
import type { IncidentAggregate, Member } from "./State.ts"
import { conditionOf } from "./Status.ts"
import { causedBy, mergeAway, recordAlert, recordEscalation, recordSplit, reopenForAlerts } from "./Transfer.ts"
import {
  createIncident,
  decide,
  isJoinable,
  missingMembers,
  type Need,
  putMember,
  rebuild,
  UNPLACED,
  type Work
} from "./Work.ts"

/**
 * Puts alerts together anew where some that came late change what becomes of others: folds all members of the
 * incidents concerned and moves those that belong elsewhere now. `start`: incidents that may change. `late`: alerts
 * that opened and are not members yet. `cause`: the first of them, or a Warning alert, a member, that turned out to
 * have ended earlier.
 */
export const refold = (
  work: Work,
  start: ReadonlyArray<IncidentAggregate>,
  late: ReadonlyArray<Member>,
  cause: Member
): Need => {
  const scope = linkedIncidents(work, start, [...late, cause])
  if (scope.need !== null) return scope.need
  const need = missingMembers(work, scope.numbers)
  if (need !== null) return need

  const around = new Map(late.map((member) => [member.alertId, surroundings(work, member)]))
  const numbers = new Set(scope.numbers)
  const members = [...[...work.members.values()].filter(({ incident }) => numbers.has(incident)), ...late]
  const placed = assign(work, fold(work.policy, work.era, members))
  const transfers = placed.flatMap((place) => rearrange(work, place, cause))
  const merged = finishTransfers(work, transfers, placed, cause)
  const escalated = escalations(work.policy, members)
  for (const { alertId } of late) {
    const { incident } = work.members.get(alertId)!
    const intoIt = merged.filter(({ into }) => into === incident).map(({ from }) => from)
    const source = escalated.get(alertId)?.alertId ?? null
    decide(work, alertId, reasonsOf(work, around.get(alertId)!, incident, source, intoIt))
  }
  for (const { incident } of placed) {
    if (conditionOf(incident) === "ResolvedBySystem") describeQuiet(work, incident)
    else resolveIfQuiet(work, incident, null)
  }
  return null
}

/**
 * The incidents whose alerts could trade places when one of them changes: those of `start` and whatever lies within a
 * window of them and has alerts of a common severity, on and on. All that is outside folds the same without them.
 */
const linkedIncidents = (
  work: Work,
  start: ReadonlyArray<IncidentAggregate>,
  alerts: ReadonlyArray<Member>
): { readonly numbers: ReadonlyArray<number>; readonly need: Need } => {
  const { windowMillis } = work.policy
  const linked = new Set(start)
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const { openTime } of alerts) {
    from = Math.min(from, openTime)
    to = Math.max(to, openTime)
  }
  for (const incident of linked) {
    from = Math.min(from, firstOpenTime(incident))
    to = Math.max(to, incident.lastOpenTime)
    // A set also iterates over what is added meanwhile.
    for (const other of work.incidents.values()) {
      if (!linked.has(other) && isJoinable(work, other) && mayTrade(work, incident, other)) linked.add(other)
    }
  }
  const { between } = work.load
  if (between === null || from - windowMillis < between[0] || to + windowMillis > between[1]) {
    const marginMillis = Math.max(windowMillis, to - from)
    return { numbers: [], need: { between: [from - marginMillis, to + marginMillis] } }
  }
  return { numbers: [...linked].map(({ number }) => number), need: null }
}

const mayTrade = ({ policy }: Work, a: IncidentAggregate, b: IncidentAggregate): boolean => {
  const gapMillis = Math.max(firstOpenTime(a) - b.lastOpenTime, firstOpenTime(b) - a.lastOpenTime)
  if (gapMillis > policy.windowMillis) return false
  return (
    policy.severity === "Any" ||
    // It may turn Critical without giving up the Warnings after that.
    a.pinned ||
    b.pinned ||
    (a.firstWarningOpenTime !== null && b.firstWarningOpenTime !== null) ||
    (a.firstCriticalOpenTime !== null && b.firstCriticalOpenTime !== null)
  )
}

/** A group, and the incident it is from now on. */
interface Placed {
  readonly group: Group
  readonly incident: IncidentAggregate
  readonly isNew: boolean
}

/**
 * Each group is the incident of its earliest alert that has one no earlier group has taken, so that of merged incidents
 * the earlier keeps its key; a group without such an alert is a new incident.
 */
const assign = (work: Work, groups: ReadonlyArray<Group>): ReadonlyArray<Placed> => {
  const taken = new Set(groups.flatMap(({ seed }) => (seed === null ? [] : [seed])))
  const ordered = groups.toSorted((a, b) => (isBefore(a.span.primary, b.span.primary) ? -1 : 1))
  const numberOf = new Map<Group, number>()
  for (const group of ordered) {
    const number =
      group.seed ?? group.members.find(({ incident }) => incident !== UNPLACED && !taken.has(incident))?.incident
    if (number === undefined) continue
    taken.add(number)
    numberOf.set(group, number)
  }
  return ordered.map((group) => {
    const number = numberOf.get(group)
    const incident =
      number === undefined ? createIncident(work, work.correlationKey, group.members[0]!) : work.incidents.get(number)!
    return { group, incident, isNew: number === undefined }
  })
}

/** Alerts that go from one incident to another. */
interface Transfer {
  readonly from: number
  readonly into: number
  count: number
  /** Latest openTime of them. */
  lastOpenTime: number
}

/** Makes an incident consist of its group, and tells what came from other incidents, earliest alert first. */
const rearrange = (work: Work, { group, incident, isNew }: Placed, cause: Member): ReadonlyArray<Transfer> => {
  const first = group.members[0]!
  const before = isNew ? first.severity : severityOf(incident)
  const transfers = new Map<number, Transfer>()
  const opened: Array<Member> = []
  for (const member of group.members) {
    const { incident: from } = member
    if (from === incident.number) continue
    putMember(work, { ...member, incident: incident.number })
    if (from === UNPLACED) {
      opened.push(member)
      continue
    }
    const transfer = transfers.get(from)
    const { openTime } = member
    if (transfer === undefined) transfers.set(from, { from, into: incident.number, count: 1, lastOpenTime: openTime })
    else {
      transfer.count += 1
      transfer.lastOpenTime = openTime
    }
    decide(work, member.alertId, movedReasons(work, incident.number, cause.alertId))
  }
  rebuild(work, incident, group.span, group.members)
  if (isNew) recordAlert(work, incident, first, true)
  else if (transfers.size > 0 || opened.length > 0) {
    const joined = opened[0] ?? cause
    reopenForAlerts(work, incident, causedBy(joined, joined.openTime))
  }
  for (const member of opened) if (!isNew || member !== first) recordAlert(work, incident, member, false)
  const critical = group.members.find(({ severity }) => severity === "Critical")
  recordEscalation(work, incident, before, critical?.alertId ?? null)
  return [...transfers.values()]
}

/** Writes what went where into the timelines; an incident that has no group left ends, and is returned. */
const finishTransfers = (
  work: Work,
  transfers: ReadonlyArray<Transfer>,
  placed: ReadonlyArray<Placed>,
  cause: Member
): ReadonlyArray<Transfer> => {
  const remaining = new Set(placed.map(({ incident }) => incident.number))
  const merged: Array<Transfer> = []
  for (const transfer of transfers) {
    const from = work.incidents.get(transfer.from)!
    const into = work.incidents.get(transfer.into)!
    // Behind the entries of the alerts it moves, whatever made it move them.
    const because = causedBy(cause, Math.max(transfer.lastOpenTime, cause.openTime))
    if (remaining.has(from.number) || from.mergedInto !== null) {
      recordSplit(work, from, into, transfer.count, because)
    } else {
      mergeAway(work, from, into, transfer.count, because)
      merged.push(transfer)
    }
  }
  return merged
}

const movedReasons = (work: Work, incident: number, causeAlertId: string): CorrelationReasons => ({
  rule: "Moved",
  incident,
  windowMillis: work.policy.windowMillis,
  gapMillis: null,
  causeAlertId,
  merged: [],
  others: []
})

import { fold, type Group } from "./Fold.ts"
import { describeQuiet, resolveIfQuiet } from "./Quiet.ts"
import { reasonsOf, surroundings } from "./Reasons.ts"
import { firstOpenTime, isBefore, severityOf } from "./Span.ts"
import type { IncidentAggregate, Member } from "./State.ts"
import { conditionOf } from "./Status.ts"
import { causedBy, mergeAway, recordAlert, recordEscalation, recordSplit, reopenForAlerts } from "./Transfer.ts"
import { createIncident, decide, isJoinable, type Need, putMember, rebuild, type Work } from "./Work.ts"

/**
 * Puts alerts together anew where one that came late changes what becomes of others: folds all members of the
 * incidents concerned and moves those that belong elsewhere now. `start`: incidents that may change. `late`: the alert
 * that opened, or a Warning alert, a member already, that turned out to have ended earlier. `warning`: the alert that
 * the late one escalates.
 */
export const refold = (
  work: Work,
  start: ReadonlyArray<IncidentAggregate>,
  late: Member,
  warning: Member | null
): Need => {
  const scope = linkedIncidents(work, start, late)
  if (scope.need !== null) return scope.need
  const incomplete = scope.numbers.filter((number) => !work.complete.has(number))
  if (incomplete.length > 0) return { membersOf: incomplete }

  const isNew = !work.members.has(late.alertId)
  const around = surroundings(work, late)
  const numbers = new Set(scope.numbers)
  const members = [...work.members.values()].filter(({ incident }) => numbers.has(incident))
  const groups = fold(work.policy, isNew ? [...members, late] : members)
  const placed = assign(work, groups)
  const transfers = placed.flatMap((place) => rearrange(work, place, late, isNew))
  const merged = finishTransfers(work, transfers, placed, late, isNew)
  if (isNew) {
    const { incident } = work.members.get(late.alertId)!
    const intoIt = merged.filter(({ into }) => into === incident).map(({ from }) => from)
    decide(work, late.alertId, reasonsOf(work, around, incident, warning?.alertId ?? null, intoIt))
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
  late: Member
): { readonly numbers: ReadonlyArray<number>; readonly need: Need } => {
  const { windowMillis } = work.policy
  const linked = new Set(start)
  let from = late.openTime
  let to = late.openTime
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
  const hasCommonSeverity = (a.warningCount > 0 && b.warningCount > 0) || (a.criticalCount > 0 && b.criticalCount > 0)
  return gapMillis <= policy.windowMillis && (hasCommonSeverity || policy.severity === "Any")
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
    const number = group.seed ?? group.members.find(({ incident }) => incident > 0 && !taken.has(incident))?.incident
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
}

/** Makes an incident consist of its group, and tells what came from other incidents, earliest alert first. */
const rearrange = (
  work: Work,
  { group, incident, isNew }: Placed,
  late: Member,
  isLateNew: boolean
): ReadonlyArray<Transfer> => {
  const before = isNew ? group.members[0]!.severity : severityOf(incident)
  const transfers = new Map<number, Transfer>()
  let gained = 0
  for (const member of group.members) {
    const { incident: from } = member
    if (from === incident.number) continue
    gained += 1
    putMember(work, { ...member, incident: incident.number })
    if (isLateNew && member.alertId === late.alertId) continue
    const transfer = transfers.get(from)
    if (transfer === undefined) transfers.set(from, { from, into: incident.number, count: 1 })
    else transfer.count += 1
    decide(work, member.alertId, {
      rule: "Moved",
      incident: incident.number,
      windowMillis: work.policy.windowMillis,
      gapMillis: null,
      causeAlertId: late.alertId,
      merged: [],
      others: []
    })
  }
  rebuild(work, incident, group.span, group.members)
  if (gained > 0 && !isNew) reopenForAlerts(work, incident, causedBy(late, late.openTime))
  const first = group.members[0]!
  if (isNew) recordAlert(work, incident, first, true)
  const hasLate = isLateNew && group.members.some(({ alertId }) => alertId === late.alertId)
  if (hasLate && !(isNew && first.alertId === late.alertId)) recordAlert(work, incident, late, false)
  const critical = group.members.find(({ severity }) => severity === "Critical")
  recordEscalation(work, incident, before, critical?.alertId ?? null)
  return [...transfers.values()]
}

/** Writes what went where into the timelines; an incident that has no group left ends, and is returned. */
const finishTransfers = (
  work: Work,
  transfers: ReadonlyArray<Transfer>,
  placed: ReadonlyArray<Placed>,
  late: Member,
  isLateNew: boolean
): ReadonlyArray<Transfer> => {
  const cause = causedBy(late, isLateNew ? late.openTime : (late.endTime ?? late.openTime))
  const remaining = new Set(placed.map(({ incident }) => incident.number))
  const merged: Array<Transfer> = []
  for (const transfer of transfers) {
    const from = work.incidents.get(transfer.from)!
    const into = work.incidents.get(transfer.into)!
    if (remaining.has(from.number) || from.mergedInto !== null) {
      recordSplit(work, from, into, transfer.count, cause)
    } else {
      mergeAway(work, from, into, transfer.count, cause)
      merged.push(transfer)
    }
  }
  return merged
}

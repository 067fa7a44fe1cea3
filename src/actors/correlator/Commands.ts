import type { CommandOf, OperatorCommand } from "./Input.ts"
import { resolveIfQuiet } from "./Quiet.ts"
import { pin, pinnedSpan, severityOf } from "./Span.ts"
import type { IncidentAggregate, RefusalCode } from "./State.ts"
import { advance, conditionOf, type IncidentEvent, refusalOf } from "./Status.ts"
import { type Cause, mergeWhole, recordAlert, recordEscalation, recordSplit } from "./Transfer.ts"
import {
  createIncident,
  enterEra,
  membersOf,
  missingMembers,
  type Need,
  putMember,
  rebuild,
  record,
  type Work
} from "./Work.ts"

/**
 * Does what an operator asks, or says why not; the same command again does nothing more. What operators merge, split or
 * reopen stays as they left it: they begin a new era of the key. Later alerts join by the rule, as they would anyhow.
 */
export const takeCommand = (work: Work, command: OperatorCommand): Need => {
  if (work.outcomes.has(command.commandId)) return null
  const incident = work.incidents.get(command.incident)
  const result: Result = incident === undefined ? refused("incident_not_found") : takeFor(work, incident, command)
  if (result.need !== null) return result.need
  const { commandId } = command
  const outcome = { commandId, incident: result.created ?? command.incident, refusal: result.refusal }
  work.outcomes.set(commandId, outcome)
  work.changed.outcomes.push(outcome)
  return null
}

interface Result {
  readonly need: Need
  readonly refusal: RefusalCode | null
  /** The incident that a split made. */
  readonly created: number | null
}

const DONE: Result = { need: null, refusal: null, created: null }
const refused = (refusal: RefusalCode): Result => ({ ...DONE, refusal })

const takeFor = (work: Work, incident: IncidentAggregate, command: OperatorCommand): Result => {
  const event: IncidentEvent = command._tag === "Merge" ? "MergeInto" : command._tag
  const refusal = refusalOf(incident, event)
  if (refusal !== null) return refused(refusal)
  switch (command._tag) {
    case "Acknowledge":
      return acknowledge(work, incident, command)
    case "Resolve":
      return resolve(work, incident, command)
    case "Reopen":
      return reopen(work, incident, command)
    case "Merge":
      return merge(work, incident, command)
    case "Split":
      return split(work, incident, command)
    case "Note":
      record(work, incident, "note", command)
      return DONE
  }
}

/** Acknowledges the incident's open alerts, too: at their partitions, whose answers then find it done already. */
const acknowledge = (work: Work, incident: IncidentAggregate, command: CommandOf<"Acknowledge">): Result => {
  const need = missingMembers(work, [incident.number])
  if (need !== null) return { ...DONE, need }
  const { commandId, actor, note, time } = command
  for (const member of membersOf(work, incident.number)) {
    if (member.endTime !== null || member.acknowledged) continue
    putMember(work, { ...member, acknowledged: true })
    work.changed.acknowledgeAlerts.push({ alertId: member.alertId, commandId, actor, note, time })
  }
  advance(incident, "Acknowledge")
  record(work, incident, "acknowledged", { time, actor, note })
  return DONE
}

const resolve = (work: Work, incident: IncidentAggregate, command: CommandOf<"Resolve">): Result => {
  const { classification, note, actor, time } = command
  const { activeAlertCount } = incident
  const { from } = advance(incident, "Resolve")
  if (from === "ResolvedBySystem") {
    incident.resolution = { ...incident.resolution!, classification, note }
    record(work, incident, "note", { time, actor, note: `${classification}: ${note}` })
    return DONE
  }
  // With alerts still active it has no other end than this one.
  incident.endTime = activeAlertCount > 0 ? Math.max(time, incident.startTime) : incident.lastEndTime
  incident.resolution = { classification, note, activeAlertCount, by: actor, at: time }
  record(work, incident, "resolved", { time, actor, note: `${classification}: ${note}` })
  return DONE
}

/** One that an operator had resolved keeps the alerts it had, and what has opened since keeps its own incident. */
const reopen = (work: Work, incident: IncidentAggregate, command: CommandOf<"Reopen">): Result => {
  const { time, actor, note } = command
  if (conditionOf(incident) === "ResolvedByOperator") enterEra(work, work.era + 1)
  advance(incident, "Reopen")
  incident.heldUntil = time + work.policy.resolveAfterMillis
  record(work, incident, "reopened", { time, actor, note })
  return DONE
}

const merge = (work: Work, into: IncidentAggregate, command: CommandOf<"Merge">): Result => {
  const sources: Array<IncidentAggregate> = []
  for (const number of new Set(command.from)) {
    if (number === into.number) return refused("merge_with_itself")
    const source = work.incidents.get(number)
    if (source === undefined) return refused("incident_not_found")
    const refusal = refusalOf(source, "MergeAway")
    if (refusal !== null) return refused(refusal)
    sources.push(source)
  }
  // Alerts of another key bring the era of theirs along: all of them have to be of an earlier one here.
  enterEra(work, Math.max(work.era, ...sources.map(({ era }) => era)) + 1)
  const before = severityOf(into)
  advance(into, "MergeInto")
  for (const source of sources) mergeWhole(work, into, source, causeOf(command))
  pin(into)
  recordEscalation(work, into, before, null)
  resolveIfQuiet(work, into, null)
  return DONE
}

const split = (work: Work, from: IncidentAggregate, command: CommandOf<"Split">): Result => {
  const need = missingMembers(work, [from.number])
  if (need !== null) return { ...DONE, need }
  const leaving = new Set(command.alertIds)
  const members = membersOf(work, from.number)
  const moved = members.filter(({ alertId }) => leaving.has(alertId))
  const staying = members.filter(({ alertId }) => !leaving.has(alertId))
  if (moved.length < leaving.size || moved.length === 0) return refused("alert_not_in_incident")
  if (staying.length === 0) return refused("split_takes_all")
  enterEra(work, work.era + 1)
  const into = createIncident(work, from.correlationKey, moved[0]!)
  into.status = from.status
  for (const member of moved) putMember(work, { ...member, incident: into.number })
  rebuild(work, into, pinnedSpan(moved), moved)
  rebuild(work, from, pinnedSpan(staying), staying)
  advance(from, "Split")
  recordAlert(work, into, moved[0]!, true)
  recordSplit(work, from, into, moved.length, causeOf(command))
  for (const incident of [from, into]) resolveIfQuiet(work, incident, null)
  return { ...DONE, created: into.number }
}

const causeOf = ({ time, actor, note }: CommandOf<"Merge" | "Split">): Cause => ({ time, actor, alertId: null, note })

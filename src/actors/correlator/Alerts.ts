import { SYSTEM_ACTOR } from "../../schema/Incident.ts"
import { escalatedWarning, openWarnings } from "./Fold.ts"
import type { Acknowledged, Closed, Settled, Tick } from "./Input.ts"
import { escalatedLater } from "./Open.ts"
import { passEventTime, resolveIfQuiet } from "./Quiet.ts"
import { refold } from "./Refold.ts"
import type { Member } from "./State.ts"
import { advance } from "./Status.ts"
import { isJoinable, type Need, putMember, record, siblingsOf, tallyClosed, type Work } from "./Work.ts"

/** An alert ended. Repeated, or of an alert that never opened here, it changes nothing. */
export const takeClosed = (work: Work, input: Closed): Need => {
  const open = work.members.get(input.alertId)
  if (open === undefined || open.endTime !== null) return null
  const { endTime, reason } = input
  // What no point completed happened on the hub clock, whatever the series: no later point needs to come.
  const isEventTime = !input.live && reason === "Recovered"
  const quietAt = isEventTime ? null : input.hubTime + work.policy.resolveAfterMillis
  const member: Member = { ...open, endTime, quietAt }
  putMember(work, member)
  const incident = work.incidents.get(member.incident)!
  incident.activeAlertCount -= 1
  tallyClosed(incident, member, endTime)
  advance(incident, "AlertCloses")
  const actor = input.actor ?? SYSTEM_ACTOR
  record(work, incident, "alertClosed", { time: endTime, actor, alertId: input.alertId, note: input.note ?? reason })

  const siblings = siblingsOf(work, member).filter((sibling) => isJoinable(work, work.incidents.get(sibling.incident)!))
  const unescalated = escalatedLater(work.policy, member, siblings).filter(({ openTime }) => openTime >= endTime)
  if (unescalated.length > 0 && isJoinable(work, incident)) {
    const warnings = openWarnings(siblings)
    const sources = unescalated.flatMap((critical) => escalatedWarning(work.policy, warnings, critical) ?? [])
    const concerned = [...unescalated, ...sources].map((sibling) => work.incidents.get(sibling.incident)!)
    const need = refold(work, [incident, ...concerned], [], member)
    if (need !== null) return need
  }
  if (reason === "Recovered") passEventTime(work, endTime)
  resolveIfQuiet(work, work.incidents.get(work.members.get(input.alertId)!.incident)!, null)
  return null
}

/** An operator acknowledged the alert itself; that of its whole incident has its own entry already. */
export const takeAcknowledged = (work: Work, { alertId, time, actor, note }: Acknowledged): Need => {
  const member = work.members.get(alertId)
  if (member === undefined || member.acknowledged) return null
  putMember(work, { ...member, acknowledged: true })
  const incident = work.incidents.get(member.incident)!
  advance(incident, "AlertAcknowledged")
  record(work, incident, "acknowledged", { time, actor, alertId, note })
  return null
}

export const takeSettled = (work: Work, { alertId, time }: Settled): Need => {
  const member = work.members.get(alertId)
  if (member !== undefined && member.endTime !== null && member.quietAt === null && !member.settled) {
    putMember(work, { ...member, settled: true })
    const incident = work.incidents.get(member.incident)!
    incident.unsettledCount -= 1
    work.changed.incidents.add(incident.number)
    resolveIfQuiet(work, incident, null)
  }
  passEventTime(work, time)
  return null
}

export const takeTick = (work: Work, { hubTime }: Tick): Need => {
  for (const incident of work.incidents.values()) resolveIfQuiet(work, incident, hubTime)
  return null
}

import { SYSTEM_ACTOR } from "../../schema/Incident.ts"
import { latest } from "./Span.ts"
import type { IncidentAggregate } from "./State.ts"
import { advance, conditionOf } from "./Status.ts"
import { record, type Work } from "./Work.ts"

/** Hub clock at which a tick will find the incident quiet; null while it is active, or waits for event time. */
export const resolveDueAt = (incident: IncidentAggregate): number | null => {
  const { status, activeAlertCount, unsettledCount, isPastEventTime } = incident
  const isWaiting = status === "Resolved" || activeAlertCount > 0 || (unsettledCount > 0 && !isPastEventTime)
  return isWaiting ? null : hubQuietAt(incident)
}

/**
 * Resolves the incident by itself when no alert of it has been active for `resolveAfter` (N5): alerts that ended on the
 * hub clock wait for a tick, so pass its `hubTime`; the others for the event time of their series or of the key.
 */
export const resolveIfQuiet = (work: Work, incident: IncidentAggregate, hubTime: number | null): void => {
  if (incident.status === "Resolved" || incident.activeAlertCount > 0) return
  if (incident.unsettledCount > 0 && !incident.isPastEventTime) {
    if (!isQuietOnEventTime(work, incident)) return
    incident.isPastEventTime = true
    work.changed.incidents.add(incident.number)
  }
  const dueAt = hubQuietAt(incident)
  if (dueAt !== null && (hubTime === null || hubTime < dueAt)) return
  advance(incident, "Quiet")
  describeQuiet(work, incident)
  record(work, incident, "resolved", { time: incident.resolution!.at, actor: SYSTEM_ACTOR })
}

/** Everything that the passing of the key's event time resolves. */
export const passEventTime = (work: Work, time: number): void => {
  if (work.eventTime !== null && time <= work.eventTime) return
  work.eventTime = time
  for (const incident of work.incidents.values()) resolveIfQuiet(work, incident, null)
}

/** End and resolution time follow from the alerts; what an operator said of it since stays. */
export const describeQuiet = (work: Work, incident: IncidentAggregate): void => {
  const { resolveAfterMillis } = work.policy
  const eventAt = incident.lastEventEndTime === null ? null : incident.lastEventEndTime + resolveAfterMillis
  incident.endTime = incident.lastEndTime
  incident.resolution = {
    classification: null,
    note: null,
    ...(conditionOf(incident) === "ResolvedBySystem" && incident.resolution),
    activeAlertCount: 0,
    by: SYSTEM_ACTOR,
    at: latest(eventAt, hubQuietAt(incident)) ?? 0
  }
  work.changed.incidents.add(incident.number)
}

const hubQuietAt = ({ quietAt, heldUntil }: IncidentAggregate): number | null => latest(quietAt, heldUntil)

const isQuietOnEventTime = (work: Work, { correlationKey, lastEventEndTime }: IncidentAggregate): boolean =>
  correlationKey === work.correlationKey &&
  work.eventTime !== null &&
  lastEventEndTime !== null &&
  work.eventTime >= lastEventEndTime + work.policy.resolveAfterMillis

import type { CorrelationReasons } from "../../schema/Incident.ts"
import { gapTo, hasSeverity, type Opening } from "./Span.ts"
import type { IncidentAggregate } from "./State.ts"
import { conditionOf } from "./Status.ts"
import { isJoinable, type Work } from "./Work.ts"

/** Near misses are told up to this many windows away, and this many of them: the next ones say nothing more. */
export const REASONS_REACH_WINDOWS = 2
const MOST_OTHERS = 3

type Surroundings = ReadonlyArray<CorrelationReasons["others"][number]>

/** Describes the key's incidents as they are before an alert joins one of them. */
export const surroundings = (work: Work, alert: Opening): Surroundings => {
  const around: Array<Surroundings[number]> = []
  for (const incident of work.incidents.values()) {
    if (incident.correlationKey !== work.correlationKey || conditionOf(incident) === "Merged") continue
    const gapMillis = gapTo(incident, alert.openTime)
    around.push({ incident: incident.number, cause: causeOf(work, incident, alert, gapMillis), gapMillis })
  }
  return around
}

/** The reasons for what became of an alert: `around` as it was before, the rest as it came out. */
export const reasonsOf = (
  work: Work,
  around: Surroundings,
  incident: number,
  escalated: string | null,
  merged: ReadonlyArray<number>
): CorrelationReasons => {
  const { windowMillis } = work.policy
  const joined = around.find((other) => other.incident === incident)
  const reachMillis = REASONS_REACH_WINDOWS * windowMillis
  const others = around.filter((other) => other.gapMillis <= reachMillis && !merged.includes(other.incident))
  return {
    rule: joined === undefined ? "NoIncident" : escalated === null ? "Window" : "Escalation",
    incident,
    windowMillis,
    gapMillis: joined?.gapMillis ?? null,
    causeAlertId: escalated,
    merged,
    others: others
      .filter((other) => other !== joined)
      .sort((a, b) => a.gapMillis - b.gapMillis || b.incident - a.incident)
      .slice(0, MOST_OTHERS)
  }
}

const causeOf = (
  work: Work,
  incident: IncidentAggregate,
  alert: Opening,
  gapMillis: number
): CorrelationReasons["others"][number]["cause"] => {
  if (!isJoinable(work, incident)) return "ResolvedByOperator"
  if (!hasSeverity(work.policy, incident, alert)) return "OtherSeverity"
  return gapMillis > work.policy.windowMillis ? "OutsideWindow" : "KeptApart"
}

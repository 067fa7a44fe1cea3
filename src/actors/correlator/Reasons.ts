import type { CorrelationReasons } from "../../schema/Incident.ts"
import { gapTo, hasSeverity, type Opening } from "./Span.ts"
import type { IncidentAggregate } from "./State.ts"
import { conditionOf } from "./Status.ts"
import { isJoinable, type Work } from "./Work.ts"

/** Near misses are told up to this many windows away, and this many of them: the next ones say nothing more. */
export const REASONS_REACH_WINDOWS = 2
const MOST_OTHERS = 3

/** Describes the incidents around an alert as they are before it joins one of them. */
export const surroundings = (work: Work, alert: Opening): ReadonlyArray<CorrelationReasons["others"][number]> => {
  const reachMillis = REASONS_REACH_WINDOWS * work.policy.windowMillis
  const around: Array<CorrelationReasons["others"][number]> = []
  for (const incident of work.incidents.values()) {
    if (incident.correlationKey !== work.correlationKey || conditionOf(incident) === "Merged") continue
    const gapMillis = gapTo(incident, alert.openTime)
    if (gapMillis > reachMillis) continue
    around.push({ incident: incident.number, cause: causeOf(work, incident, alert, gapMillis), gapMillis })
  }
  return around.sort((a, b) => a.gapMillis - b.gapMillis || b.incident - a.incident)
}

/** The reasons for what became of an alert: `around` as it was, the rest as it came out. */
export const reasonsOf = (
  work: Work,
  around: ReadonlyArray<CorrelationReasons["others"][number]>,
  incident: number,
  escalated: string | null,
  merged: ReadonlyArray<number>
): CorrelationReasons => {
  const joined = around.find((other) => other.incident === incident)
  return {
    rule: joined === undefined ? "NoIncident" : escalated === null ? "Window" : "Escalation",
    incident,
    windowMillis: work.policy.windowMillis,
    gapMillis: joined?.gapMillis ?? null,
    causeAlertId: escalated,
    merged,
    others: around
      .filter((other) => other.incident !== incident && !merged.includes(other.incident))
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

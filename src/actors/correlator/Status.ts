import { SYSTEM_ACTOR } from "../../schema/Incident.ts"
import type { IncidentAggregate, RefusalCode } from "./State.ts"

/**
 * Where an incident stands. Finer than its public status: who resolved it decides whether alerts may still join (N5),
 * and one that was merged into another has nothing left to change.
 */
export type Condition = "Open" | "Acknowledged" | "ResolvedBySystem" | "ResolvedByOperator" | "Merged"

/** What inputs mean to one incident. */
export type IncidentEvent =
  /** An alert opened in it, or came to it from another incident. */
  | "AlertJoins"
  | "AlertCloses"
  | "AlertAcknowledged"
  /** No alert of it has been active for `resolveAfter`. */
  | "Quiet"
  | "Acknowledge"
  | "Resolve"
  | "Reopen"
  /** Another incident is merged into it; it is merged into another. */
  | "MergeInto"
  | "MergeAway"
  | "Split"
  | "Note"

export type Cell = { readonly to: Condition } | { readonly refuse: RefusalCode }

const to = (condition: Condition): Cell => ({ to: condition })
const refuse = (code: RefusalCode): Cell => ({ refuse: code })

const unresolved = (condition: "Open" | "Acknowledged"): Record<IncidentEvent, Cell> => ({
  AlertJoins: to(condition),
  AlertCloses: to(condition),
  AlertAcknowledged: to(condition),
  Quiet: to("ResolvedBySystem"),
  Acknowledge: to("Acknowledged"),
  Resolve: to("ResolvedByOperator"),
  Reopen: refuse("incident_not_resolved"),
  MergeInto: to(condition),
  MergeAway: to("Merged"),
  Split: to(condition),
  Note: to(condition)
})

const resolved = (condition: "ResolvedBySystem" | "ResolvedByOperator"): Record<IncidentEvent, Cell> => ({
  AlertJoins: to(condition === "ResolvedBySystem" ? "Open" : condition),
  AlertCloses: to(condition),
  AlertAcknowledged: to(condition),
  Quiet: to(condition),
  Acknowledge: refuse("incident_resolved"),
  Resolve: condition === "ResolvedBySystem" ? to(condition) : refuse("incident_resolved"),
  Reopen: to("Open"),
  MergeInto: refuse("incident_resolved"),
  MergeAway: to("Merged"),
  Split: refuse("incident_resolved"),
  Note: to(condition)
})

/**
 * ```
 *                    Open          Acknowledged  ResolvedBySystem  ResolvedByOperator  Merged
 * AlertJoins         Open          Acknowledged  Open              (stays)             (stays)
 * AlertCloses        Open          Acknowledged  (stays)           stays               (stays)
 * AlertAcknowledged  Open          Acknowledged  (stays)           stays               (stays)
 * Quiet              Resolved…     Resolved…     stays             stays               stays
 *                    …BySystem     …BySystem
 * Acknowledge        Acknowledged  Acknowledged  refused           refused             refused
 * Resolve            Resolved…     Resolved…     stays             refused             refused
 *                    …ByOperator   …ByOperator
 * Reopen             refused       refused       Open              Open                refused
 * MergeInto          Open          Acknowledged  refused           refused             refused
 * MergeAway          Merged        Merged        Merged            Merged              refused
 * Split              Open          Acknowledged  refused           refused             refused
 * Note               Open          Acknowledged  stays             stays               stays
 * ```
 * In parentheses: cannot happen, because alerts do not join such an incident, or it has no active one. Resolving an
 * incident that resolved by itself says what it was. Acknowledging twice acknowledges the alerts that joined since.
 */
export const transitions: Readonly<Record<Condition, Readonly<Record<IncidentEvent, Cell>>>> = {
  Open: unresolved("Open"),
  Acknowledged: unresolved("Acknowledged"),
  ResolvedBySystem: resolved("ResolvedBySystem"),
  ResolvedByOperator: resolved("ResolvedByOperator"),
  Merged: {
    AlertJoins: to("Merged"),
    AlertCloses: to("Merged"),
    AlertAcknowledged: to("Merged"),
    Quiet: to("Merged"),
    Acknowledge: refuse("incident_merged"),
    Resolve: refuse("incident_merged"),
    Reopen: refuse("incident_merged"),
    MergeInto: refuse("incident_merged"),
    MergeAway: refuse("incident_merged"),
    Split: refuse("incident_merged"),
    Note: to("Merged")
  }
}

export const conditionOf = ({ status, resolution, mergedInto }: IncidentAggregate): Condition => {
  if (mergedInto !== null) return "Merged"
  if (status !== "Resolved") return status
  return resolution?.by === SYSTEM_ACTOR ? "ResolvedBySystem" : "ResolvedByOperator"
}

/** Why an event is refused, or null when it may happen. */
export const refusalOf = (incident: IncidentAggregate, event: IncidentEvent): RefusalCode | null => {
  const cell = transitions[conditionOf(incident)][event]
  return "refuse" in cell ? cell.refuse : null
}

/**
 * Sets the status an event leads to. Who leaves a resolution behind also loses it and its end; who comes to one is
 * given it by the caller.
 */
export const advance = (
  incident: IncidentAggregate,
  event: IncidentEvent
): { readonly from: Condition; readonly to: Condition } => {
  const from = conditionOf(incident)
  const cell = transitions[from][event]
  const to = "refuse" in cell ? from : cell.to
  if (to === "Open" || to === "Acknowledged") {
    incident.status = to
    incident.resolution = null
    incident.endTime = null
  } else {
    incident.status = "Resolved"
  }
  return { from, to }
}

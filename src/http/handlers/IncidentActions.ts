/** What operators do to incidents, by number; each answers the number of the incident to show. */
import { Clock, Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { Correlators } from "../../actors/correlator/Correlators.ts"
import type { OperatorCommand } from "../../actors/correlator/Input.ts"
import type { RefusalCode } from "../../actors/correlator/State.ts"
import { conflict, invalid, notFound } from "../../schema/Errors.ts"
import {
  incidentKeyOf,
  incidentNumberOf,
  type MergeIncidents,
  type ResolveIncident,
  type SplitIncident
} from "../../schema/Incident.ts"
import { Audit } from "../../store/catalogue/Audit.ts"
import { CurrentIdentity } from "../api/Auth.ts"

type Common = "commandId" | "actor" | "time" | "incident"
type Action = OperatorCommand extends infer C ? (C extends OperatorCommand ? Omit<C, Common> : never) : never

export const makeIncidentActions = Effect.gen(function* () {
  const correlators = yield* Correlators
  const audit = yield* Audit
  const random = yield* SecureRandom.SecureRandom

  const run = Effect.fnUntraced(function* (incident: number, action: Action) {
    const { actor, workspaceNumber } = yield* CurrentIdentity
    const commandId = yield* random.uuidV4()
    const time = yield* Clock.currentTimeMillis
    const command = { ...action, commandId, actor, time, incident } as OperatorCommand
    const outcome = yield* correlators.command(workspaceNumber, command)
    if (outcome === null || outcome.refusal === "incident_not_found") return yield* notFound("incident")
    if (outcome.refusal !== null) return yield* conflict(REASONS[outcome.refusal], { reason: outcome.refusal })
    yield* audit.record(workspaceNumber, actor, [
      { action: PAST[action._tag], subject: `incident:${incidentKeyOf(incident)}`, before: null, after: action }
    ])
    return outcome.incident
  })

  return {
    acknowledge: (incident: number, note: string | null) => run(incident, { _tag: "Acknowledge", note }),
    reopen: (incident: number, note: string | null) => run(incident, { _tag: "Reopen", note }),
    resolve: (incident: number, { classification, note }: ResolveIncident) =>
      run(incident, { _tag: "Resolve", classification, note }),
    merge: Effect.fnUntraced(function* (incident: number, { incidentKeys, note }: MergeIncidents) {
      const from = incidentKeys.map(incidentNumberOf)
      const wrong = from.indexOf(null)
      if (wrong >= 0) return yield* invalid([{ field: `incidentKeys.${wrong}`, reason: "is not an incident's key" }])
      return yield* run(incident, { _tag: "Merge", note: note ?? null, from: from.map(Number) })
    }),
    split: (incident: number, { alertIds, note }: SplitIncident) =>
      run(incident, { _tag: "Split", note: note ?? null, alertIds })
  }
})

const PAST = {
  Acknowledge: "acknowledged",
  Resolve: "resolved",
  Reopen: "reopened",
  Merge: "merged",
  Split: "split",
  Note: "noted"
} as const

const REASONS: { readonly [R in Exclude<RefusalCode, "incident_not_found">]: string } = {
  incident_merged: "the incident was merged into another: act on that one",
  incident_resolved: "the incident is resolved: reopen it first",
  incident_not_resolved: "the incident is not resolved",
  merge_with_itself: "an incident cannot be merged with itself",
  alert_not_in_incident: "an alert to split off is not in this incident",
  split_takes_all: "a split must leave at least one alert"
}

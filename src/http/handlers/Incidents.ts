import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { limits } from "../../limits.ts"
import { notFound } from "../../schema/Errors.ts"
import { incidentNumberOf } from "../../schema/Incident.ts"
import type { IncidentImpact } from "../../store/queries/IncidentImpact.ts"
import { Queries, type StoredIncident } from "../../store/queries/Queries.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage, pageRequest } from "../api/List.ts"
import { answering } from "./Answer.ts"
import { factQuery, filtersOf, incidentNumbers } from "./FactQuery.ts"
import { makeIncidentActions } from "./IncidentActions.ts"
import { liveStates, makeShowAlerts } from "./LiveAlerts.ts"

export const IncidentsHandlers = HttpApiBuilder.group(
  Api,
  "incidents",
  Effect.fnUntraced(function* (handlers) {
    const queries = yield* Queries
    const showAlerts = makeShowAlerts(yield* Partitions)
    const showAll = yield* makeShowIncidents
    const { acknowledge, merge, reopen, resolve, split } = yield* makeIncidentActions

    const find = Effect.fnUntraced(function* (incidentKey: string) {
      const { workspaceNumber } = yield* CurrentIdentity
      const number = incidentNumberOf(incidentKey)
      if (number === null) return yield* notFound("incident")
      return { workspaceNumber, incident: yield* queries.incident(workspaceNumber, number) }
    })

    const show = Effect.fnUntraced(function* (number: number) {
      const { workspaceNumber } = yield* CurrentIdentity
      const [shown] = yield* showAll(workspaceNumber, [yield* queries.incident(workspaceNumber, number)])
      return shown!
    })

    const acted = <A, E, R>(incidentKey: string, act: (number: number) => Effect.Effect<number, A | E, R>) =>
      Effect.gen(function* () {
        const { incident } = yield* find(incidentKey)
        return yield* show(yield* act(incident.number))
      }).pipe(answering)

    return handlers
      .handle("list", ({ query: { cursor, from, incidentKey, limit, to, ...fields } }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          const filters = filtersOf({ ...fields, number: incidentNumbers(incidentKey) })
          const page = yield* queries.incidents(workspaceNumber, {
            ...pageRequest({ cursor, from, limit, to }),
            filters
          })
          return { items: yield* showAll(workspaceNumber, page.items), nextCursor: page.next }
        }).pipe(answering)
      )
      .handle("get", ({ params }) =>
        Effect.flatMap(find(params.incidentKey), ({ incident }) => show(incident.number)).pipe(answering)
      )
      .handle("timeline", ({ params }) =>
        Effect.gen(function* () {
          const { incident, workspaceNumber } = yield* find(params.incidentKey)
          return { items: yield* queries.timeline(workspaceNumber, incident.number), nextCursor: null }
        }).pipe(answering)
      )
      .handle("alerts", ({ params, query }) =>
        Effect.gen(function* () {
          const { incident, workspaceNumber } = yield* find(params.incidentKey)
          const page = yield* queries.alerts(workspaceNumber, factQuery(query, { incident: incident.number }))
          return { items: yield* showAlerts(page.items), nextCursor: page.next }
        }).pipe(answering)
      )
      .handle("violations", ({ params, query }) =>
        Effect.gen(function* () {
          const { incident, workspaceNumber } = yield* find(params.incidentKey)
          const facts = { ...factQuery(query), alertId: null, incident: incident.number }
          return answerPage(yield* queries.violations(workspaceNumber, facts), (violation) => violation)
        }).pipe(answering)
      )
      .handle("metrics", ({ params }) =>
        Effect.gen(function* () {
          const { incident, workspaceNumber } = yield* find(params.incidentKey)
          return { items: yield* queries.incidentMetrics(workspaceNumber, incident.number), nextCursor: null }
        }).pipe(answering)
      )
      .handle("impact", ({ params }) =>
        Effect.flatMap(find(params.incidentKey), ({ incident, workspaceNumber }) =>
          Effect.zipWith(show(incident.number), queries.incidentImpact(workspaceNumber, incident.number), impactOf)
        ).pipe(answering)
      )
      .handle("acknowledge", ({ params, payload }) =>
        acted(params.incidentKey, (number) => acknowledge(number, payload?.note ?? null))
      )
      .handle("resolve", ({ params, payload }) => acted(params.incidentKey, (number) => resolve(number, payload)))
      .handle("reopen", ({ params, payload }) =>
        acted(params.incidentKey, (number) => reopen(number, payload?.note ?? null))
      )
      .handle("merge", ({ params, payload }) => acted(params.incidentKey, (number) => merge(number, payload)))
      .handle("split", ({ params, payload }) => acted(params.incidentKey, (number) => split(number, payload)))
  })
)

/** Incidents as the API shows them: with what partitions know of their open alerts. */
const makeShowIncidents = Effect.gen(function* () {
  const queries = yield* Queries
  const partitions = yield* Partitions
  return Effect.fnUntraced(function* (workspaceNumber: number, incidents: ReadonlyArray<StoredIncident>) {
    // The small ones first: of the largest, some alerts are a good picture.
    const active = incidents
      .filter(({ activeAlertCount }) => activeAlertCount > 0)
      .sort((a, b) => a.activeAlertCount - b.activeAlertCount)
      .map(({ number }) => number)
    const open = active.length === 0 ? [] : yield* queries.openAlertsOf(workspaceNumber, active, limits.liveAlerts)
    const live = yield* liveStates(partitions, open)
    const byIncident = Map.groupBy(open, ({ incidentKey }) => incidentKey)
    return incidents.map(({ lastEndTime, number: _, ...incident }) => {
      const alerts = byIncident.get(incident.incidentKey) ?? []
      const newest = alerts.map(({ alertId }) => live.get(alertId)?.newestTimestamp ?? incident.startTime)
      const grown = alerts.map(
        ({ alertId, violationCount }) => (live.get(alertId)?.violationCount ?? violationCount) - violationCount
      )
      const until = incident.endTime ?? Math.max(incident.startTime, lastEndTime ?? 0, ...newest)
      return {
        ...incident,
        violationCount: grown.reduce((sum, more) => sum + more, incident.violationCount),
        durationSeconds: (until - incident.startTime) / 1_000,
        links: linksOf(`/api/incidents/${incident.incidentKey}`)
      }
    })
  })
})

type Counts = Pick<StoredIncident, "alertCount" | "activeAlertCount" | "violationCount">

const impactOf = ({ activeAlertCount, alertCount, violationCount }: Counts, impact: IncidentImpact) => ({
  alertCount,
  activeAlertCount,
  violationCount,
  ...impact
})

const linksOf = (self: string) => ({
  self,
  timeline: `${self}/timeline`,
  alerts: `${self}/alerts`,
  violations: `${self}/violations`,
  metrics: `${self}/metrics`,
  impact: `${self}/impact`
})

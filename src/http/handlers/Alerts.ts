import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Partitions } from "../../actors/partition/Partitions.ts"
import type { AlertCommand } from "../../actors/partition/Record.ts"
import { conflict } from "../../schema/Errors.ts"
import { Audit } from "../../store/catalogue/Audit.ts"
import { Queries, type StoredAlert } from "../../store/queries/Queries.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answering } from "./Answer.ts"
import { factQuery, incidentNumbers } from "./FactQuery.ts"
import { makeShowAlerts } from "./LiveAlerts.ts"

export const AlertsHandlers = HttpApiBuilder.group(
  Api,
  "alerts",
  Effect.fnUntraced(function* (handlers) {
    const queries = yield* Queries
    const partitions = yield* Partitions
    const command = yield* makeCommand
    const showAll = makeShowAlerts(partitions)
    const show = (alert: StoredAlert) => Effect.map(showAll([alert]), ([shown]) => shown!)

    const find = Effect.fnUntraced(function* (id: string) {
      const { workspaceNumber } = yield* CurrentIdentity
      return yield* queries.alert(workspaceNumber, id)
    })

    return handlers
      .handle("list", ({ query: { incidentId, ...query } }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          const facts = factQuery(query, { incident: incidentNumbers(incidentId) })
          const page = yield* queries.alerts(workspaceNumber, facts)
          return { items: yield* showAll(page.items), nextCursor: page.next }
        }).pipe(answering)
      )
      .handle("get", ({ params }) => Effect.flatMap(find(params.id), show).pipe(answering))
      .handle("acknowledge", ({ params, payload }) =>
        Effect.gen(function* () {
          yield* command(yield* find(params.id), "acknowledge", payload?.note ?? null)
          return yield* show(yield* find(params.id))
        }).pipe(answering)
      )
      .handle("close", ({ params, payload }) =>
        Effect.gen(function* () {
          yield* command(yield* find(params.id), "close", payload.note)
          return yield* show(yield* find(params.id))
        }).pipe(answering)
      )
  })
)

/** Asks the alert's partition; it answers when the fact is stored. */
const makeCommand = Effect.gen(function* () {
  const partitions = yield* Partitions
  const audit = yield* Audit
  return Effect.fnUntraced(function* (alert: StoredAlert, kind: AlertCommand["kind"], note: string | null) {
    const { actor, workspaceNumber } = yield* CurrentIdentity
    if (alert.operationalStatus === "Closed") return yield* conflict("the alert is closed")
    // Closed only by its source (A3); so is every alert that no series of ours holds open.
    if (alert.kind === "External" || alert.place === null || alert.ruleId === null) {
      return yield* conflict("this alert is closed by its source only")
    }
    yield* partitions.command(alert.place.partition, {
      kind,
      alertId: alert.id,
      ruleId: alert.ruleId,
      series: alert.place.series,
      severity: alert.severity,
      actor,
      note,
      timeMillis: yield* Clock.currentTimeMillis
    })
    yield* audit.record(workspaceNumber, actor, [
      {
        action: kind === "close" ? "closed" : "acknowledged",
        subject: `alert:${alert.id}`,
        before: null,
        after: { note }
      }
    ])
  })
})

import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { notFound } from "../../schema/Errors.ts"
import { type CorrelationReasons, explain, incidentKeyOf } from "../../schema/Incident.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { fieldFilters, inPage, isUuid, labelFilter, newestFirst } from "./Fragments.ts"
import { pageOf } from "./Page.ts"
import type { FactQuery, StoredAlert } from "./Queries.ts"

export const alertQueries = (sql: PgClient.PgClient) => ({
  alerts: Effect.fn("Queries.alerts")(function* (workspaceNumber: number, query: FactQuery) {
    const conditions = [
      sql`alert.workspace_number = ${workspaceNumber}`,
      ...fieldFilters(sql, FIELDS, query.filters),
      ...labelFilter(sql, "alert.labels", query.labels),
      ...inPage(sql, NEWEST_FIRST, query)
    ]
    const rows = yield* sql<AlertRow>`${sql.literal(SELECT)}
      WHERE ${sql.and(conditions)} ${newestFirst(sql, NEWEST_FIRST, query)}`
    return pageOf(rows.map(alertOf), query.limit, ({ id, startTime }) => ({ time: startTime, id }))
  }, unavailableOrDie),

  alert: Effect.fnUntraced(function* (workspaceNumber: number, id: string) {
    if (!isUuid(id)) return yield* notFound("alert")
    const [row] = yield* sql<AlertRow>`${sql.literal(SELECT)}
      WHERE alert.workspace_number = ${workspaceNumber} AND alert.id = ${id}::uuid`
    return row === undefined ? yield* notFound("alert") : alertOf(row)
  }, unavailableOrDie)
})

const SELECT = `SELECT alert.*, member.incident, decision.reasons
  FROM alert
  LEFT JOIN incident_member member ON member.workspace_number = alert.workspace_number AND member.alert_id = alert.id
  LEFT JOIN correlation_decision decision
    ON decision.workspace_number = alert.workspace_number AND decision.alert_id = alert.id`

const NEWEST_FIRST = { time: "alert.start_time", id: "alert.id", cast: "uuid" } as const

/** Fields by which alerts are filtered, and the texts they are compared as. */
const FIELDS = {
  id: "alert.id::text",
  kind: "alert.kind",
  name: "alert.name",
  severity: "alert.severity",
  operationalStatus: "alert.operational_status",
  closeReason: "alert.close_reason",
  ruleId: "alert.rule_id::text",
  metric: "alert.metric",
  dimensionKey: "alert.dimension_key",
  relatedService: "alert.related_service",
  relatedCi: "alert.related_ci",
  incident: "member.incident::text",
  maintenanceSuppressed: "alert.maintenance_suppressed::text",
  postResolutionWatch: "alert.post_resolution_watch::text",
  stale: "alert.stale::text"
}

interface AlertRow {
  readonly id: string
  readonly kind: StoredAlert["kind"]
  readonly name: string
  readonly severity: StoredAlert["severity"]
  readonly operational_status: StoredAlert["operationalStatus"]
  readonly trigger_reason: string
  readonly close_reason: StoredAlert["closeReason"]
  readonly violation_count: number
  readonly start_time: Date
  readonly open_time: Date
  readonly end_time: Date | null
  readonly rule_id: string | null
  readonly rule_revision: number | null
  readonly metric: string
  readonly dimension_key: string
  readonly labels: StoredAlert["labels"]
  readonly partition_id: number | null
  readonly series: number | null
  readonly related_service: string | null
  readonly related_ci: string | null
  readonly incident: number | null
  readonly reasons: CorrelationReasons | null
  readonly stale: boolean
  readonly maintenance_suppressed: boolean
  readonly post_resolution_watch: boolean
  readonly acknowledged_by: string | null
  readonly acknowledged_note: string | null
  readonly acknowledged_at: Date | null
  readonly closed_by: string | null
  readonly closed_note: string | null
  readonly received_at: Date
  readonly evaluated_at: Date
  readonly opened_at: Date
}

const alertOf = (row: AlertRow): StoredAlert => ({
  id: row.id,
  kind: row.kind,
  name: row.name,
  severity: row.severity,
  operationalStatus: row.operational_status,
  triggerReason: row.trigger_reason,
  closeReason: row.close_reason,
  violationCount: row.violation_count,
  startTime: row.start_time.getTime(),
  openTime: row.open_time.getTime(),
  endTime: row.end_time?.getTime() ?? null,
  ruleId: row.rule_id,
  ruleRevision: row.rule_revision,
  metric: row.metric,
  dimensionKey: row.dimension_key,
  labels: row.labels,
  place: row.partition_id === null ? null : { partition: row.partition_id, series: row.series! },
  relatedService: row.related_service,
  relatedCi: row.related_ci,
  incidentId: row.incident === null ? null : incidentKeyOf(row.incident),
  correlation: row.reasons === null ? null : explain(row.reasons),
  stale: row.stale,
  maintenanceSuppressed: row.maintenance_suppressed,
  postResolutionWatch: row.post_resolution_watch,
  acknowledgedBy: row.acknowledged_by,
  acknowledgedNote: row.acknowledged_note,
  acknowledgedAt: row.acknowledged_at?.getTime() ?? null,
  closedBy: row.closed_by,
  closedNote: row.closed_note,
  receivedAt: row.received_at.getTime(),
  evaluatedAt: row.evaluated_at.getTime(),
  openedAt: row.opened_at.getTime()
})

import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import type { IncidentAggregate } from "../../actors/correlator/State.ts"
import { limits } from "../../limits.ts"
import { notFound } from "../../schema/Errors.ts"
import { incidentKeyOf, type TimelineEntry } from "../../schema/Incident.ts"
import type { Filters } from "../catalogue/Catalogue.ts"
import { ints } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { fieldFilters, inPage, newestFirst } from "./Fragments.ts"
import { type PageRequest, pageOf } from "./Page.ts"
import type { IncidentMetric, OpenAlertRef, StoredIncident } from "./Queries.ts"

export const incidentQueries = (sql: PgClient.PgClient) => ({
  incidents: Effect.fn("Queries.incidents")(function* (
    workspaceNumber: number,
    query: PageRequest & { readonly filters: Filters }
  ) {
    const conditions = [
      sql`incident.workspace_number = ${workspaceNumber}`,
      sql`incident.merged_into IS NULL`,
      ...fieldFilters(sql, FIELDS, query.filters),
      ...inPage(sql, NEWEST_FIRST, query)
    ]
    const rows = yield* sql<IncidentRow>`${sql.literal(SELECT)}
      WHERE ${sql.and(conditions)} ${newestFirst(sql, NEWEST_FIRST, query)}`
    return pageOf(rows.map(incidentOf), query.limit, ({ number, startTime }) => ({ time: startTime, id: `${number}` }))
  }, unavailableOrDie),

  incident: Effect.fnUntraced(function* (workspaceNumber: number, number: number) {
    const [row] = yield* sql<IncidentRow>`${sql.literal(SELECT)}
      WHERE incident.workspace_number = ${workspaceNumber} AND incident.number = ${number}`
    return row === undefined ? yield* notFound("incident") : incidentOf(row)
  }, unavailableOrDie),

  openAlertsOf: Effect.fnUntraced(function* (workspaceNumber: number, incidents: ReadonlyArray<number>, limit: number) {
    // OFFSET 0: one incident after the other, each by its index, until there are enough.
    const rows = yield* sql<OpenAlertRow>`
      SELECT alert.id, member.incident AS number, alert.partition_id, alert.series, alert.violation_count
      FROM unnest(${ints(incidents)}) AS wanted(number), LATERAL (
        SELECT alert_id, incident FROM incident_member
        WHERE workspace_number = ${workspaceNumber} AND incident = wanted.number AND end_time IS NULL
        OFFSET 0
      ) AS member JOIN alert ON alert.id = member.alert_id
      WHERE alert.end_time IS NULL AND alert.partition_id IS NOT NULL LIMIT ${limit}`
    return rows.map(
      (row): OpenAlertRef => ({
        alertId: row.id,
        incidentKey: incidentKeyOf(row.number),
        partition: row.partition_id,
        series: row.series,
        violationCount: row.violation_count
      })
    )
  }, unavailableOrDie),

  timeline: Effect.fnUntraced(function* (workspaceNumber: number, number: number) {
    const rows = yield* sql<TimelineRow>`
      SELECT sequence, type, time, actor, alert_id, note FROM incident_timeline
      WHERE workspace_number = ${workspaceNumber} AND incident = ${number} ORDER BY time DESC, sequence DESC
      LIMIT ${limits.listMost}`
    return rows
      .map(({ alert_id, time, ...entry }): TimelineEntry => ({ ...entry, time: time.getTime(), alertId: alert_id }))
      .reverse()
  }, unavailableOrDie),

  incidentMetrics: Effect.fnUntraced(function* (workspaceNumber: number, number: number) {
    const rows = yield* sql<{
      metric: string
      dimension_key: string
      labels: IncidentMetric["labels"]
      alerts: bigint
    }>`
      SELECT alert.metric, alert.dimension_key, alert.labels, count(*) AS alerts
      FROM incident_member member JOIN alert ON alert.id = member.alert_id
      WHERE member.workspace_number = ${workspaceNumber} AND member.incident = ${number}
      GROUP BY 1, 2, 3 ORDER BY 1, 2 LIMIT ${limits.listMost}`
    return rows.map(
      ({ alerts, dimension_key, labels, metric }): IncidentMetric => ({
        metric,
        dimensionKey: dimension_key,
        labels,
        alertCount: Number(alerts)
      })
    )
  }, unavailableOrDie)
})

const SELECT = `SELECT incident.*, (
    SELECT coalesce(sum(alert.violation_count), 0)
    FROM incident_member member JOIN alert ON alert.id = member.alert_id
    WHERE member.workspace_number = incident.workspace_number AND member.incident = incident.number
  ) AS violations FROM incident`

const NEWEST_FIRST = { time: "incident.start_time", id: "incident.number", cast: "bigint" } as const

const FIELDS = {
  number: "incident.number::text",
  status: "incident.status",
  severity: "incident.severity",
  primaryServiceName: "incident.primary_service",
  primaryCiName: "incident.primary_ci",
  primaryMetricId: "incident.primary_metric"
}

interface IncidentRow {
  readonly number: number
  readonly status: StoredIncident["status"]
  readonly severity: StoredIncident["severity"]
  readonly start_time: Date
  readonly end_time: Date | null
  readonly primary_service: string | null
  readonly primary_ci: string | null
  readonly primary_metric: string
  readonly alert_count: number
  readonly active_alert_count: number
  readonly aggregate: IncidentAggregate
  readonly violations: bigint
  readonly merged_into: number | null
}

interface OpenAlertRow {
  readonly id: string
  readonly number: number
  readonly partition_id: number
  readonly series: number
  readonly violation_count: number
}

interface TimelineRow extends Omit<TimelineEntry, "time" | "alertId"> {
  readonly time: Date
  readonly alert_id: string | null
}

const incidentOf = (row: IncidentRow): StoredIncident => ({
  number: row.number,
  incidentKey: incidentKeyOf(row.number),
  primaryServiceName: row.primary_service,
  primaryCiName: row.primary_ci,
  primaryMetricId: row.primary_metric,
  severity: row.severity,
  severityHistory: severityHistoryOf(row.aggregate),
  status: row.status,
  startTime: row.start_time.getTime(),
  endTime: row.end_time?.getTime() ?? null,
  lastEndTime: row.aggregate.lastEndTime,
  alertCount: row.alert_count,
  activeAlertCount: row.active_alert_count,
  violationCount: Number(row.violations),
  resolution: row.aggregate.resolution,
  mergedInto: row.merged_into === null ? null : incidentKeyOf(row.merged_into)
})

/** An incident is Critical from its first Critical alert on. */
const severityHistoryOf = ({ firstCriticalOpenTime, firstWarningOpenTime }: IncidentAggregate) => {
  const critical = firstCriticalOpenTime
  const history: Array<StoredIncident["severityHistory"][number]> = []
  if (firstWarningOpenTime !== null && (critical === null || firstWarningOpenTime < critical)) {
    history.push({ time: firstWarningOpenTime, severity: "Warning" })
  }
  if (critical !== null) history.push({ time: critical, severity: "Critical" })
  return history
}

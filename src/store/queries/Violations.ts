import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import type { Statement } from "effect/sql"
import type { Violation } from "../../schema/Violation.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { fieldFilters, inPage, isUuid, labelFilter } from "./Fragments.ts"
import { type PageRequest, pageOf } from "./Page.ts"
import type { FactQuery } from "./Queries.ts"

export const violationQueries = (sql: PgClient.PgClient) => ({
  violations: Effect.fn("Queries.violations")(function* (
    workspaceNumber: number,
    query: FactQuery & { readonly alertId: string | null; readonly incident: number | null }
  ) {
    if (query.alertId !== null && !isUuid(query.alertId)) return { items: [], next: null }
    const conditions = [
      sql`v.workspace_number = ${workspaceNumber}`,
      ...fieldFilters(sql, FIELDS, query.filters),
      ...labelFilter(sql, "series.labels", query.labels),
      ...inPage(sql, BY_TIME, { ...query, after: null }),
      ...behind(sql, query),
      ...(query.alertId === null ? [] : [counted(sql, workspaceNumber, sql`alert.id = ${query.alertId}::uuid`)]),
      ...(query.incident === null ? [] : [counted(sql, workspaceNumber, sql`member.incident = ${query.incident}`)])
    ]
    const rows = yield* sql<ViolationRow>`${sql.literal(SELECT)} WHERE ${sql.and(conditions)}
      ORDER BY v.timestamp DESC, v.partition_id DESC, v.series DESC, v.rule_id DESC, v.revision DESC
      LIMIT ${query.limit + 1}`
    const page = pageOf(rows, query.limit, positionOf)
    return { ...page, items: page.items.map(violationOf) }
  }, unavailableOrDie)
})

/**
 * A violation does not store its alert: it counted towards the alerts of its rule and series whose level it reaches and
 * whose time it falls into, and is shown with the most severe of them.
 */
const TOWARDS = `alert.rule_id = v.rule_id AND alert.partition_id = v.partition_id AND alert.series = v.series
  AND alert.start_time <= v.timestamp AND (alert.end_time IS NULL OR v.timestamp <= alert.end_time)
  AND (v.severity = 2 OR alert.severity = 'Warning')`

const SELECT = `SELECT v.*, series.metric, series.dimension_key, series.labels, towards.alert_id
  FROM violation v
  JOIN series ON series.partition_id = v.partition_id AND series.series = v.series
  LEFT JOIN LATERAL (
    SELECT alert.id AS alert_id FROM alert WHERE ${TOWARDS} ORDER BY alert.severity, alert.start_time LIMIT 1
  ) towards ON true`

/** Only what counted towards one of these alerts. Their own span of time comes first, so that an index finds it. */
const counted = (sql: PgClient.PgClient, workspaceNumber: number, alerts: Statement.Fragment): Statement.Fragment => {
  const chosen = sql`FROM alert LEFT JOIN incident_member member
      ON member.workspace_number = alert.workspace_number AND member.alert_id = alert.id
    WHERE alert.workspace_number = ${workspaceNumber} AND ${alerts}`
  return sql`(
    v.timestamp >= (SELECT min(alert.start_time) ${chosen})
    AND v.timestamp <= (SELECT max(coalesce(alert.end_time, 'infinity')) ${chosen})
    AND EXISTS (SELECT ${chosen} AND ${sql.literal(TOWARDS)})
  )`
}

const FIELDS = {
  ruleId: "v.rule_id::text",
  ruleRevision: "v.revision::text",
  metric: "series.metric",
  dimensionKey: "series.dimension_key",
  severity: "CASE v.severity WHEN 2 THEN 'Critical' ELSE 'Warning' END",
  direction: "CASE v.direction WHEN 1 THEN 'Above' ELSE 'Below' END"
}

const BY_TIME = { time: "v.timestamp", id: "v.partition_id", cast: "text" } as const

const positionOf = (row: ViolationRow) => ({
  time: row.timestamp.getTime(),
  id: [row.partition_id, row.series, row.rule_id, row.revision].join(":")
})

const behind = (sql: PgClient.PgClient, { after }: PageRequest): ReadonlyArray<Statement.Fragment> => {
  if (after === null) return []
  const [partition, series, rule, revision] = after.id.split(":")
  return [
    sql`(v.timestamp, v.partition_id, v.series, v.rule_id, v.revision)
      < (${PgTypes.timestamptz(after.time)}, ${partition}::int, ${series}::int, ${rule}::uuid, ${revision}::int)`
  ]
}

interface ViolationRow {
  readonly timestamp: Date
  readonly partition_id: number
  readonly series: number
  readonly rule_id: string
  readonly revision: number
  readonly actual: number
  readonly expected: number | null
  readonly lower: number | null
  readonly upper: number | null
  readonly direction: number
  readonly severity: number
  readonly deviation_percent: number | null
  readonly confidence: number
  readonly metric: string
  readonly dimension_key: string
  readonly labels: Violation["labels"]
  readonly alert_id: string | null
}

const violationOf = (row: ViolationRow): Violation => ({
  ruleId: row.rule_id,
  ruleRevision: row.revision,
  metric: row.metric,
  dimensionKey: row.dimension_key,
  labels: row.labels,
  timestamp: row.timestamp.getTime(),
  actual: row.actual,
  expected: row.expected,
  lower: row.lower,
  upper: row.upper,
  direction: row.direction === 1 ? "Above" : "Below",
  severity: row.severity === 2 ? "Critical" : "Warning",
  deviationPercent: row.deviation_percent,
  confidence: row.confidence,
  alertId: row.alert_id
})

import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { limits } from "../../limits.ts"
import type { Severity } from "../../schema/Severity.ts"
import { unavailableOrDie } from "../PgErrors.ts"

/** What is open now, by severity: open ones, and those that somebody has acknowledged. */
export interface OpenCounts {
  readonly open: number
  readonly acknowledged: number
}

export interface StoredSummary {
  readonly alerts: Readonly<Record<Severity, OpenCounts>>
  readonly incidents: Readonly<Record<Severity, OpenCounts>>
  /** Alerts by when they began; intervals without any are left out. Times in epoch milliseconds. */
  readonly activity: ReadonlyArray<{ readonly from: number; readonly severity: Severity; readonly alerts: number }>
  /** Rules with the most alerts that began in the time, `rules` at most. */
  readonly rules: ReadonlyArray<{ readonly ruleId: string; readonly name: string; readonly alerts: number }>
}

/** Activity is of [from, to), in intervals of `intervalMillis` that are aligned to the epoch. */
export interface SummaryQuery {
  readonly from: number
  readonly to: number
  readonly intervalMillis: number
  readonly rules: number
}

interface OpenRow {
  readonly severity: Severity
  readonly status: "Open" | "Acknowledged"
  readonly count: bigint
}

export const summaryQueries = (sql: PgClient.PgClient) => ({
  summary: Effect.fn("Queries.summary")(function* (workspaceNumber: number, query: SummaryQuery) {
    const { from, intervalMillis, rules, to } = query
    const began = sql`workspace_number = ${workspaceNumber}
      AND start_time >= ${new Date(from)} AND start_time < ${new Date(to)}`
    const [alerts, incidents, activity, noisiest] = yield* Effect.all(
      [
        sql<OpenRow>`SELECT severity, operational_status AS status, count(*) AS count FROM alert
          WHERE workspace_number = ${workspaceNumber} AND end_time IS NULL GROUP BY 1, 2`,
        sql<OpenRow>`SELECT severity, status, count(*) AS count FROM incident
          WHERE workspace_number = ${workspaceNumber} AND status <> 'Resolved' AND merged_into IS NULL GROUP BY 1, 2`,
        sql<{ interval: number; severity: Severity; count: bigint }>`
          SELECT floor(extract(epoch FROM start_time) * 1000 / ${intervalMillis}::float8)::float8 AS interval,
            severity, count(*) AS count
          FROM alert WHERE ${began} GROUP BY 1, 2 ORDER BY 1, 2`,
        sql<{ ruleId: string; name: string; count: bigint }>`
          SELECT rule_id AS "ruleId", (array_agg(name ORDER BY start_time DESC))[1] AS name, count(*) AS count
          FROM alert WHERE ${began} AND rule_id IS NOT NULL
          GROUP BY rule_id ORDER BY count(*) DESC, rule_id LIMIT ${rules}`
      ],
      { concurrency: limits.statementsAtOnce }
    )
    return {
      alerts: countsOf(alerts),
      incidents: countsOf(incidents),
      activity: activity.map(({ count, interval, severity }) => ({
        from: interval * intervalMillis,
        severity,
        alerts: Number(count)
      })),
      rules: noisiest.map(({ count, name, ruleId }) => ({ ruleId, name, alerts: Number(count) }))
    } satisfies StoredSummary
  }, unavailableOrDie)
})

const countsOf = (rows: ReadonlyArray<OpenRow>): Record<Severity, OpenCounts> => {
  const of = (severity: Severity, status: OpenRow["status"]) =>
    Number(rows.find((row) => row.severity === severity && row.status === status)?.count ?? 0)
  const both = (severity: Severity) => ({ open: of(severity, "Open"), acknowledged: of(severity, "Acknowledged") })
  return { Critical: both("Critical"), Warning: both("Warning") }
}

import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { alertIdOf, dimensionKeyOf, workspaceIdOf } from "../../src/schema/Identity.ts"

interface Facts {
  readonly workspaceKey: string
  readonly ruleId: string
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  /** Violations at these minutes after 2026-01-01; the first three make the alert. */
  readonly minutes?: ReadonlyArray<number>
  readonly partition?: number
  readonly series?: number
  readonly endMinute?: number | null
  readonly severity?: "Warning" | "Critical"
  readonly incident?: number
}

const START = Date.UTC(2026, 0, 1)
export const at = (minute: number) => new Date(START + minute * 60_000)

/** A series with violations, the alert they opened and the incident it is in, as detection and correlation store it. */
export const insertFacts = Effect.fnUntraced(function* (facts: Facts) {
  const sql = yield* PgClient.PgClient
  const { endMinute = null, incident = 1, metric, minutes = [0, 1, 2], severity = "Warning", workspaceKey } = facts
  const [row] = yield* sql<{ number: number }>`SELECT number FROM workspace WHERE key = ${workspaceKey}`
  const number = row!.number
  const { labels, partition = number, ruleId, series = 0 } = facts
  const dimensionKey = dimensionKeyOf(labels)
  const openTime = at(minutes[Math.min(2, minutes.length - 1)]!)
  const id = alertIdOf(workspaceIdOf(workspaceKey), ruleId, metric, dimensionKey, severity, openTime.getTime())
  yield* sql`INSERT INTO series (partition_id, series, workspace_number, metric, dimension_key, labels, first_seen_at)
    VALUES (${partition}, ${series}, ${number}, ${metric}, ${dimensionKey}, ${sql.json(labels)}, now())
    ON CONFLICT DO NOTHING`
  yield* sql`SELECT roll_table('violation', make_interval(hours => 24), 2)`
  for (const minute of minutes) {
    yield* sql`INSERT INTO violation (workspace_number, timestamp, partition_id, series, rule_id, revision, actual,
        upper, direction, severity, deviation_percent, confidence)
      VALUES (${number}, ${at(minute)}, ${partition}, ${series}, ${ruleId}::uuid, 1, 90, 80, 1,
        ${severity === "Critical" ? 2 : 1}, 12.5, 1) ON CONFLICT DO NOTHING`
  }
  const endTime = endMinute === null ? null : at(endMinute)
  yield* sql`INSERT INTO alert (id, workspace_number, kind, name, severity, operational_status, trigger_reason,
      close_reason, violation_count, start_time, open_time, end_time, rule_id, rule_revision, metric, dimension_key,
      labels, partition_id, series, related_ci, correlation_key, live, received_at, evaluated_at)
    VALUES (${id}::uuid, ${number}, 'Metric', ${metric}, ${severity}, ${endTime === null ? "Open" : "Closed"},
      '3 violations within 5m', ${endTime === null ? null : "Recovered"}, 3, ${at(minutes[0]!)}, ${openTime},
      ${endTime},
      ${ruleId}::uuid, 1, ${metric}, ${dimensionKey}, ${sql.json(labels)}, ${partition}, ${series},
      ${labels.host ?? null}, 'ci:x', true, now(), now())`
  yield* insertIncident(number, incident, metric, labels.host ?? null, openTime)
  yield* sql`INSERT INTO incident_member (workspace_number, alert_id, incident, rule_id, dimension_key, open_time,
      end_time, document)
    VALUES (${number}, ${id}::uuid, ${incident}, ${ruleId}::uuid, ${dimensionKey}, ${openTime}, ${endTime}, '{}')`
  return id
})

const insertIncident = Effect.fnUntraced(function* (
  workspaceNumber: number,
  incident: number,
  metric: string,
  ci: string | null,
  openTime: Date
) {
  const sql = yield* PgClient.PgClient
  const aggregate = {
    firstWarningOpenTime: openTime.getTime(),
    firstCriticalOpenTime: null,
    lastEndTime: null,
    resolution: null
  }
  yield* sql`INSERT INTO incident (workspace_number, number, correlation_key, status, severity, first_open_time,
      last_open_time, start_time, primary_ci, primary_metric, alert_count, active_alert_count, aggregate)
    VALUES (${workspaceNumber}, ${incident}, 'ci:x', 'Open', 'Warning', ${openTime}, ${openTime}, ${at(0)}, ${ci},
      ${metric}, 1, 1, ${sql.json(aggregate)}) ON CONFLICT DO NOTHING`
  yield* sql`INSERT INTO incident_timeline (workspace_number, incident, sequence, type, time, actor, note)
    VALUES (${workspaceNumber}, ${incident}, 1, 'opened', ${openTime}, 'system', ${metric}) ON CONFLICT DO NOTHING`
})

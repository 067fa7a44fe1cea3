import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { limits } from "../../limits.ts"
import { unavailableOrDie } from "../PgErrors.ts"

/** Distinct values of a label; the first of them by name, `limits.impactNames` at most. */
export interface Named {
  readonly count: number
  readonly names: ReadonlyArray<string>
}

/** What an incident's alerts are about, all together. */
export interface IncidentImpact {
  readonly seriesCount: number
  readonly services: Named
  readonly cis: Named
}

export const incidentImpactQueries = (sql: PgClient.PgClient) => ({
  incidentImpact: Effect.fn("Queries.incidentImpact")(function* (workspaceNumber: number, number: number) {
    const [row] = yield* sql<ImpactRow>`
      WITH member_alert AS (
        SELECT alert.metric, alert.dimension_key, alert.related_service AS service, alert.related_ci AS ci
        FROM incident_member member JOIN alert ON alert.id = member.alert_id
        WHERE member.workspace_number = ${workspaceNumber} AND member.incident = ${number}
      ), service AS (SELECT DISTINCT service AS name FROM member_alert WHERE service IS NOT NULL),
      ci AS (SELECT DISTINCT ci AS name FROM member_alert WHERE ci IS NOT NULL)
      SELECT (SELECT count(*)::int FROM (SELECT DISTINCT metric, dimension_key FROM member_alert) AS one) AS series,
        (SELECT count(*)::int FROM service) AS services, (SELECT count(*)::int FROM ci) AS cis,
        ARRAY(SELECT name FROM service ORDER BY name COLLATE "C" LIMIT ${limits.impactNames}) AS service_names,
        ARRAY(SELECT name FROM ci ORDER BY name COLLATE "C" LIMIT ${limits.impactNames}) AS ci_names`
    return {
      seriesCount: row!.series,
      services: { count: row!.services, names: row!.service_names },
      cis: { count: row!.cis, names: row!.ci_names }
    } satisfies IncidentImpact
  }, unavailableOrDie)
})

interface ImpactRow {
  readonly series: number
  readonly services: number
  readonly cis: number
  readonly service_names: ReadonlyArray<string>
  readonly ci_names: ReadonlyArray<string>
}

import type { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { Filters } from "../catalogue/Catalogue.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { QuerySql } from "../Sql.ts"
import { alertQueries } from "./Alerts.ts"
import { fieldFilters, inPage, newestFirst } from "./Fragments.ts"
import { incidentImpactQueries } from "./IncidentImpact.ts"
import { incidentQueries } from "./Incidents.ts"
import { type PageRequest, pageOf } from "./Page.ts"
import { type AuditEntry, type DatabaseInfo, Queries } from "./Queries.ts"
import { seriesQueries } from "./Series.ts"
import { summaryQueries } from "./Summary.ts"
import { violationQueries } from "./Violations.ts"

export const QueriesPg = Layer.effect(
  Queries,
  Effect.map(QuerySql, (sql) =>
    Queries.of({
      ...alertQueries(sql),
      ...violationQueries(sql),
      ...incidentQueries(sql),
      ...incidentImpactQueries(sql),
      ...seriesQueries(sql),
      ...summaryQueries(sql),
      ...auditQueries(sql)
    })
  )
)

const auditQueries = (sql: PgClient.PgClient) => ({
  audit: Effect.fn("Queries.audit")(function* (
    workspaceNumber: number,
    query: PageRequest & { readonly filters: Filters }
  ) {
    const conditions = [
      sql`workspace_number = ${workspaceNumber}`,
      ...fieldFilters(sql, { actor: "actor", action: "action", subject: "subject" }, query.filters),
      ...inPage(sql, AUDIT_TIME, query)
    ]
    const rows = yield* sql<Omit<AuditEntry, "at" | "id"> & { readonly id: bigint; readonly at: Date }>`
      SELECT * FROM audit WHERE ${sql.and(conditions)} ${newestFirst(sql, AUDIT_TIME, query)}`
    const entries = rows.map((row): AuditEntry => ({ ...row, id: String(row.id), at: row.at.getTime() }))
    return pageOf(entries, query.limit, ({ at, id }) => ({ time: at, id }))
  }, unavailableOrDie),

  ping: Effect.asVoid(sql`SELECT 1`).pipe(unavailableOrDie),

  database: Effect.gen(function* () {
    const [row] = yield* sql<Omit<DatabaseInfo, "bytes"> & { readonly bytes: bigint }>`
      SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
        CASE WHEN current_setting('fsync') = 'off' OR current_setting('synchronous_commit') = 'off' THEN 'none'
          WHEN current_setting('synchronous_standby_names') <> '' THEN 'quorum' ELSE 'local' END AS durability`
    return { ...row!, bytes: Number(row!.bytes) }
  }).pipe(unavailableOrDie)
})

const AUDIT_TIME = { time: "at", id: "id", cast: "bigint" } as const

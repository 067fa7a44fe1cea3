import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { Labels } from "../schema/Identity.ts"
import type { Filters } from "./Catalogue.ts"
import { type AuditEntry, type DatabaseInfo, type FactQuery, Queries, type StoredSeries } from "./Queries.ts"
import { alertQueries } from "./QueriesAlerts.ts"
import { incidentQueries } from "./QueriesIncidents.ts"
import { type PageRequest, pageOf } from "./QueriesPage.ts"
import { fieldFilters, inPage, labelFilter, newestFirst } from "./QueriesSql.ts"
import { violationQueries } from "./QueriesViolations.ts"
import { orUnavailable, QuerySql } from "./Sql.ts"

export const QueriesPg = Layer.effect(
  Queries,
  Effect.map(QuerySql, (sql) =>
    Queries.of({
      ...alertQueries(sql),
      ...violationQueries(sql),
      ...incidentQueries(sql),
      ...seriesQueries(sql),
      ...auditQueries(sql)
    })
  )
)

const seriesQueries = (sql: PgClient.PgClient) => ({
  series: Effect.fn("Queries.series")(function* (workspaceNumber: number, query: FactQuery) {
    const { after, ...rest } = query
    const conditions = [
      sql`series.workspace_number = ${workspaceNumber}`,
      ...fieldFilters(sql, { metric: "series.metric", dimensionKey: "series.dimension_key" }, query.filters),
      ...labelFilter(sql, "series.labels", query.labels),
      ...inPage(sql, FIRST_SEEN, { ...rest, after: null })
    ]
    if (after !== null) {
      const [partition, series] = after.id.split(":")
      conditions.push(sql`(${sql.literal(SEEN)}, series.partition_id, series.series)
        < (${PgTypes.timestamptz(after.time)}, ${partition}::int, ${series}::int)`)
    }
    const rows = yield* sql<SeriesRow>`SELECT *, ${sql.literal(SEEN)} AS seen FROM series WHERE ${sql.and(conditions)}
      ORDER BY ${sql.literal(SEEN)} DESC, partition_id DESC, series DESC LIMIT ${query.limit + 1}`
    const position = (row: StoredSeries) => ({ time: row.firstSeenAt, id: `${row.partition}:${row.series}` })
    return pageOf(rows.map(seriesOf), query.limit, position)
  }, orUnavailable),

  seriesOf: Effect.fn("Queries.seriesOf")(function* (
    workspaceNumber: number,
    metric: string,
    labels: Labels,
    limit: number
  ) {
    const conditions = [
      sql`series.workspace_number = ${workspaceNumber}`,
      sql`series.metric = ${metric}`,
      ...labelFilter(sql, "series.labels", labels)
    ]
    const rows = yield* sql<SeriesRow>`SELECT *, ${sql.literal(SEEN)} AS seen FROM series WHERE ${sql.and(conditions)}
      ORDER BY dimension_key COLLATE "C" LIMIT ${limit}`
    return rows.map(seriesOf)
  }, orUnavailable)
})

/** Cursors have milliseconds. */
const SEEN = "series.first_seen_at"
const FIRST_SEEN = { time: SEEN, id: "series.partition_id", cast: "text" } as const

interface SeriesRow {
  readonly partition_id: number
  readonly series: number
  readonly metric: string
  readonly dimension_key: string
  readonly labels: Labels
  readonly seen: Date
}

const seriesOf = (row: SeriesRow): StoredSeries => ({
  partition: row.partition_id,
  series: row.series,
  metric: row.metric,
  dimensionKey: row.dimension_key,
  labels: row.labels,
  firstSeenAt: row.seen.getTime()
})

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
  }, orUnavailable),

  ping: Effect.asVoid(sql`SELECT 1`).pipe(orUnavailable),

  database: Effect.gen(function* () {
    const [row] = yield* sql<Omit<DatabaseInfo, "bytes"> & { readonly bytes: bigint }>`
      SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS bytes,
        CASE WHEN current_setting('fsync') = 'off' OR current_setting('synchronous_commit') = 'off' THEN 'none'
          WHEN current_setting('synchronous_standby_names') <> '' THEN 'quorum' ELSE 'local' END AS durability`
    return { ...row!, bytes: Number(row!.bytes) }
  }).pipe(orUnavailable)
})

const AUDIT_TIME = { time: "at", id: "id", cast: "bigint" } as const

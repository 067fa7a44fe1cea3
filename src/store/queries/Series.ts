/** Series by metric, prefix and labels. Which index answers what is said in migrations/0006_series_search.ts. */
import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import type { Statement } from "effect/sql"
import { type Labels, parseDimensionKey } from "../../schema/Identity.ts"
import { texts } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { fieldFilters, inPage, labelFilter } from "./Fragments.ts"
import { pageOf } from "./Page.ts"
import type { SeriesQuery, StoredSeries } from "./Queries.ts"

/** Up to so many metrics of a prefix are looked up one by one. */
const METRICS_MOST = 64

export const seriesQueries = (sql: PgClient.PgClient) => ({
  series: Effect.fn("Queries.series")(function* (workspaceNumber: number, query: SeriesQuery) {
    const found = query.prefix === null ? null : yield* metricsOf(sql, workspaceNumber, query.prefix)
    const wanted = query.filters.metric ?? found
    // With labels the planner has the choice between indexes; without, newest first of several metrics is newest
    // first of each.
    const rows =
      wanted !== null && query.labels === null
        ? yield* newestOfEach(sql, [...new Set(wanted)], workspaceNumber, query)
        : yield* newest(sql, conditionsOf(sql, workspaceNumber, query, query.filters.metric ?? null), query.limit)
    const position = (row: StoredSeries) => ({ time: row.firstSeenAt, id: `${row.partition}:${row.series}` })
    return pageOf(rows.map(seriesOf), query.limit, position)
  }, unavailableOrDie),

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
    // Not in order: of a metric of a million series none but the answer's are read.
    const rows = yield* sql<SeriesRow>`SELECT * FROM series WHERE ${sql.and(conditions)} LIMIT ${limit}`
    return rows.map(seriesOf).sort((a, b) => (a.dimensionKey < b.dimensionKey ? -1 : 1))
  }, unavailableOrDie)
})

/** Metrics that begin with a text, or null where they are more than it pays to look up one by one. */
const metricsOf = (sql: PgClient.PgClient, workspaceNumber: number, prefix: string) => {
  const end = `${prefix}\u{10FFFF}`
  const next = (after: Statement.Fragment) => sql`
    (SELECT metric FROM series WHERE workspace_number = ${workspaceNumber} AND metric < ${end} AND ${after}
     ORDER BY metric LIMIT 1)`
  // Each step jumps over the series of a metric to the first of the next one.
  const rows = sql<{ metric: string }>`WITH RECURSIVE found (metric, number) AS (
      SELECT ${next(sql`metric >= ${prefix}`)}, 1
      UNION ALL SELECT ${next(sql`metric > found.metric`)}, number + 1 FROM found
      WHERE metric IS NOT NULL AND number <= ${METRICS_MOST}
    ) SELECT metric FROM found WHERE metric IS NOT NULL`
  return Effect.map(rows, (found) => (found.length > METRICS_MOST ? null : found.map(({ metric }) => metric)))
}

const newest = (sql: PgClient.PgClient, conditions: ReadonlyArray<Statement.Fragment>, limit: number) =>
  sql<SeriesRow>`SELECT * FROM series WHERE ${sql.and(conditions)} ${newestFirst(sql, limit)}`

const newestOfEach = (
  sql: PgClient.PgClient,
  metrics: ReadonlyArray<string>,
  workspaceNumber: number,
  query: SeriesQuery
) => {
  const conditions = [sql`series.metric = wanted.metric`, ...conditionsOf(sql, workspaceNumber, query, null)]
  return sql<SeriesRow>`SELECT series.*
    FROM unnest(${texts(metrics)}) AS wanted (metric),
      LATERAL (SELECT * FROM series WHERE ${sql.and(conditions)} ${newestFirst(sql, query.limit)}) AS series
    ${newestFirst(sql, query.limit)}`
}

const conditionsOf = (
  sql: PgClient.PgClient,
  workspaceNumber: number,
  { after, filters, labels, prefix, ...page }: SeriesQuery,
  metrics: ReadonlyArray<string> | null
): ReadonlyArray<Statement.Fragment> => {
  const { dimensionKey } = filters
  const conditions = [
    sql`series.workspace_number = ${workspaceNumber}`,
    ...labelFilter(sql, "series.labels", labels),
    ...inPage(sql, FIRST_SEEN, { ...page, after: null })
  ]
  if (metrics?.length === 1) conditions.push(sql`series.metric = ${metrics[0]}`)
  else if (metrics !== null) conditions.push(sql`series.metric = ANY (${texts(metrics)})`)
  if (prefix !== null) conditions.push(sql`starts_with(series.metric, ${prefix})`)
  if (dimensionKey !== undefined) {
    conditions.push(...fieldFilters(sql, { dimensionKey: "series.dimension_key" }, { dimensionKey }))
    // Its text has no index; its labels have.
    const known = dimensionKey.map(parseDimensionKey)
    if (known.length === 1) conditions.push(...labelFilter(sql, "series.labels", known[0] ?? null))
  }
  if (after !== null) {
    const [partition, series] = after.id.split(":")
    conditions.push(sql`(${sql.literal(SEEN)}, series.partition_id, series.series)
      < (${PgTypes.timestamptz(after.time)}, ${partition}::int, ${series}::int)`)
  }
  return conditions
}

/** One row more than asked for: it says whether there is a next page. */
const newestFirst = (sql: PgClient.PgClient, limit: number) =>
  sql`ORDER BY ${sql.literal(SEEN)} DESC, series.partition_id DESC, series.series DESC LIMIT ${limit + 1}`

const SEEN = "series.first_seen_at"
const FIRST_SEEN = { time: SEEN, id: "series.partition_id", cast: "text" } as const

interface SeriesRow {
  readonly partition_id: number
  readonly series: number
  readonly metric: string
  readonly dimension_key: string
  readonly labels: Labels
  readonly first_seen_at: Date
}

const seriesOf = (row: SeriesRow): StoredSeries => ({
  partition: row.partition_id,
  series: row.series,
  metric: row.metric,
  dimensionKey: row.dimension_key,
  labels: row.labels,
  firstSeenAt: row.first_seen_at.getTime()
})

import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import type { Statement } from "effect/sql"
import type { Change } from "../../actors/partition/Record.ts"
import { limits } from "../../limits.ts"
import { notFound } from "../../schema/Errors.ts"
import { discoveredMetric } from "../../schema/MetricDefinition.ts"
import type { Rule } from "../../schema/Rule.ts"
import { texts } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { inPage, isUuid, newestFirst } from "../queries/Fragments.ts"
import { pageOf } from "../queries/Page.ts"
import { QuerySql } from "../Sql.ts"
import { Catalogue, type DocumentKind, type DocumentQuery, type Write } from "./Catalogue.ts"
import { documentId, NOUN } from "./Plan.ts"
import { DOCUMENT_COLUMNS, DOCUMENTS, type DocumentRow, documentOf, type WorkspaceRow } from "./Rows.ts"
import { workspacesPg } from "./WorkspacesPg.ts"
import { makeWriter } from "./Writer.ts"

export const CataloguePg = Layer.effect(
  Catalogue,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const reader = yield* QuerySql
    return Catalogue.of({ ...makeWrites(sql), ...workspacesPg(sql), ...makeLog(sql), ...makeReads(reader) })
  })
)

const makeWrites = (sql: PgClient.PgClient) => {
  const { locked, write } = makeWriter(sql)

  return {
    write: Effect.fn("Catalogue.write")(
      function* (workspaceNumber: number, actor: string, writes: ReadonlyArray<Write>) {
        const [workspace] = yield* sql<WorkspaceRow>`SELECT * FROM workspace WHERE number = ${workspaceNumber}`
        if (workspace === undefined) return yield* notFound("workspace")
        return yield* write(workspace, actor, writes)
      },
      locked,
      unavailableOrDie
    )
  }
}

const makeLog = (sql: PgClient.PgClient) => ({
  changesAfter: Effect.fnUntraced(function* (version: number, limit: number) {
    const rows = yield* sql<ChangeRow>`
      SELECT version, workspace_number, kind, key, document FROM change
      WHERE version > ${version} ORDER BY version LIMIT ${limit}`
    return rows.map(changeOf)
  }, unavailableOrDie),

  received: Effect.fnUntraced(function* (workspaceNumber: number, metrics: ReadonlyArray<string>, timeMillis: number) {
    const keys = texts(metrics)
    yield* sql`INSERT INTO metric_reception (workspace_number, key, received_at)
      SELECT DISTINCT ${workspaceNumber}::int, key, ${PgTypes.timestamptz(timeMillis)}
      FROM unnest(${keys}) AS m(key) ORDER BY key -- one order for all who write: no deadlock
      ON CONFLICT (workspace_number, key)
        DO UPDATE SET received_at = greatest(metric_reception.received_at, excluded.received_at)`
    const undefinedOnes = yield* sql<{ key: string; workspace_id: string }>`
      SELECT DISTINCT m.key, workspace.id AS workspace_id FROM workspace, unnest(${keys}) AS m(key)
      WHERE workspace.number = ${workspaceNumber} AND NOT EXISTS (
        SELECT FROM document WHERE workspace_number = ${workspaceNumber} AND kind = 'metric' AND document.key = m.key)`
    if (undefinedOnes.length === 0) return
    const drafts = undefinedOnes.map(({ key, workspace_id }) => {
      const id = documentId(workspace_id, "metric", key)
      return { id, key, body: discoveredMetric(key) }
    })
    yield* sql`INSERT INTO document (id, workspace_number, kind, key, version, body)
      SELECT id, ${workspaceNumber}::int, 'metric', key, 1, body
      FROM jsonb_to_recordset(${sql.json(drafts)}) AS d(id uuid, key text, body jsonb) ON CONFLICT DO NOTHING`
  }, unavailableOrDie)
})

const makeReads = (sql: PgClient.PgClient) => {
  const select = (conditions: ReadonlyArray<Statement.Fragment>, order: Statement.Fragment) => sql<DocumentRow>`
    SELECT ${sql.literal(DOCUMENT_COLUMNS)} FROM ${sql.literal(DOCUMENTS)} WHERE ${sql.and(conditions)} ${order}`
  const within = (workspaceNumber: number, kind: DocumentKind) => [
    sql`document.workspace_number = ${workspaceNumber}`,
    sql`document.kind = ${kind}`
  ]
  return {
    list: Effect.fn("Catalogue.list")(function* <K extends DocumentKind>(
      workspaceNumber: number,
      kind: K,
      query: DocumentQuery
    ) {
      const conditions = [
        ...within(workspaceNumber, kind),
        ...inPage(sql, NEWEST_FIRST, query),
        ...Object.entries(query.filters).map(
          ([field, values]) => sql`document.body ->> ${field} = ANY (${texts(values)})`
        )
      ]
      if (query.reception !== null) {
        const since = PgTypes.timestamptz(query.reception.since)
        conditions.push(sql`(coalesce(reception.received_at >= ${since}, false)) = ${query.reception.receiving}`)
      }
      const rows = yield* select(conditions, newestFirst(sql, NEWEST_FIRST, query))
      return pageOf(rows.map(documentOf<K>), query.limit, ({ createdAt, id }) => ({ time: createdAt, id }))
    }, unavailableOrDie),

    all: Effect.fnUntraced(function* <K extends DocumentKind>(workspaceNumber: number, kind: K) {
      const rows = yield* select(within(workspaceNumber, kind), sql`ORDER BY document.key COLLATE "C"`)
      return rows.map(documentOf<K>)
    }, unavailableOrDie),

    get: Effect.fnUntraced(function* <K extends DocumentKind>(workspaceNumber: number, kind: K, id: string) {
      if (!isUuid(id)) return yield* notFound(NOUN[kind])
      const [row] = yield* select([...within(workspaceNumber, kind), sql`document.id = ${id}::uuid`], sql`LIMIT 1`)
      return row === undefined ? yield* notFound(NOUN[kind]) : documentOf<K>(row)
    }, unavailableOrDie),

    revisions: Effect.fnUntraced(function* (workspaceNumber: number, ruleId: string) {
      if (!isUuid(ruleId)) return []
      const rows = yield* sql<RevisionRow>`
        SELECT rule_id, revision, document, created_at FROM rule_revision
        WHERE workspace_number = ${workspaceNumber} AND rule_id = ${ruleId}::uuid ORDER BY revision DESC
        LIMIT ${limits.listMost}`
      return rows.map(({ created_at, document, revision, rule_id }) => ({
        ruleId: rule_id,
        revision,
        document,
        createdAt: created_at.getTime()
      }))
    }, unavailableOrDie)
  }
}

const NEWEST_FIRST = { time: "document.created_at", id: "document.id", cast: "uuid" } as const

interface ChangeRow {
  readonly version: bigint
  readonly workspace_number: number
  readonly kind: Change["kind"]
  readonly key: string
  readonly document: unknown
}

const changeOf = ({ document, key, kind, version, workspace_number }: ChangeRow): Change => ({
  version: Number(version),
  workspaceNumber: workspace_number,
  kind,
  key,
  document
})

interface RevisionRow {
  readonly rule_id: string
  readonly revision: number
  readonly document: Rule
  readonly created_at: Date
}

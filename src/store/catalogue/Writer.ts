/**
 * Writing the catalogue in Postgres: under the lock of the change log the touched documents are read, the plan is made,
 * and rows, revisions, change-log entries and audit rows are stored in one transaction.
 */
import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Result } from "effect"
import type { Change } from "../../actors/partition/Record.ts"
import { texts } from "../JournalPg.ts"
import { makeAudit } from "./Audit.ts"
import type { AnyStored, DocumentKind, Write } from "./Catalogue.ts"
import { documentId, documentKey, type Known, plan } from "./Plan.ts"
import { DOCUMENT_COLUMNS, DOCUMENTS, type DocumentRow, documentOf, rowOf } from "./Rows.ts"

export interface WorkspaceName {
  readonly number: number
  readonly id: string
}

type NewChange = Pick<Change, "kind" | "key" | "document">

export const makeWriter = (sql: PgClient.PgClient) => {
  const audit = makeAudit(sql)

  /** One writer at a time: versions come without gaps, and what a plan was made from still holds when it is stored. */
  const locked = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
    sql.withTransaction(Effect.andThen(sql`LOCK TABLE change IN EXCLUSIVE MODE`, effect))

  const write = Effect.fnUntraced(function* (workspace: WorkspaceName, actor: string, writes: ReadonlyArray<Write>) {
    const known = yield* readKnown(sql, workspace, writes)
    const planned = yield* Effect.fromResult(plan(known, writes, known.timeMillis))
    yield* storeDocuments(sql, workspace.number, planned.written)
    yield* audit(workspace.number, actor, planned.audits)
    const version = yield* log(workspace.number, planned.changes)
    return { written: planned.written, version }
  })

  /** Answers the newest version, also when there is nothing to log. */
  const log = Effect.fnUntraced(function* (workspaceNumber: number, changes: ReadonlyArray<NewChange>) {
    if (changes.length > 0) yield* sql.unsafe(INSERT_CHANGES, [workspaceNumber, PgTypes.jsonb(changes)])
    const [row] = yield* sql<{ version: bigint }>`SELECT coalesce(max(version), 0) AS version FROM change`
    return Number(row!.version)
  })

  return { locked, write, log, audit }
}

const readKnown = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  workspace: WorkspaceName,
  writes: ReadonlyArray<Write>
) {
  const { deletedMetrics, keys, kinds, ruleIds } = touchedBy(workspace, writes)
  const [clock] = yield* sql<{ now: Date }>`SELECT date_trunc('milliseconds', now()) AS now`
  const documents = yield* sql.unsafe<DocumentRow>(SELECT_TOUCHED, [
    workspace.number,
    texts(kinds),
    texts(keys),
    texts(deletedMetrics)
  ])
  const revisions = yield* sql.unsafe<{ rule_id: string; last: number }>(SELECT_LAST_REVISIONS, [uuids(ruleIds)])
  const found = new Map(documents.map((row) => [`${row.kind}\n${row.key}`, documentOf(row) as AnyStored]))
  const last = new Map(revisions.map((row) => [row.rule_id, row.last]))
  const known: Known & { readonly timeMillis: number } = {
    timeMillis: clock!.now.getTime(),
    workspaceId: workspace.id,
    find: (kind, key) => found.get(`${kind}\n${key}`),
    lastRevision: (ruleId) => last.get(ruleId) ?? 0,
    rulesOn: (metric) =>
      [...found.values()].flatMap((stored) =>
        stored.kind === "rule" && stored.document.metric === metric ? [stored.key] : []
      )
  }
  return known
})

/** What the plan will look at: the written documents, the metrics of written rules, the rules on deleted metrics. */
const touchedBy = (workspace: WorkspaceName, writes: ReadonlyArray<Write>) => {
  const kinds: Array<DocumentKind> = []
  const keys: Array<string> = []
  const ruleIds: Array<string> = []
  const deletedMetrics: Array<string> = []
  const touch = (kind: DocumentKind, key: string) => {
    kinds.push(kind)
    keys.push(key)
  }
  for (const write of writes) {
    const key = write._tag === "Put" ? documentKey(write.kind, write.document) : write.key
    touch(write.kind, key)
    if (write.kind === "rule") ruleIds.push(documentId(workspace.id, "rule", key))
    if (write._tag === "Put" && write.kind === "rule") touch("metric", write.document.metric)
    if (write._tag === "Delete" && write.kind === "metric") deletedMetrics.push(key)
  }
  return { kinds, keys, ruleIds, deletedMetrics }
}

const storeDocuments = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  workspaceNumber: number,
  written: ReadonlyArray<{ readonly status: string; readonly stored: AnyStored }>
) {
  const changed = written.filter(({ status }) => status !== "unchanged")
  const last = new Map(changed.map((row) => [row.stored.id, row]))
  const kept = [...last.values()].filter(({ status }) => status !== "deleted").map(({ stored }) => rowOf(stored))
  const gone = [...last.values()].filter(({ status }) => status === "deleted").map(({ stored }) => stored.id)
  const revised = changed
    .filter(({ status, stored }) => stored.kind !== "metric" && status !== "deleted")
    .map(({ stored }) => rowOf(stored))
  if (gone.length > 0) yield* sql`DELETE FROM document WHERE id = ANY(${uuids(gone)})`
  if (kept.length > 0) yield* sql.unsafe(UPSERT_DOCUMENTS, [workspaceNumber, PgTypes.jsonb(kept)])
  if (revised.length > 0) {
    yield* sql.unsafe(INSERT_RULE_REVISIONS, [workspaceNumber, PgTypes.jsonb(revised)])
    yield* sql.unsafe(INSERT_POLICY_REVISIONS, [workspaceNumber, PgTypes.jsonb(revised)])
  }
})

const uuids = (values: ReadonlyArray<string>) => Result.getOrThrow(PgTypes.array(values, PgTypes.OID.uuid))

const SELECT_TOUCHED = `
  SELECT ${DOCUMENT_COLUMNS} FROM ${DOCUMENTS}
  WHERE document.workspace_number = $1 AND (
    (document.kind, document.key) IN (SELECT * FROM unnest($2, $3))
    OR (document.kind = 'rule' AND document.body ->> 'metric' = ANY ($4))
  )`

const SELECT_LAST_REVISIONS = `
  SELECT rule_id, max(revision) AS last FROM rule_revision WHERE rule_id = ANY ($1) GROUP BY rule_id`

const RECORDSET = `jsonb_to_recordset($2::jsonb) AS r(
  id uuid, kind text, key text, version int, body jsonb, created_at timestamptz, updated_at timestamptz)`

const UPSERT_DOCUMENTS = `
  INSERT INTO document (id, workspace_number, kind, key, version, body, created_at, updated_at)
  SELECT id, $1, kind, key, version, body, created_at, updated_at FROM ${RECORDSET}
  ON CONFLICT (id) DO UPDATE
    SET version = excluded.version, body = excluded.body, updated_at = excluded.updated_at`

const INSERT_RULE_REVISIONS = `
  INSERT INTO rule_revision (rule_id, revision, workspace_number, document, created_at)
  SELECT id, version, $1, body, updated_at FROM ${RECORDSET} WHERE kind = 'rule'`

const INSERT_POLICY_REVISIONS = `
  INSERT INTO policy_revision (workspace_number, revision, document, created_at)
  SELECT $1, version, body, updated_at FROM ${RECORDSET} WHERE kind = 'policy'`

const INSERT_CHANGES = `
  INSERT INTO change (version, workspace_number, kind, key, document)
  SELECT (SELECT coalesce(max(version), 0) FROM change) + c.ordinal, $1, c.change ->> 'kind', c.change ->> 'key',
    nullif(c.change -> 'document', 'null')
  FROM jsonb_array_elements($2::jsonb) WITH ORDINALITY AS c(change, ordinal)`

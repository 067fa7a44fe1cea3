/** Rows of the catalogue's tables as what they mean. */
import type { AnyStored, DocumentKind, Stored, StoredWorkspace } from "./Catalogue.ts"

export interface DocumentRow {
  readonly id: string
  readonly kind: DocumentKind
  readonly key: string
  readonly version: number
  readonly body: AnyStored["document"]
  readonly created_at: Date
  readonly updated_at: Date
  readonly received_at: Date | null
}

/** The documents, and of metrics the newest arrival of points. */
export const DOCUMENTS = `document LEFT JOIN metric_reception reception ON document.kind = 'metric'
  AND reception.workspace_number = document.workspace_number AND reception.key = document.key`

export const DOCUMENT_COLUMNS = `document.id, document.kind, document.key, document.version, document.body,
  document.created_at, document.updated_at, reception.received_at`

export const documentOf = <K extends DocumentKind>(row: DocumentRow): Stored<K> =>
  // The body was validated before it was written, and only this code writes it.
  ({
    kind: row.kind,
    id: row.id,
    key: row.key,
    version: row.version,
    document: row.body,
    createdAt: row.created_at.getTime(),
    updatedAt: row.updated_at.getTime(),
    receivedAt: row.received_at?.getTime() ?? null
  }) as unknown as Stored<K>

/** A document as a row of `jsonb_to_recordset`. */
export const rowOf = (stored: AnyStored) => ({
  id: stored.id,
  kind: stored.kind,
  key: stored.key,
  version: stored.version,
  body: stored.document,
  created_at: new Date(stored.createdAt).toISOString(),
  updated_at: new Date(stored.updatedAt).toISOString()
})

export interface WorkspaceRow {
  readonly number: number
  readonly id: string
  readonly key: string
  readonly name: string
  readonly demo: boolean
  readonly cold_retention_days: number | null
  readonly raw_retention_days: number | null
  readonly version: number
  readonly created_at: Date
}

export const workspaceOf = (row: WorkspaceRow): StoredWorkspace => ({
  number: row.number,
  id: row.id,
  key: row.key,
  name: row.name,
  demo: row.demo,
  retention: { coldDays: row.cold_retention_days, rawDays: row.raw_retention_days },
  version: row.version,
  createdAt: row.created_at.getTime()
})

/**
 * What people configure: rules, metric definitions and policies, per workspace. All are documents of one life (key,
 * version, body), and all that evaluation depends on is also an entry of the change log, in one total order that
 * partitions journal (D11).
 */
import { Context, type Effect } from "effect"
import type { Change } from "../../actors/partition/Record.ts"
import type { Conflict, Invalid, NotFound, StaleVersion } from "../../schema/Errors.ts"
import type { MetricDefinition } from "../../schema/MetricDefinition.ts"
import type { Policy } from "../../schema/Policy.ts"
import type { Rule } from "../../schema/Rule.ts"
import type { Workspace, WorkspaceRetention } from "../../schema/Workspace.ts"
import type { StoreUnavailable } from "../Journal.ts"
import type { Page, PageRequest } from "../queries/Page.ts"

export interface Documents {
  readonly rule: Rule
  readonly metric: MetricDefinition
  readonly policy: Policy
}
export type DocumentKind = keyof Documents

/** A workspace has one policy, under this key. */
export const POLICY_KEY = "policy"

/**
 * A document at one version: 1, 2, 3 … A rule's version is its revision, so it goes on where it ended when a rule of a
 * deleted one's key is created. `receivedAt`: newest arrival of points, of a metric. Times in epoch milliseconds.
 */
export interface Stored<K extends DocumentKind> {
  readonly kind: K
  readonly id: string
  readonly key: string
  readonly version: number
  readonly document: Documents[K]
  readonly createdAt: number
  readonly updatedAt: number
  readonly receivedAt: number | null
}
export type AnyStored = { readonly [K in DocumentKind]: Stored<K> }[DocumentKind]

export interface Revision {
  readonly ruleId: string
  readonly revision: number
  readonly document: Rule
  readonly createdAt: number
}

/** What must be there for a write to happen: nothing, something, something at this version, or anything at all. */
export type Expectation = "absent" | "present" | "any" | number

/** Documents have been validated. A rule's metric must be Active once all writes of the batch have happened. */
export type Write =
  | {
      readonly [K in DocumentKind]: {
        readonly _tag: "Put"
        readonly kind: K
        readonly document: Documents[K]
        readonly expect: Expectation
      }
    }[DocumentKind]
  | { readonly _tag: "Delete"; readonly kind: DocumentKind; readonly key: string; readonly expect: Expectation }

export interface Written {
  readonly status: "created" | "updated" | "unchanged" | "deleted"
  readonly stored: AnyStored
}

export interface ChangeResult {
  readonly written: ReadonlyArray<Written>
  /** The change log's newest version: in force everywhere once partitions have journalled it. */
  readonly version: number
}

/** `demo`: its data is generated, and it says so. */
export interface NewWorkspace extends Workspace {
  readonly demo?: boolean
}

export interface StoredWorkspace extends Workspace {
  readonly number: number
  readonly id: string
  readonly demo: boolean
  readonly retention: WorkspaceRetention
  readonly version: number
  readonly createdAt: number
}

/** Rows whose field, named as in the document, has one of the values as text. */
export type Filters = Readonly<Record<string, ReadonlyArray<string>>>

export interface DocumentQuery extends PageRequest {
  readonly filters: Filters
  /** Metrics with points since this time (or with none), epoch milliseconds; null: all. */
  readonly reception: { readonly since: number; readonly receiving: boolean } | null
}

export type WriteRefusal = Invalid | Conflict | StaleVersion | NotFound

export class Catalogue extends Context.Service<
  Catalogue,
  {
    /** Those that there are, without removed ones. */
    readonly workspaces: Effect.Effect<ReadonlyArray<StoredWorkspace>, StoreUnavailable>
    /** A new workspace with its first documents, and its change-log version. */
    readonly createWorkspace: (
      actor: string,
      workspace: NewWorkspace,
      documents: ReadonlyArray<Write>
    ) => Effect.Effect<
      { readonly workspace: StoredWorkspace; readonly version: number },
      WriteRefusal | StoreUnavailable
    >
    readonly replaceWorkspace: (
      actor: string,
      workspaceNumber: number,
      workspace: { readonly name: string; readonly retention: WorkspaceRetention },
      expect: Expectation
    ) => Effect.Effect<StoredWorkspace, NotFound | StaleVersion | StoreUnavailable>
    /**
     * From then on nothing of it is found, and its tokens and memberships are gone; it answers the change-log version
     * with which its rules end. Its rows are left to `RemovedWorkspaces`, its key is not given again. Not the default.
     */
    readonly removeWorkspace: (
      actor: string,
      workspaceNumber: number,
      expect: Expectation
    ) => Effect.Effect<number, NotFound | StaleVersion | Conflict | StoreUnavailable>

    readonly list: <K extends DocumentKind>(
      workspaceNumber: number,
      kind: K,
      query: DocumentQuery
    ) => Effect.Effect<Page<Stored<K>>, StoreUnavailable>
    readonly all: <K extends DocumentKind>(
      workspaceNumber: number,
      kind: K
    ) => Effect.Effect<ReadonlyArray<Stored<K>>, StoreUnavailable>
    readonly get: <K extends DocumentKind>(
      workspaceNumber: number,
      kind: K,
      id: string
    ) => Effect.Effect<Stored<K>, NotFound | StoreUnavailable>
    /** Newest first, `limits.listMost` at most; also those of a deleted rule. */
    readonly revisions: (
      workspaceNumber: number,
      ruleId: string
    ) => Effect.Effect<ReadonlyArray<Revision>, StoreUnavailable>

    /** All writes, their change-log entries and their audit rows, or nothing. */
    readonly write: (
      workspaceNumber: number,
      actor: string,
      writes: ReadonlyArray<Write>
    ) => Effect.Effect<ChangeResult, WriteRefusal | StoreUnavailable>

    /** Points of these metrics arrived: their reception is noted, and what nobody defined becomes a Draft (M1). */
    readonly received: (
      workspaceNumber: number,
      metrics: ReadonlyArray<string>,
      timeMillis: number
    ) => Effect.Effect<void, StoreUnavailable>

    /** In order of version, without gaps: whoever has read up to `version` misses nothing. */
    readonly changesAfter: (version: number, limit: number) => Effect.Effect<ReadonlyArray<Change>, StoreUnavailable>
  }
>()("lumina/store/Catalogue") {}

/** What the API reads of facts: alerts, violations, incidents, series, changes. Always of one workspace (K8). */
import { Context, type Effect, type Schema } from "effect"
import type { Alert } from "../../schema/Alert.ts"
import type { NotFound } from "../../schema/Errors.ts"
import type { Labels } from "../../schema/Identity.ts"
import type { Incident, TimelineEntry } from "../../schema/Incident.ts"
import type { Violation } from "../../schema/Violation.ts"
import type { Filters } from "../catalogue/Catalogue.ts"
import type { StoreUnavailable } from "../Journal.ts"
import type { IncidentImpact } from "./IncidentImpact.ts"
import type { Page, PageRequest } from "./Page.ts"
import type { StoredSummary, SummaryQuery } from "./Summary.ts"

/** An alert as stored: of an open one only its partition knows the present violation count and newest point. */
export interface StoredAlert extends Omit<Alert, "durationSeconds"> {
  /** Where its detector lives; null of alerts that no series has. */
  readonly place: { readonly partition: number; readonly series: number } | null
  /** Why it is in its incident and not in a neighbouring one, in sentences (N3). */
  readonly correlation: ReadonlyArray<string> | null
  readonly acknowledgedBy: string | null
  readonly acknowledgedNote: string | null
  readonly acknowledgedAt: number | null
  readonly closedBy: string | null
  readonly closedNote: string | null
  readonly receivedAt: number
  readonly evaluatedAt: number
  readonly openedAt: number
}

/** An open alert of an incident, by place, for what only its partition knows. */
export interface OpenAlertRef {
  readonly alertId: string
  readonly incidentKey: string
  readonly partition: number
  readonly series: number
  readonly violationCount: number
}

export interface StoredIncident extends Omit<Incident, "durationSeconds"> {
  readonly number: number
  /** Latest endTime of its closed alerts. */
  readonly lastEndTime: number | null
}

export interface StoredSeries {
  readonly partition: number
  readonly series: number
  readonly metric: string
  readonly dimensionKey: string
  readonly labels: Labels
  readonly firstSeenAt: number
}

/** What of an incident is about one series. */
export interface IncidentMetric {
  readonly metric: string
  readonly dimensionKey: string
  readonly labels: Labels
  readonly alertCount: number
}

export interface AuditEntry {
  readonly id: string
  readonly at: number
  readonly actor: string
  readonly action: string
  readonly subject: string
  readonly before: Schema.Json
  readonly after: Schema.Json
}

/** `durability`: what an acknowledgement survives: this machine's crash, or its loss too (a synchronous standby). */
export interface DatabaseInfo {
  readonly version: string
  readonly bytes: number
  readonly durability: "none" | "local" | "quorum"
}

/** Filters by fields that the query's owner names; `labels`: at least these. */
export interface FactQuery extends PageRequest {
  readonly filters: Filters
  readonly labels: Labels | null
}

/** `prefix`: only of metrics whose key begins with it. */
export interface SeriesQuery extends FactQuery {
  readonly prefix: string | null
}

export class Queries extends Context.Service<
  Queries,
  {
    readonly alerts: (workspaceNumber: number, query: FactQuery) => Effect.Effect<Page<StoredAlert>, StoreUnavailable>
    readonly alert: (workspaceNumber: number, id: string) => Effect.Effect<StoredAlert, NotFound | StoreUnavailable>

    /** `alertId`: only those that counted towards this alert. `incident`: towards any of this incident's alerts. */
    readonly violations: (
      workspaceNumber: number,
      query: FactQuery & { readonly alertId: string | null; readonly incident: number | null }
    ) => Effect.Effect<Page<Violation>, StoreUnavailable>

    readonly incidents: (
      workspaceNumber: number,
      query: PageRequest & { readonly filters: Filters }
    ) => Effect.Effect<Page<StoredIncident>, StoreUnavailable>
    readonly incident: (
      workspaceNumber: number,
      number: number
    ) => Effect.Effect<StoredIncident, NotFound | StoreUnavailable>
    /** `limit` at most, of the first of these incidents first. */
    readonly openAlertsOf: (
      workspaceNumber: number,
      incidents: ReadonlyArray<number>,
      limit: number
    ) => Effect.Effect<ReadonlyArray<OpenAlertRef>, StoreUnavailable>
    /** By time, then sequence: the newest `limits.listMost`. */
    readonly timeline: (
      workspaceNumber: number,
      number: number
    ) => Effect.Effect<ReadonlyArray<TimelineEntry>, StoreUnavailable>
    /** By metric, then dimension key: the first `limits.listMost`. */
    readonly incidentMetrics: (
      workspaceNumber: number,
      number: number
    ) => Effect.Effect<ReadonlyArray<IncidentMetric>, StoreUnavailable>

    readonly incidentImpact: (
      workspaceNumber: number,
      number: number
    ) => Effect.Effect<IncidentImpact, StoreUnavailable>

    readonly series: (
      workspaceNumber: number,
      query: SeriesQuery
    ) => Effect.Effect<Page<StoredSeries>, StoreUnavailable>
    /** Series of a metric that have at least these labels, `limit` at most, in order of their dimension keys. */
    readonly seriesOf: (
      workspaceNumber: number,
      metric: string,
      labels: Labels,
      limit: number
    ) => Effect.Effect<ReadonlyArray<StoredSeries>, StoreUnavailable>

    readonly summary: (workspaceNumber: number, query: SummaryQuery) => Effect.Effect<StoredSummary, StoreUnavailable>

    readonly audit: (
      workspaceNumber: number,
      query: PageRequest & { readonly filters: Filters }
    ) => Effect.Effect<Page<AuditEntry>, StoreUnavailable>
    readonly database: Effect.Effect<DatabaseInfo, StoreUnavailable>
    /** The database answers. */
    readonly ping: Effect.Effect<void, StoreUnavailable>
  }
>()("lumina/store/Queries") {}

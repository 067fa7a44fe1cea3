import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { limits } from "../../limits.ts"
import { Conflict, NotFound } from "../../schema/Errors.ts"
import {
  AcknowledgeIncident,
  Incident,
  IncidentStatus,
  MergeIncidents,
  ReopenIncident,
  Resolution,
  ResolveIncident,
  SplitIncident,
  TimelineEntry
} from "../../schema/Incident.ts"
import { Severity } from "../../schema/Severity.ts"
import { AlertAnswer, alertFilters } from "./Alerts.ts"
import { needs } from "./Auth.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"
import { ViolationAnswer, violationFilters } from "./Violations.ts"

const IncidentAnswer = Schema.Struct({
  ...Incident.fields,
  startTime: Time.annotate({ description: "Earliest startTime of its alerts." }),
  endTime: Schema.NullOr(Time).annotate({ description: "Latest endTime of its alerts; null while not resolved." }),
  severityHistory: Schema.Array(Schema.Struct({ time: Time, severity: Severity })),
  resolution: Schema.NullOr(Schema.Struct({ ...Resolution.fields, at: Time })),
  links: Schema.Struct({
    self: Schema.String,
    timeline: Schema.String,
    alerts: Schema.String,
    violations: Schema.String,
    metrics: Schema.String,
    impact: Schema.String
  })
}).annotate({ identifier: "Incident" })

const IncidentMetric = Schema.Struct({
  metric: Schema.String,
  dimensionKey: Schema.String,
  labels: Schema.Record(Schema.String, Schema.String),
  alertCount: Schema.Int
}).annotate({ identifier: "IncidentMetric" })

const Named = (what: string) =>
  Schema.Struct({
    count: Schema.Int,
    names: Schema.Array(Schema.String).annotate({ description: `The first ${limits.impactNames} by name.` })
  }).annotate({ description: what })

const IncidentImpact = Schema.Struct({
  alertCount: Schema.Int,
  activeAlertCount: Schema.Int,
  violationCount: Schema.Int,
  seriesCount: Schema.Int,
  services: Named("Of `relatedService` of its alerts."),
  cis: Named("Of `relatedCi` of its alerts: machines, mostly.")
}).annotate({ identifier: "IncidentImpact" })

const params = { incidentKey: Schema.String.annotate({ description: "The incident's key: INC-000001." }) }

/** As many as a list has at most, at once: few incidents have more. */
const AllOf = <S extends Schema.Constraint>(item: S) =>
  Schema.Struct({ items: Schema.Array(item), nextCursor: Schema.Null })

const reads = [
  HttpApiEndpoint.get("list", "/api/incidents", {
    query: {
      ...listQuery("number", "startTime"),
      incidentKey: anyOf(Schema.String),
      status: anyOf(IncidentStatus),
      severity: anyOf(Severity),
      primaryServiceName: anyOf(Schema.String),
      primaryCiName: anyOf(Schema.String),
      primaryMetricId: anyOf(Schema.String)
    },
    success: PageOf(IncidentAnswer, "number")
  }).annotate(OpenApi.Summary, "List incidents"),
  HttpApiEndpoint.get("get", "/api/incidents/:incidentKey", {
    params,
    success: IncidentAnswer,
    error: NotFound
  }).annotate(OpenApi.Summary, "Get an incident"),
  HttpApiEndpoint.get("timeline", "/api/incidents/:incidentKey/timeline", {
    params,
    success: AllOf(Schema.Struct({ ...TimelineEntry.fields, time: Time }).annotate({ identifier: "TimelineEntry" })),
    error: NotFound
  }).annotateMerge(
    OpenApi.annotations({
      summary: "What happened to an incident",
      description:
        `By time, then sequence: the newest ${limits.listMost}. What operators did carries the hub's clock, all else ` +
        "event time."
    })
  ),
  HttpApiEndpoint.get("alerts", "/api/incidents/:incidentKey/alerts", {
    params,
    query: { ...listQuery("uuid", "startTime"), ...alertFilters },
    success: PageOf(AlertAnswer, "uuid"),
    error: NotFound
  }).annotate(OpenApi.Summary, "List an incident's alerts"),
  HttpApiEndpoint.get("violations", "/api/incidents/:incidentKey/violations", {
    params,
    query: { ...listQuery("violation", "timestamp"), ...violationFilters },
    success: PageOf(ViolationAnswer, "violation"),
    error: NotFound
  }).annotate(OpenApi.Summary, "List the violations that counted towards an incident's alerts"),
  HttpApiEndpoint.get("metrics", "/api/incidents/:incidentKey/metrics", {
    params,
    success: AllOf(IncidentMetric),
    error: NotFound
  }).annotateMerge(
    OpenApi.annotations({
      summary: "List the series that an incident's alerts are about",
      description: `By metric, then dimension key: the first ${limits.listMost}.`
    })
  ),
  HttpApiEndpoint.get("impact", "/api/incidents/:incidentKey/impact", {
    params,
    success: IncidentImpact,
    error: NotFound
  }).annotate(OpenApi.Summary, "Tell which services and machines an incident's alerts are about")
] as const

const error = [NotFound, Conflict] as const

const actions = [
  HttpApiEndpoint.post("acknowledge", "/api/incidents/:incidentKey/acknowledge", {
    params,
    payload: [AcknowledgeIncident, HttpApiSchema.NoContent],
    success: IncidentAnswer,
    error
  }).annotateMerge(OpenApi.annotations({ summary: "Acknowledge an incident", description: "And its open alerts." })),
  HttpApiEndpoint.post("resolve", "/api/incidents/:incidentKey/resolve", {
    params,
    payload: ResolveIncident.annotate({ examples: [{ note: "disk replaced", classification: "Resolved" }] }),
    success: IncidentAnswer,
    error
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Resolve an incident",
      description:
        "Alerts that are still active stay active; their number is recorded. It takes no more alerts. On an incident " +
        "that resolved by itself: sets its classification and note."
    })
  ),
  HttpApiEndpoint.post("reopen", "/api/incidents/:incidentKey/reopen", {
    params,
    payload: [ReopenIncident, HttpApiSchema.NoContent],
    success: IncidentAnswer,
    error
  }).annotate(OpenApi.Summary, "Reopen an incident"),
  HttpApiEndpoint.post("merge", "/api/incidents/:incidentKey/merge", {
    params,
    payload: MergeIncidents.annotate({ examples: [{ incidentKeys: ["INC-000002"], note: "same cause" }] }),
    success: IncidentAnswer,
    error
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Merge incidents into this one",
      description: "It keeps its key and takes all alerts of the others, which are in no list from then on."
    })
  ),
  HttpApiEndpoint.post("split", "/api/incidents/:incidentKey/split", {
    params,
    payload: SplitIncident,
    success: IncidentAnswer,
    error
  }).annotateMerge(
    OpenApi.annotations({
      summary: "Split alerts off an incident",
      description: "Answers the new incident that has them."
    })
  )
] as const

export class IncidentsApi extends HttpApiGroup.make("incidents")
  .add(...actions)
  .annotateEndpointsMerge(needs("operate"))
  .add(...reads)
  .annotateMerge(OpenApi.annotations({ title: "Incidents", description: "Alerts that are one problem." })) {}

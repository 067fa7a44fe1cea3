import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Alert, AlertKind, CloseReason, OperationalStatus } from "../../schema/Alert.ts"
import { Conflict, NotFound } from "../../schema/Errors.ts"
import { Note } from "../../schema/Incident.ts"
import { Severity } from "../../schema/Severity.ts"
import { needs } from "./Auth.ts"
import { anyOf, Flag, LabelsQuery, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"

const Latency = Schema.Struct({
  sample: Time,
  received: Time,
  evaluated: Time,
  opened: Time,
  queued: Schema.NullOr(Time),
  delivered: Schema.NullOr(Time)
}).annotate({ description: "When the point that opened it was sampled, and when it passed each stage." })

export const AlertAnswer = Schema.Struct({
  ...Alert.fields,
  startTime: Time.annotate({ description: "First violating point of the trigger." }),
  openTime: Time.annotate({ description: "The point that completed the trigger." }),
  endTime: Schema.NullOr(Time).annotate({ description: "The point that completed recovery; null while open." }),
  incidentId: Schema.NullOr(Schema.String).annotate({ description: "The incidentKey of its incident." }),
  correlation: Schema.NullOr(Schema.Array(Schema.String)).annotate({
    description: "Why it is in its incident and not in a neighbouring one, with the margins."
  }),
  acknowledgedBy: Schema.NullOr(Schema.String),
  acknowledgedAt: Schema.NullOr(Time),
  acknowledgedNote: Schema.NullOr(Schema.String),
  closedBy: Schema.NullOr(Schema.String),
  closedNote: Schema.NullOr(Schema.String),
  latency: Latency
}).annotate({ identifier: "Alert" })

/** Filters of every list of alerts. */
export const alertFilters = {
  kind: anyOf(AlertKind),
  name: anyOf(Schema.String),
  severity: anyOf(Severity),
  operationalStatus: anyOf(OperationalStatus),
  closeReason: anyOf(CloseReason),
  ruleId: anyOf(Schema.String),
  metric: anyOf(Schema.String),
  dimensionKey: anyOf(Schema.String),
  relatedService: anyOf(Schema.String),
  relatedCi: anyOf(Schema.String),
  stale: Schema.optionalKey(Flag),
  maintenanceSuppressed: Schema.optionalKey(Flag),
  postResolutionWatch: Schema.optionalKey(Flag),
  labels: Schema.optionalKey(LabelsQuery)
}

const id = { id: Schema.String.annotate({ description: "The alert's id." }) }

export class AlertsApi extends HttpApiGroup.make("alerts")
  .add(
    HttpApiEndpoint.get("list", "/api/alerts", {
      query: { ...listQuery("uuid", "startTime"), ...alertFilters, incidentId: anyOf(Schema.String) },
      success: PageOf(AlertAnswer, "uuid")
    }).annotate(OpenApi.Summary, "List alerts"),
    HttpApiEndpoint.get("get", "/api/alerts/:id", { params: id, success: AlertAnswer, error: NotFound }).annotate(
      OpenApi.Summary,
      "Get an alert"
    ),
    HttpApiEndpoint.post("acknowledge", "/api/alerts/:id/acknowledge", {
      params: id,
      payload: [Schema.Struct({ note: Schema.optionalKey(Schema.NullOr(Note)) }), HttpApiSchema.NoContent],
      success: AlertAnswer,
      error: [NotFound, Conflict]
    })
      .annotateMerge(needs("operate"))
      .annotateMerge(
        OpenApi.annotations({
          summary: "Acknowledge an alert",
          description: "Somebody has seen it. Recovery closes it all the same. 409 once it is closed."
        })
      ),
    HttpApiEndpoint.post("close", "/api/alerts/:id/close", {
      params: id,
      payload: Schema.Struct({ note: Note }).annotate({ examples: [{ note: "disk replaced" }] }),
      success: AlertAnswer,
      error: [NotFound, Conflict]
    })
      .annotateMerge(needs("operate"))
      .annotateMerge(
        OpenApi.annotations({
          summary: "Close an alert",
          description: "By hand, with a note. As many new violations as the trigger asks for open another."
        })
      )
  )
  .annotateMerge(OpenApi.annotations({ title: "Alerts", description: "Conditions that somebody should act on." })) {}

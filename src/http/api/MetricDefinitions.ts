import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { Conflict, NotFound, StaleVersion } from "../../schema/Errors.ts"
import { Dimensionality, Entity, MetricDefinition, MetricState } from "../../schema/MetricDefinition.ts"
import { anyOf, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"
import { ifMatch, versioned } from "./Version.ts"

const DataStatus = Schema.Literals(["Receiving", "NotReceiving"])

const MetricDefinitionAnswer = Schema.Struct({
  id: Schema.String,
  version: Schema.Int,
  createdAt: Time,
  updatedAt: Time,
  ...MetricDefinition.fields,
  dataStatus: DataStatus.annotate({ description: "`Receiving`: points arrived within the last 5 minutes." }),
  receivedAt: Schema.NullOr(Time).annotate({ description: "Newest arrival of points; null: none yet." })
}).annotate({ identifier: "MetricDefinition" })

const { displayName, dimensionality, ...given } = MetricDefinition.fields

const MetricDefinitionBody = Schema.Struct({
  ...given,
  displayName: Schema.optionalKey(displayName),
  dimensionality: Schema.optionalKey(dimensionality)
}).annotate({
  identifier: "MetricDefinitionBody",
  description: "`displayName` defaults to the key, `dimensionality` to Multi where there are dimension labels.",
  examples: [
    {
      key: "container.cpu.usage_percent",
      displayName: "Container CPU",
      unit: "percent",
      source: "agent",
      entity: "Container",
      ownership: "platform",
      dimensionality: "Multi",
      dimensionLabels: ["pod"],
      state: "Active"
    }
  ]
})

const id = { id: Schema.String.annotate({ description: "The definition's id." }) }

export class MetricDefinitionsApi extends HttpApiGroup.make("metric-definitions")
  .add(
    HttpApiEndpoint.get("list", "/api/metric-definitions", {
      query: {
        ...listQuery("uuid", "createdAt"),
        key: anyOf(Schema.String),
        displayName: anyOf(Schema.String),
        unit: anyOf(Schema.String),
        source: anyOf(Schema.String),
        entity: anyOf(Entity),
        ownership: anyOf(Schema.String),
        dimensionality: anyOf(Dimensionality),
        state: anyOf(MetricState),
        dataStatus: Schema.optionalKey(DataStatus)
      },
      success: PageOf(MetricDefinitionAnswer, "uuid")
    }).annotate(OpenApi.Summary, "List metric definitions"),
    HttpApiEndpoint.post("create", "/api/metric-definitions", {
      payload: MetricDefinitionBody,
      success: versioned(MetricDefinitionAnswer.pipe(HttpApiSchema.status(201))),
      error: Conflict
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Define a metric",
        description: "Also one that the hub has discovered as Draft and nobody has described yet."
      })
    ),
    HttpApiEndpoint.get("get", "/api/metric-definitions/:id", {
      params: id,
      success: versioned(MetricDefinitionAnswer),
      error: NotFound
    }).annotate(OpenApi.Summary, "Get a metric definition"),
    HttpApiEndpoint.put("replace", "/api/metric-definitions/:id", {
      params: id,
      headers: ifMatch,
      payload: MetricDefinitionBody,
      success: versioned(MetricDefinitionAnswer),
      error: [NotFound, StaleVersion]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Replace a metric definition",
        description: "State Draft or Inactive: points are kept and not evaluated."
      })
    ),
    HttpApiEndpoint.delete("remove", "/api/metric-definitions/:id", {
      params: id,
      headers: ifMatch,
      success: HttpApiSchema.NoContent,
      error: [NotFound, StaleVersion, Conflict]
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Delete a metric definition",
        description: "409 while rules are attached. If points still arrive the metric is discovered again as Draft."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Metric definitions", description: "The meaning of metric keys." })) {}

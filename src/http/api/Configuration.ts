import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Conflict } from "../../schema/Errors.ts"
import { MetricDefinition } from "../../schema/MetricDefinition.ts"
import { Policy } from "../../schema/Policy.ts"
import { Rule } from "../../schema/Rule.ts"

/** Everything of a workspace that people configure, as one file. */
const Configuration = Schema.Struct({
  metricDefinitions: Schema.Array(MetricDefinition),
  rules: Schema.Array(Rule),
  policy: Policy
}).annotate({ identifier: "Configuration" })

const Applied = Schema.Struct({
  created: Schema.Int,
  updated: Schema.Int,
  unchanged: Schema.Int,
  items: Schema.Array(
    Schema.Struct({
      kind: Schema.Literals(["metric-definition", "rule", "policy"]),
      key: Schema.String,
      status: Schema.Literals(["created", "updated", "unchanged"])
    })
  )
}).annotate({ identifier: "Applied" })

export class ConfigurationApi extends HttpApiGroup.make("configuration")
  .add(
    HttpApiEndpoint.get("exportConfig", "/api/export-config", { success: Configuration }).annotateMerge(
      OpenApi.annotations({
        summary: "Export the configuration",
        description:
          "In order of keys, so that two exports of the same configuration are the same text. Metrics that the hub " +
          "has discovered and nobody has described are left out."
      })
    ),
    HttpApiEndpoint.post("apply", "/api/apply", {
      payload: Schema.Struct({
        metricDefinitions: Schema.optionalKey(Configuration.fields.metricDefinitions),
        rules: Schema.optionalKey(Configuration.fields.rules),
        policy: Schema.optionalKey(Policy)
      }),
      success: Applied,
      error: Conflict
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Apply a configuration",
        description:
          "Creates and replaces documents by key, all or none, and answers when they are in force. Nothing is " +
          "deleted; the same configuration again changes nothing."
      })
    )
  )
  .annotateMerge(
    OpenApi.annotations({ title: "Configuration", description: "Rules, metric definitions and policy as one file." })
  ) {}

import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { Severity } from "../../schema/Severity.ts"
import { Direction, Violation } from "../../schema/Violation.ts"
import { anyOf, LabelsQuery, listQuery, PageOf } from "./List.ts"
import { Time } from "./Time.ts"

export const ViolationAnswer = Schema.Struct({
  ...Violation.fields,
  timestamp: Time,
  alertId: Schema.NullOr(Schema.String).annotate({
    description: "The most severe alert that it counted towards; null where it led to none."
  })
}).annotate({ identifier: "Violation" })

/** Filters of every list of violations. */
export const violationFilters = {
  ruleId: anyOf(Schema.String),
  ruleRevision: anyOf(Schema.Int),
  metric: anyOf(Schema.String),
  dimensionKey: anyOf(Schema.String),
  severity: anyOf(Severity),
  direction: anyOf(Direction),
  labels: Schema.optionalKey(LabelsQuery)
}

export class ViolationsApi extends HttpApiGroup.make("violations")
  .add(
    HttpApiEndpoint.get("list", "/api/violations", {
      query: {
        ...listQuery("violation", "timestamp"),
        ...violationFilters,
        alertId: Schema.optionalKey(Schema.String.annotate({ description: "What counted towards this alert." }))
      },
      success: PageOf(ViolationAnswer, "violation")
    }).annotate(OpenApi.Summary, "List violations")
  )
  .annotateMerge(
    OpenApi.annotations({ title: "Violations", description: "Points outside their bands, kept for 30 days." })
  ) {}

import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ExportLine } from "../../schema/Export.ts"
import { isName } from "../../schema/Point.ts"
import { LabelsQuery } from "./List.ts"
import { QueryTime } from "./Time.ts"

const Metric = Schema.String.check(
  Schema.makeFilter((text: string) => isName(text) || "must be 1–255 printable characters")
)

export class ExportApi extends HttpApiGroup.make("export")
  .add(
    HttpApiEndpoint.get("points", "/api/export", {
      query: {
        metric: Schema.optionalKey(Metric.annotate({ description: "The metric key; absent: all metrics." })),
        labels: Schema.optionalKey(LabelsQuery),
        from: Schema.optionalKey(QueryTime.annotate({ description: "Only what is of this time or later." })),
        to: Schema.optionalKey(QueryTime.annotate({ description: "Only what is of before this time." }))
      },
      success: HttpApiSchema.StreamNdjson({ schema: ExportLine })
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Export points",
        description:
          "Every point of the workspace, or of a metric's series that have at least these labels, as lines of JSON: " +
          "raw points where these are kept, else one-minute or five-minute rollups. The last line is an `end`; an " +
          "answer without one is not whole. `lumina export` makes Parquet and CSV of it. 503 while others run."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Export", description: "All points, for other programs." })) {}

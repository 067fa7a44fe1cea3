import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { HistoryStep, historyAnswer } from "../schema/History.ts"
import { anyOf, LabelsQuery, listQuery, PageOf } from "./ApiList.ts"
import { QueryTime, Time } from "./ApiTime.ts"

const SeriesAnswer = Schema.Struct({
  metric: Schema.String,
  dimensionKey: Schema.String.annotate({ description: "Canonical text of the labels." }),
  labels: Schema.Record(Schema.String, Schema.String),
  firstSeenAt: Time
}).annotate({ identifier: "Series" })

export class SeriesApi extends HttpApiGroup.make("series")
  .add(
    HttpApiEndpoint.get("list", "/api/series", {
      query: {
        ...listQuery("place", "firstSeenAt"),
        metric: anyOf(Schema.String),
        dimensionKey: anyOf(Schema.String),
        labels: Schema.optionalKey(LabelsQuery)
      },
      success: PageOf(SeriesAnswer, "place")
    }).annotate(OpenApi.Summary, "List series"),
    HttpApiEndpoint.get("history", "/api/history", {
      query: {
        metric: Schema.optionalKey(Schema.String.annotate({ description: "The metric key; required." })),
        labels: Schema.optionalKey(LabelsQuery),
        from: Schema.optionalKey(QueryTime),
        to: Schema.optionalKey(QueryTime),
        step: Schema.optionalKey(HistoryStep)
      },
      success: historyAnswer(Time).annotate({ identifier: "History" })
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Points of series over time",
        description:
          "Every series of the metric that has at least these labels (422 for more than 1,000), as " +
          "`[timeMillis, min, avg, max]` per bucket; a bucket belongs to the answer when its start is in [from, to), " +
          "empty ones are absent. Each span says which resolution it is made of. Absent `to` is now, absent `from` " +
          "an hour before."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Series and history", description: "What was measured." })) {}

import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { HistoryStep, historyAnswer } from "../../schema/History.ts"
import { isName } from "../../schema/Point.ts"
import { anyOf, LabelsQuery, listQuery, PageOf } from "./List.ts"
import { QueryTime, Time } from "./Time.ts"

const SeriesAnswer = Schema.Struct({
  metric: Schema.String,
  dimensionKey: Schema.String.annotate({ description: "Canonical text of the labels." }),
  labels: Schema.Record(Schema.String, Schema.String),
  firstSeenAt: Time
}).annotate({ identifier: "Series" })

const Prefix = Schema.String.check(
  Schema.makeFilter((text: string) => isName(text) || "must be 1–255 printable characters")
).annotate({ description: "Only of metrics whose key begins with it.", examples: ["host.cpu."] })

export class SeriesApi extends HttpApiGroup.make("series")
  .add(
    HttpApiEndpoint.get("list", "/api/series", {
      query: {
        ...listQuery("place", "firstSeenAt"),
        metric: anyOf(Schema.String),
        prefix: Schema.optionalKey(Prefix),
        dimensionKey: anyOf(Schema.String),
        labels: Schema.optionalKey(LabelsQuery)
      },
      success: PageOf(SeriesAnswer, "place")
    }).annotateMerge(
      OpenApi.annotations({
        summary: "List series",
        description: "By metric, by the beginning of its key, by labels, and by when they were first seen."
      })
    ),
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

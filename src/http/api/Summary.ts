import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { limits } from "../../limits.ts"
import { QueryTime, Time } from "./Time.ts"

const Counts = Schema.Struct({ open: Schema.Int, acknowledged: Schema.Int })

const BySeverity = Schema.Struct({ Critical: Counts, Warning: Counts })

const intervals = Schema.Int.check(
  Schema.isBetween(
    { minimum: 1, maximum: limits.summaryIntervals },
    { message: `must be from 1 to ${limits.summaryIntervals}` }
  )
)

const Summary = Schema.Struct({
  time: Time.annotate({ description: "The hub clock." }),
  open: Schema.Struct({ alerts: BySeverity, incidents: BySeverity }).annotate({
    description: "What is open now, whatever the range."
  }),
  activity: Schema.Struct({
    from: Time,
    to: Time,
    intervalSeconds: Schema.Finite,
    alerts: Schema.Int.annotate({ description: "That began in [from, to)." }),
    intervals: Schema.Array(Schema.Struct({ from: Time, Critical: Schema.Int, Warning: Schema.Int })).annotate({
      description: "By when they began, aligned to the epoch; intervals without any are absent."
    }),
    rules: Schema.Array(Schema.Struct({ ruleId: Schema.String, name: Schema.String, alerts: Schema.Int })).annotate({
      description: "Those with the most alerts that began in [from, to), most first."
    })
  })
}).annotate({ identifier: "Summary" })

export class SummaryApi extends HttpApiGroup.make("summary")
  .add(
    HttpApiEndpoint.get("get", "/api/summary", {
      query: {
        from: Schema.optionalKey(QueryTime.annotate({ description: "An hour before `to`, where absent." })),
        to: Schema.optionalKey(QueryTime.annotate({ description: "Now, where absent." })),
        intervals: Schema.optionalKey(
          intervals.annotate({ description: "How many intervals [from, to) has, about; 60 where absent." })
        )
      },
      success: Summary
    }).annotateMerge(
      OpenApi.annotations({
        summary: "What is open, and what went on",
        description: "Counts, where the lists would be long: what is open now, and alerts that began in a range."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Summary", description: "How things stand, in numbers." })) {}

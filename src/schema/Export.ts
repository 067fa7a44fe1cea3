/**
 * The lines of an export (`GET /api/export`): a `start`; then what there is, each series in time order, behind a line
 * that names it; and an `end`, without which the export is not whole.
 */
import { Schema } from "effect"

const Time = Schema.Int.annotate({ description: "Epoch milliseconds." })
/** A sum may be beyond what a double holds. */
const Sum = Schema.NullOr(Schema.Finite)

export const ExportLine = Schema.Union([
  Schema.Struct({
    type: Schema.Literal("start"),
    labelNames: Schema.Array(Schema.String).annotate({ description: "Of all series that follow, sorted." })
  }),
  Schema.Struct({
    type: Schema.Literal("series"),
    metric: Schema.String,
    labels: Schema.Record(Schema.String, Schema.String)
  }).annotate({ description: "What follows is of this series; it may be named again." }),
  Schema.Struct({
    type: Schema.Literal("points"),
    points: Schema.Array(Schema.Tuple([Time, Schema.Finite])).annotate({ description: "Raw: time and value." })
  }),
  Schema.Struct({
    type: Schema.Literal("rollups"),
    resolution: Schema.Literals(["1m", "5m"]),
    rows: Schema.Array(Schema.Tuple([Time, Schema.Finite, Schema.Finite, Sum, Schema.Int, Schema.Finite])).annotate({
      description: "Start of the bucket, min, max, sum, count, last; where raw points are not kept."
    })
  }),
  Schema.Struct({
    type: Schema.Literal("missing"),
    from: Schema.NullOr(Time).annotate({ description: "Null: nobody knows from when on." }),
    to: Schema.NullOr(Time),
    reason: Schema.String.annotate({ description: "Why points of the series may be missing there." })
  }),
  Schema.Struct({
    type: Schema.Literal("end"),
    points: Schema.Int,
    rollups: Schema.Int,
    missing: Schema.Int
  })
]).annotate({ identifier: "ExportLine" })
export type ExportLine = typeof ExportLine.Type

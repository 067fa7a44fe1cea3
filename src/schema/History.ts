import { Result, Schema, SchemaTransformation } from "effect"
import { Duration, durationMillis } from "./Duration.ts"
import type { Labels } from "./Identity.ts"
import { checkLabels, checkMetric } from "./Point.ts"
import type { Refusal } from "./Refusals.ts"

/** What a span of an answer was made of: the points themselves, or one of the two rollups. */
export const Resolution = Schema.Literals(["raw", "1m", "5m"])
export type Resolution = typeof Resolution.Type

const Point = Schema.Tuple([Schema.Int, Schema.Finite, Schema.Finite, Schema.Finite]).annotate({
  description: "Start of the bucket in epoch milliseconds, min, avg, max."
})

/** The answer of `/api/history` (H5). `time` is how the ends of a span are written. */
export const historyAnswer = <Time extends Schema.Constraint>(time: Time) => {
  const Span = Schema.Struct({
    from: time,
    to: time,
    resolution: Resolution,
    missing: Schema.optionalKey(
      Schema.String.annotate({ description: "Why the span has no data, where that is not for want of points." })
    )
  })
  const Series = Schema.Struct({
    metric: Schema.String,
    labels: Schema.Record(Schema.String, Schema.String),
    spans: Schema.Array(Span),
    points: Schema.Array(Point)
  })
  return Schema.Struct({ series: Schema.Array(Series) })
}

/** Times in epoch milliseconds. */
export const HistoryAnswer = historyAnswer(Schema.Int)
export type HistoryAnswer = typeof HistoryAnswer.Type
export type HistorySeries = HistoryAnswer["series"][number]
export type HistorySpan = HistorySeries["spans"][number]
export type HistoryPoint = HistorySeries["points"][number]

const parseStep = (text: string): number => (/^[0-9]{1,15}$/.test(text) ? Number(text) : durationMillis(text))

/**
 * Width of a bucket, decoded to milliseconds: a duration, or milliseconds as they are. Any width is allowed; over
 * rollups it is rounded up to a multiple of theirs.
 */
export const HistoryStep = Schema.String.check(
  Schema.makeFilter((text: string) => {
    const isStep = /^[0-9]{1,15}$/.test(text) || Schema.is(Duration)(text)
    return (isStep && parseStep(text) > 0) || "must be a duration like 30s or 5m, or milliseconds, above 0"
  })
)
  .annotate({
    description: "Width of a bucket; where absent, the finest that suits.",
    examples: ["30s", "5m", "60000"]
  })
  .pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: parseStep, encode: String })))

/** What a caller asks for, its parameters decoded. */
export interface HistoryQuery {
  readonly metric?: string | undefined
  readonly labels?: Labels | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly step?: number | undefined
}

/** A sound question: every series of the metric that has at least these labels, from <= start of a bucket < to. */
export interface HistoryRequest {
  readonly metric: string
  readonly labels: Labels
  readonly fromMillis: number
  readonly toMillis: number
  /** null: the finest that gives few enough points. */
  readonly stepMillis: number | null
}

const HOUR = 3_600_000

/** What is answered where `from` is absent: so much before `to`, which is now where that is absent too. */
const DEFAULT_RANGE_MILLIS = HOUR

/** A hundred years: from 1970 to now is a fair question, and there is a step for it. */
const MAX_RANGE_MILLIS = 100 * 366 * 24 * HOUR

/** Why a question is not answered: it cannot be read as one (400), or asks for what makes no sense (422). */
export interface RefusedQuery {
  readonly isReadable: boolean
  readonly refusals: ReadonlyArray<Refusal>
}

/** Fills in defaults and refuses what makes no sense, every field of it at once. */
export const validateHistoryQuery = (
  query: HistoryQuery,
  nowMillis: number
): Result.Result<HistoryRequest, RefusedQuery> => {
  const toMillis = query.to ?? nowMillis
  const fromMillis = query.from ?? toMillis - DEFAULT_RANGE_MILLIS
  const { labels = {}, metric, step = null } = query
  const refusals: Array<Refusal> = []
  if (metric === undefined) refusals.push({ field: "metric", reason: "is required" })
  else if (checkMetric(metric) !== undefined) {
    refusals.push({ field: "metric", reason: "must be 1–255 printable characters" })
  }
  const labelProblem = checkLabels(labels)
  if (labelProblem !== undefined) refusals.push({ field: "labels", reason: labelProblem.message })
  const isReadable = refusals.length === 0
  if (fromMillis >= toMillis) {
    refusals.push({ field: "from", reason: "must be before `to`, which is now where it is absent" })
  } else if (toMillis - fromMillis > MAX_RANGE_MILLIS) {
    refusals.push({ field: "from", reason: "must be at most 100 years before `to`" })
  }
  if (step !== null && step > MAX_RANGE_MILLIS) refusals.push({ field: "step", reason: "must be at most 100 years" })
  if (metric === undefined || refusals.length > 0) return Result.fail({ isReadable, refusals })
  return Result.succeed({ metric, labels, fromMillis, toMillis, stepMillis: step })
}

/** Why an answer of so many points is not given. */
export const checkAnswerSize = (points: number, maxPoints: number): Refusal | undefined =>
  points <= maxPoints
    ? undefined
    : { field: "step", reason: `gives ${points} points, more than ${maxPoints}: take a longer step, or fewer series` }

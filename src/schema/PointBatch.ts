import { limits } from "../limits.ts"
import type { RequestCode } from "./Codes.ts"
import type { Labels } from "./Identity.ts"
import {
  checkHost,
  checkLabels,
  checkMetric,
  checkTimestamp,
  checkValue,
  type Problem,
  type Rejection,
  withHost
} from "./Point.ts"
import { parseRfc3339 } from "./Timestamp.ts"

/**
 * The valid points of a request as columns, and why the others are not among them. Row i is point `indexes[i]` of the
 * request; timestamps in epoch milliseconds. A batch may be empty: the caller answers 400 then (I1).
 */
export interface PointBatch {
  readonly _tag: "PointBatch"
  readonly indexes: Uint32Array
  readonly metrics: ReadonlyArray<string>
  readonly labels: ReadonlyArray<Labels>
  readonly timestamps: Float64Array
  readonly values: Float64Array
  readonly rejected: ReadonlyArray<Rejection>
}

/** A body that is no batch at all. */
export interface NoPointBatch {
  readonly _tag: "NoPointBatch"
  readonly code: Extract<RequestCode, "points_invalid" | "too_many_points">
  readonly message: string
}

/**
 * The body of `POST /v1/metrics`, already parsed as JSON: one point or `{"points":[…]}`. A point without a timestamp
 * gets `nowMillis`, its arrival. With `host`, the host of the token, X2 holds. Unknown fields are ignored, and of a
 * point with several problems the first is named.
 */
export const parsePoints = (body: unknown, nowMillis: number, host?: string): PointBatch | NoPointBatch => {
  const points = pointsOf(body)
  if (points === undefined) return noPoints
  if (points.length > limits.pointsPerRequest) return tooManyPoints

  const indexes = new Uint32Array(points.length)
  const metrics: Array<string> = []
  const labels: Array<Labels> = []
  const timestamps = new Float64Array(points.length)
  const values = new Float64Array(points.length)
  const rejected: Array<Rejection> = []
  for (let index = 0; index < points.length; index++) {
    const point = points[index]
    const timestamp = timestampOf(point, nowMillis)
    const problem = problemOfPoint(point, timestamp, nowMillis, host)
    if (problem !== undefined) {
      rejected.push({ index, code: problem.code, message: problem.message })
      continue
    }
    const valid = point as ValidPoint
    const row = metrics.length
    indexes[row] = index
    metrics.push(valid.metric)
    labels.push(host === undefined ? (valid.labels ?? noLabels) : withHost(valid.labels ?? noLabels, host))
    timestamps[row] = timestamp
    values[row] = valid.value
  }
  const count = metrics.length
  return {
    _tag: "PointBatch",
    indexes: indexes.subarray(0, count),
    metrics,
    labels,
    timestamps: timestamps.subarray(0, count),
    values: values.subarray(0, count),
    rejected
  }
}

interface ValidPoint {
  readonly metric: string
  readonly labels?: Labels
  readonly value: number
}

const noLabels: Labels = {}

const pointsOf = (body: unknown): ReadonlyArray<unknown> | undefined => {
  if (!isObject(body)) return undefined
  if (!Object.hasOwn(body, "points")) return [body]
  return Array.isArray(body.points) ? body.points : undefined
}

/** Epoch milliseconds, in range or not; `NaN` for what is no time at all. */
const timestampOf = (point: unknown, nowMillis: number): number => {
  const timestamp = isObject(point) ? point.timestamp : Number.NaN
  if (typeof timestamp === "number") return timestamp
  if (timestamp === undefined) return nowMillis
  return typeof timestamp === "string" ? parseRfc3339(timestamp) : Number.NaN
}

const problemOfPoint = (
  point: unknown,
  timestamp: number,
  nowMillis: number,
  host: string | undefined
): Problem | undefined => {
  if (!isObject(point)) return pointInvalid
  const { metric, labels, value } = point
  return (
    checkMetric(metric) ??
    (labels === undefined ? undefined : checkLabels(labels)) ??
    (host === undefined || labels === undefined ? undefined : checkHost(labels as Labels, host)) ??
    checkValue(value) ??
    (Number.isNaN(timestamp) ? timestampInvalid : checkTimestamp(timestamp, nowMillis))
  )
}

/** JSON objects have own properties only, `__proto__` among them, so reading a field never finds an inherited one. */
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const pointInvalid: Problem = { code: "point_invalid", message: "a point must be a JSON object" }
const timestampInvalid: Problem = {
  code: "timestamp_invalid",
  message: "timestamp must be epoch milliseconds or an RFC 3339 time with an offset"
}
const noPoints: NoPointBatch = {
  _tag: "NoPointBatch",
  code: "points_invalid",
  message: 'the body must be one point or {"points":[…]}'
}
const tooManyPoints: NoPointBatch = {
  _tag: "NoPointBatch",
  code: "too_many_points",
  message: `a request has at most ${limits.pointsPerRequest} points; send more requests`
}

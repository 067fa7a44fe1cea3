/**
 * What a point must be, the same for every way in (REST, stream, other programs' formats). Plain functions on the hot
 * path: a problem is a value, nothing throws, and a valid ASCII point allocates nothing.
 */
import { limits } from "../limits.ts"
import type { PointCode } from "./Codes.ts"
import type { Labels } from "./Identity.ts"

/** Why a point or a series is not taken. `message` is for people. */
export interface Problem {
  readonly code: PointCode
  readonly message: string
}

/** Point `index` of a batch or frame was not kept, for good. `code` is one of `pointCodes`. */
export interface Rejection {
  readonly index: number
  readonly code: string
  readonly message: string
}

/** I8: a promise to senders, not a limit of this hub. */
export const pointBounds = { nameCharacters: 255, labelValueBytes: 1024, labels: 32 } as const

/**
 * 1–255 code points of printable text, not all of them blank: the rule of metric keys, label names and senders. Blanks
 * in front and behind count like any other character.
 */
export const isName = (text: string): boolean => {
  if (text.length > 2 * pointBounds.nameCharacters) return false
  let blanks = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x20 || unit > 0x7e) return isUnicodeName(text)
    if (unit === 0x20) blanks++
  }
  return text.length <= pointBounds.nameCharacters && blanks < text.length
}

export const checkMetric = (metric: unknown): Problem | undefined => {
  if (typeof metric === "string" && isName(metric)) return undefined
  return metric === undefined || metric === null || metric === "" ? missingMetric : metricInvalid
}

/** Count, names and values of a label set; `labels` may be anything JSON can hold. */
export const checkLabels = (labels: unknown): Problem | undefined => {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) return labelsInvalid
  const names = Object.keys(labels)
  if (names.length > pointBounds.labels) return tooManyLabels
  for (const name of names) {
    const problem = isName(name)
      ? checkLabelValue(name, (labels as Readonly<Record<string, unknown>>)[name])
      : labelInvalid(name, "a name is 1–255 printable characters, not all of them blank")
    if (problem !== undefined) return problem
  }
  return undefined
}

/** Labels from names and values, unchecked but for a name that occurs twice. `__proto__` is a name like any other. */
export const labelsOf = (entries: ReadonlyArray<readonly [name: string, value: string]>): Labels | undefined => {
  const labels: Labels = Object.fromEntries(entries)
  return Object.keys(labels).length === entries.length ? labels : undefined
}

export const checkValue = (value: unknown): Problem | undefined =>
  typeof value !== "number" ? valueInvalid : Number.isFinite(value) ? undefined : valueNotFinite

/** Range of a timestamp in epoch milliseconds, at the hub's time `nowMillis`. */
export const checkTimestamp = (timestampMillis: number, nowMillis: number): Problem | undefined => {
  if (timestampMillis > nowMillis + limits.futureMillis) return timestampFuture
  if (timestampMillis >= limits.oldestTimestamp && Number.isInteger(timestampMillis)) return undefined
  return timestampRange
}

/** A host's token pushes this host's points only (X2). Follow with `withHost`. */
export const checkHost = (labels: Labels, host: string): Problem | undefined => {
  if (Object.hasOwn(labels, "host")) return labels.host === host ? undefined : wrongHost
  return Object.keys(labels).length < pointBounds.labels ? undefined : tooManyLabels
}

/** The labels with `host` set where it is absent. */
export const withHost = (labels: Labels, host: string): Labels =>
  Object.hasOwn(labels, "host") ? labels : { ...labels, host }

const isUnicodeName = (text: string): boolean =>
  !unprintable.test(text) && visible.test(text) && codePoints(text) <= pointBounds.nameCharacters

/**
 * Controls, line and paragraph separators, and the invisible marks that turn the reading direction, so that a name
 * always looks like what it is; and surrogates without their other half, which are not UTF-8.
 */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/u

/** Neither a space of any width nor a character that only changes its neighbours. */
const visible = /[^\p{Zs}\p{Default_Ignorable_Code_Point}]/u

const problem = (code: PointCode, message: string): Problem => ({ code, message })

const missingMetric = problem("missing_metric", "metric is required")
const metricInvalid = problem("metric_invalid", "metric must be 1–255 printable characters, not all of them blank")
const tooManyLabels = problem("too_many_labels", "a point has at most 32 labels")
const wrongHost = problem("wrong_host", "this token pushes the points of one host only")
const labelsInvalid = problem("label_invalid", "labels must be an object of strings")
const valueInvalid = problem("value_invalid", "value must be a number")
const valueNotFinite = problem("value_not_finite", "value must be finite")
const timestampFuture = problem("timestamp_future", "timestamp is more than 5 minutes ahead of the hub")
const timestampRange = problem(
  "timestamp_range",
  "timestamp must be whole milliseconds since 1970, from 2000-01-01T00:00:00Z on"
)

/** Names the label, shortened and with escapes, since it is somebody else's text. */
const labelInvalid = (name: string, reason: string): Problem =>
  problem("label_invalid", `label ${JSON.stringify(name.slice(0, 64))}: ${reason}`)

const checkLabelValue = (name: string, value: unknown): Problem | undefined => {
  if (typeof value !== "string") return labelInvalid(name, "the value must be a string")
  if (value.length > pointBounds.labelValueBytes) return labelValueTooLong(name)
  for (let i = 0; i < value.length; i++) {
    const unit = value.charCodeAt(i)
    if (unit === 0 || unit > 0x7e) return checkUnicodeLabelValue(name, value)
  }
  return undefined
}

const checkUnicodeLabelValue = (name: string, value: string): Problem | undefined => {
  if (value.includes("\0")) return labelInvalid(name, "the value holds NUL")
  if (!value.isWellFormed()) return labelInvalid(name, "the value is not UTF-8")
  return utf8Bytes(value) > pointBounds.labelValueBytes ? labelValueTooLong(name) : undefined
}

const labelValueTooLong = (name: string): Problem =>
  problem("label_value_too_long", `label ${JSON.stringify(name.slice(0, 64))}: the value is longer than 1,024 bytes`)

const codePoints = (text: string): number => {
  let count = 0
  for (const _ of text) count += 1
  return count
}

/** Length in UTF-8 of well-formed text: each half of a surrogate pair stands for two of its four bytes. */
const utf8Bytes = (text: string): number => {
  let bytes = 0
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 2 : 3
  }
  return bytes
}

/** Times at the edge: RFC 3339 in answers, RFC 3339 or epoch milliseconds in questions; inside, epoch milliseconds. */
import { Schema, SchemaTransformation } from "effect"
import { parseRfc3339 } from "../../schema/Timestamp.ts"

const EXAMPLE = "2026-01-31T12:00:00.000Z"

const iso = (millis: number): string => new Date(millis).toISOString()

export const Time = Schema.String.annotate({ format: "date-time", examples: [EXAMPLE] }).pipe(
  Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: parseRfc3339, encode: iso }))
)

// Years 1 to 9999: what RFC 3339 can write.
const EARLIEST_MILLIS = -62_135_596_800_000
const LATEST_MILLIS = 253_402_300_799_999

const parseQueryTime = (text: string): number => (/^-?\d{1,15}$/.test(text) ? Number(text) : parseRfc3339(text))

const isTime = (text: string): boolean => {
  const millis = parseQueryTime(text)
  return millis >= EARLIEST_MILLIS && millis <= LATEST_MILLIS
}

export const QueryTime = Schema.String.check(
  Schema.makeFilter((text: string) => isTime(text) || "must be a time as RFC 3339 or in epoch milliseconds")
)
  .annotate({ description: "RFC 3339 or epoch milliseconds.", examples: [EXAMPLE, "1769860800000"] })
  .pipe(Schema.decodeTo(Schema.Int, SchemaTransformation.transform({ decode: parseQueryTime, encode: iso })))

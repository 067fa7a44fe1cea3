import { limits } from "../../limits.ts"
import { parseRfc3339 } from "../../schema/Timestamp.ts"
import type { LocalCode } from "./Item.ts"

export interface TimestampOptions {
  /** What a plain number counts. */
  readonly unit: "ms" | "s"
  /** Whether a time without an offset is UTC; otherwise it is refused, because nobody can know. */
  readonly assumeUtc: boolean
}

export interface TimestampProblem {
  readonly code: Extract<LocalCode, "timestamp_invalid" | "timestamp_range">
  readonly message: string
}

/**
 * Epoch milliseconds of a timestamp as files have them: a number in the unit that was said, or RFC 3339, also with a
 * space for the `T`, an offset without a colon, and what Go's `Time.String` puts behind it
 * (`2022-08-22 03:51:19.607158889 +0000 UTC m=+0.11`). What is finer than a millisecond is cut off.
 */
export const parseTimestamp = (text: string, options: TimestampOptions): number | TimestampProblem => {
  const trimmed = text.trim()
  const number = plainNumber.exec(trimmed)
  if (number !== null) return parseNumber(trimmed, number, options)
  const time = likeRfc3339.exec(trimmed)
  if (time === null) return invalid(text)
  const [, date, clock, utc, hours, minutes] = time
  if (utc === undefined && hours === undefined && !options.assumeUtc) return noOffset(text)
  const millis = parseRfc3339(`${date}T${clock}${hours === undefined ? "Z" : `${hours}:${minutes}`}`)
  return Number.isNaN(millis) ? invalid(text) : millis
}

const plainNumber = /^(-?\d{1,16})(?:\.(\d*))?$/

/** Date, time, and either UTC or an offset, which the name of a zone and Go's monotonic clock may follow. */
const likeRfc3339 = new RegExp(
  [
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)/,
    /(?: ?(?:(Z|UTC)|([+-]\d\d):?(\d\d)(?: [A-Z+-][A-Z\d]{1,5})?(?: m=[+-][\d.]+)?))?$/
  ]
    .map(({ source }) => source)
    .join(""),
  "i"
)

const parseNumber = (text: string, [, whole = "", fraction = ""]: RegExpExecArray, { unit }: TimestampOptions) => {
  // Decimal digits are moved, not multiplied: 1661140279.607 s are exactly 1661140279607 ms.
  if (unit === "s") return Number(whole + fraction.slice(0, 3).padEnd(3, "0"))
  const asSeconds = Number(whole) * 1_000
  return asSeconds >= limits.oldestTimestamp && asSeconds < FARTHEST ? isSeconds(text) : Number(whole)
}

/** No point is taken from 1970 to 2000, so that a number of seconds up to here is never meant as milliseconds. */
const FARTHEST = Date.UTC(2100, 0, 1)

const isSeconds = (text: string): TimestampProblem => ({
  code: "timestamp_range",
  message: `${text} looks like seconds, and is 1970 in milliseconds: say --timestamp-unit s`
})

const noOffset = (text: string): TimestampProblem => ({
  code: "timestamp_invalid",
  message: `${quote(text)} has no offset from UTC: say --utc if it is UTC`
})

const invalid = (text: string): TimestampProblem => ({
  code: "timestamp_invalid",
  message: `${quote(text)} is neither epoch milliseconds nor an RFC 3339 time`
})

/** Somebody else's text, shortened and with escapes. */
const quote = (text: string): string => JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text)

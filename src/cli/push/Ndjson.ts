import { Stream } from "effect"
import type { Labels } from "../../schema/Identity.ts"
import { checkLabels, checkMetric, checkValue } from "../../schema/Point.ts"
import type { CommandFailed } from "../Failure.ts"
import { type Item, LONGEST_LINE, rejected } from "./Item.ts"
import { splitLines } from "./Text.ts"
import { parseTimestamp, type TimestampOptions } from "./Timestamp.ts"

export interface NdjsonOptions extends TimestampOptions {
  /** The metric of all points. */
  readonly metric: string | undefined
  /** Set on every point. */
  readonly labels: Labels
}

/** One point per line, as `POST /v1/metrics` takes them; blank lines are nothing. */
export const readNdjson =
  (options: NdjsonOptions) =>
  <E, R>(text: Stream.Stream<string, E, R>): Stream.Stream<Item, E | CommandFailed, R> =>
    text.pipe(
      splitLines(LONGEST_LINE),
      Stream.mapAccumArray(
        () => 0,
        (line, lines) => [
          line + lines.length,
          lines.flatMap((content, index) =>
            content.trim() === "" ? [] : [parsePoint(content, line + index + 1, options)]
          )
        ]
      )
    )

/** What is not a point is rejected here with the hub's own code: it need not travel, and a frame could not hold it. */
export const parsePoint = (content: string, line: number, options: NdjsonOptions): Item => {
  const point = parseJson(content)
  if (point === undefined) return rejected(line, "malformed_json", "the line is not valid JSON")
  if (typeof point !== "object" || point === null || Array.isArray(point))
    return rejected(line, "point_invalid", "a point must be a JSON object")

  const { value, labels = {}, timestamp, ...named } = point as Readonly<Record<string, unknown>>
  const metric = options.metric ?? named.metric
  const problem = checkMetric(metric) ?? checkLabels(labels) ?? checkValue(value)
  if (problem !== undefined) return rejected(line, problem.code, problem.message)
  const time = timestamp === undefined ? undefined : parseTimestamp(timestampText(timestamp), options)
  if (typeof time === "object") return rejected(line, time.code, time.message)
  return {
    _tag: "Point",
    line,
    metric: metric as string,
    labels: { ...(labels as Labels), ...options.labels },
    timestamp: time,
    value: value as number
  }
}

const timestampText = (timestamp: unknown): string =>
  typeof timestamp === "string" || typeof timestamp === "number" ? String(timestamp) : JSON.stringify(timestamp)

/** `undefined` is nothing that JSON can say. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

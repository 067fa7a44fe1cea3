import type { Labels } from "../../schema/Identity.ts"
import type { TimestampOptions } from "./Timestamp.ts"

export interface CsvOptions extends TimestampOptions {
  readonly timestampColumn: string
  /** None: the column `value`. Of several, each is a metric of its column's name. */
  readonly valueColumns: ReadonlyArray<string>
  /** The metric of all values. */
  readonly metric: string | undefined
  /** The columns that are labels; `undefined`: every column that is nothing else. */
  readonly labelColumns: ReadonlyArray<string> | undefined
  /** Set on every point, before a column of the same name. */
  readonly labels: Labels
}

/** What the columns of a file mean, by their places. */
export interface Columns {
  readonly count: number
  readonly timestamp: number
  /** `metric` undefined: it stands in the column `metric`. */
  readonly values: ReadonlyArray<{ readonly index: number; readonly metric: string | undefined }>
  readonly metric: number | undefined
  readonly labels: ReadonlyArray<{ readonly name: string; readonly index: number }>
}

/** Finds the columns in the header, or says what is missing and which option names it. */
export const planColumns = (header: ReadonlyArray<string>, options: CsvOptions): Columns | string => {
  const twice = header.find((name, index) => name !== "" && header.indexOf(name) !== index)
  if (twice !== undefined) return `the header has ${JSON.stringify(twice)} twice: rename one of these columns`
  const timestamp = header.indexOf(options.timestampColumn)
  if (timestamp < 0) return missing(options.timestampColumn, header, "--timestamp-column")

  const named = options.valueColumns
  const unknown = (named.length === 0 ? ["value"] : named).find((name) => !header.includes(name))
  if (unknown !== undefined) return missing(unknown, header, "--value-column")
  const metricColumn = header.indexOf("metric")
  const metric = metricColumn >= 0 && options.metric === undefined && named.length < 2 ? metricColumn : undefined
  if (named.length > 1 && options.metric !== undefined)
    return "several --value-column are metrics of their own names: leave --metric away"
  if (named.length === 0 && options.metric === undefined && metric === undefined)
    return "the header has no column metric: say --metric NAME"

  const values = (named.length === 0 ? ["value"] : named).map((name) => ({
    index: header.indexOf(name),
    metric: options.metric ?? (metric === undefined ? name : undefined)
  }))
  const taken = new Set([timestamp, ...values.map(({ index }) => index), ...(metricColumn >= 0 ? [metricColumn] : [])])
  const labels = planLabels(header, taken, options.labelColumns)
  return typeof labels === "string" ? labels : { count: header.length, timestamp, values, metric, labels }
}

const planLabels = (
  header: ReadonlyArray<string>,
  taken: ReadonlySet<number>,
  chosen: ReadonlyArray<string> | undefined
): Columns["labels"] | string => {
  const unknown = chosen?.find((name) => !header.includes(name))
  if (unknown !== undefined) return missing(unknown, header, "--label-columns")
  const labels = header.flatMap((name, index) =>
    (chosen === undefined ? !taken.has(index) : chosen.includes(name)) ? [{ name, index }] : []
  )
  const unnamed = labels.find(({ name }) => name === "")
  return unnamed === undefined ? labels : `column ${unnamed.index + 1} has no name: choose labels with --label-columns`
}

const missing = (name: string, header: ReadonlyArray<string>, option: string): string => {
  const shown = header.slice(0, 30).map((column) => JSON.stringify(column))
  const more = header.length > shown.length ? ", …" : ""
  return `the header has no column ${JSON.stringify(name)}: name it with ${option}; it has ${shown.join(", ")}${more}`
}

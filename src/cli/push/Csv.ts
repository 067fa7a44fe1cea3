import { Effect, Stream } from "effect"
import { Csv } from "effect/encoding"
import type { Labels } from "../../schema/Identity.ts"
import { CommandFailed, WrongUsage } from "../Failure.ts"
import { type Columns, type CsvOptions, planColumns } from "./CsvColumns.ts"
import { type Item, LONGEST_LINE, type Point, rejected } from "./Item.ts"
import { lineTooLong } from "./Text.ts"
import { parseTimestamp } from "./Timestamp.ts"

/** The points of a CSV text (RFC 4180) with a header. Broken quoting ends it: what follows cannot be told apart. */
export const readCsv =
  (options: CsvOptions) =>
  <E, R>(text: Stream.Stream<string, E, R>): Stream.Stream<Item, E | CommandFailed | WrongUsage, R> =>
    text.pipe(
      Stream.pipeThroughChannelOrFail(Csv.decodeString({ maxRecordSize: LONGEST_LINE })),
      Stream.catchIf(Csv.isCsvError, (error) => Stream.fail(describe(error))),
      Stream.mapAccumArrayEffect(
        () => ({ line: 1, columns: undefined as Columns | undefined }),
        (state, rows) => {
          let { line, columns } = state
          const items: Array<Item> = []
          for (const row of rows) {
            if (columns !== undefined && !isBlank(row)) {
              for (const item of itemsOfRow(row, line, columns, options)) items.push(item)
            } else if (!isBlank(row)) {
              const planned = planColumns(row, options)
              if (typeof planned === "string") return Effect.fail(new WrongUsage({ message: planned }))
              columns = planned
            }
            line += linesOf(row)
          }
          return Effect.succeed([{ line, columns }, items] as const)
        }
      )
    )

/** The points of one row, one per value column. */
const itemsOfRow = (
  row: ReadonlyArray<string>,
  line: number,
  columns: Columns,
  options: CsvOptions
): ReadonlyArray<Item> => {
  if (row.length !== columns.count) {
    return [rejected(line, "malformed_row", `${row.length} cells where the header has ${columns.count}`)]
  }
  const timestamp = parseTimestamp(row[columns.timestamp]!, options)
  const labels = labelsOfRow(row, columns, options.labels)
  return columns.values.map(({ index, metric }): Item => {
    const cell = row[index]!.trim()
    if (cell === "") return { _tag: "Empty" }
    if (typeof timestamp === "object") return rejected(line, timestamp.code, timestamp.message)
    const value = parseValue(cell)
    if (Number.isNaN(value))
      return rejected(line, "value_invalid", `${JSON.stringify(cell.slice(0, 64))} is not a number`)
    if (!Number.isFinite(value)) return rejected(line, "value_not_finite", "value must be finite")
    const name = metric ?? row[columns.metric!]!
    if (name === "") return rejected(line, "missing_metric", "metric is required")
    return { _tag: "Point", line, metric: name, labels, timestamp, value } satisfies Point
  })
}

const labelsOfRow = (row: ReadonlyArray<string>, columns: Columns, fixed: Labels): Labels => {
  const labels: Array<readonly [string, string]> = []
  for (const { name, index } of columns.labels) if (row[index] !== "") labels.push([name, row[index]!])
  return Object.fromEntries([...labels, ...Object.entries(fixed)])
}

/** Decimal numbers as programs write them; `NaN` for anything else, such as `0x1F` or `1,5`. */
const parseValue = (cell: string): number => {
  if (decimal.test(cell)) return Number(cell)
  return notFinite.test(cell) ? Number.POSITIVE_INFINITY : Number.NaN
}
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const notFinite = /^[+-]?(nan|inf|infinity)$/i

/** A line without a character is one empty cell to the parser. */
const isBlank = (row: ReadonlyArray<string>): boolean => row.length === 1 && row[0] === ""

/** Lines that a row takes: line breaks in quoted cells count. */
const linesOf = (row: ReadonlyArray<string>): number => {
  let lines = 1
  for (const cell of row) if (cell.includes("\n") || cell.includes("\r")) lines += cell.split(/\r\n|\r|\n/).length - 1
  return lines
}

const describe = ({ kind, line, message }: Csv.CsvError): CommandFailed =>
  kind === "RecordSize" ? lineTooLong(line, LONGEST_LINE) : new CommandFailed({ message: `line ${line}: ${message}` })

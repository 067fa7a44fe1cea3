/** The points of a Parquet file, in the order of its rows. */
import { Context, Effect, Layer, Option, Schema, Stream } from "effect"
import type { Labels } from "../../schema/Identity.ts"
import { checkLabels, checkMetric, checkValue } from "../../schema/Point.ts"
import { DuckDb } from "../../store/history/DuckDb.ts"
import { quoted } from "../../store/history/Parquet.ts"
import { CommandFailed } from "../Failure.ts"
import { type Item, rejected } from "../push/Item.ts"

export interface ParquetPoints {
  readonly items: Stream.Stream<Item, CommandFailed>
  readonly share: () => number
}

const MEMORY_MEBIBYTES = 512

/** Until the scope closes. */
export const openParquet = Effect.fnUntraced(
  function* (file: string) {
    const context = yield* Layer.build(
      DuckDb.layer({ threads: 1, memoryMebibytes: MEMORY_MEBIBYTES, temporaryFolder: `${file}.temporary` })
    )
    const { raw, rows } = yield* Context.get(context, DuckDb).connect
    const source = `read_parquet(${quoted(file)}, hive_partitioning = false)`
    const columns = yield* rows<{ column_name: string; column_type: string }>(`DESCRIBE SELECT * FROM ${source}`)
    const select = selectionOf(new Map(columns.map((one) => [one.column_name, one.column_type])))
    if (typeof select !== "string") return yield* select
    const [total] = yield* rows<{ count: number }>(`SELECT count(*)::DOUBLE AS count FROM ${source}`)
    const result = yield* attempt(() => raw.stream(`SELECT ${select} FROM ${source}`))
    let read = 0
    const chunk = Effect.map(
      attempt(() => result.fetchChunk()),
      (chunk) => (chunk?.getRows() ?? []) as unknown as ReadonlyArray<Row>
    )
    const items = Stream.paginate(readLabels(), (labelsOf) =>
      Effect.map(chunk, (some) => {
        const points = some.map((row) => itemOf(row, ++read, labelsOf))
        return [points, some.length === 0 ? Option.none() : Option.some(labelsOf)] as const
      })
    )
    return {
      items: Stream.mapError(items, (error) => unreadable(file, error)),
      share: () => read / Math.max(total!.count, 1)
    } satisfies ParquetPoints
  },
  (effect, file) =>
    Effect.mapError(effect, (error) => (error instanceof CommandFailed ? error : unreadable(file, error)))
)

const attempt = <A>(work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: (error) => (error instanceof Error ? error : new Error(String(error))) })

const unreadable = (file: string, { message }: { readonly message: string }) =>
  // DuckDB shows its statement below.
  new CommandFailed({ message: `${file} cannot be read as Parquet: ${message.split("\n")[0]}` })

/** As it is selected; null where a row has none. */
type Row = readonly [metric: string | null, labels: string | null, time: number | null, value: number | null]

/** Or what is wrong with the columns. */
const selectionOf = (columns: ReadonlyMap<string, string>): string | CommandFailed => {
  const lacking = ["metric", "timestamp", "value"].filter((name) => !columns.has(name))
  if (lacking.length > 0) {
    return new CommandFailed({
      message: `the file has no column ${lacking.join(", ")}; it has ${[...columns.keys()].join(", ")}`
    })
  }
  const labels = columns.get("labels") ?? "VARCHAR"
  if (!/^(VARCHAR|JSON)$/.test(labels)) {
    return new CommandFailed({ message: `the column labels is ${labels}: it must be text, a JSON object of labels` })
  }
  const type = columns.get("timestamp")!
  const isTime = type.startsWith("TIMESTAMP")
  if (!isTime && type !== "BIGINT") {
    return new CommandFailed({
      message: `the column timestamp is ${type}: it must be a timestamp, or epoch milliseconds as a 64-bit integer`
    })
  }
  return `metric::VARCHAR, ${columns.has("labels") ? "labels::VARCHAR" : "NULL::VARCHAR"},
    ${isTime ? "epoch_ms(timestamp)" : "timestamp"}::DOUBLE, value::DOUBLE`
}

const itemOf = ([metric, text, time, value]: Row, line: number, labelsOf: ReadLabels): Item => {
  // As in CSV: a rollup is no point.
  if (value === null) return { _tag: "Empty" }
  const labels = text === null ? {} : labelsOf(text)
  const problem = checkMetric(metric) ?? checkLabels(labels) ?? checkValue(value)
  if (problem !== undefined) return rejected(line, problem.code, problem.message)
  if (time === null) return rejected(line, "timestamp_invalid", "timestamp is empty")
  return { _tag: "Point", line, metric: metric!, labels: labels as Labels, timestamp: time, value }
}

type ReadLabels = (text: string) => unknown

/** Rows of one series follow each other: their labels are one object. */
const readLabels = (): ReadLabels => {
  let last: string | undefined
  let labels: unknown
  return (text) => {
    if (text !== last) labels = Option.getOrNull(parseJson(text))
    last = text
    return labels
  }
}

const parseJson = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Json))

import { Effect, Option } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { hubFlags, resolveHub } from "../Hub.ts"
import { paragraphs } from "../Output.ts"
import { readCsv } from "./Csv.ts"
import { type Input, openInput, shareOf } from "./Input.ts"
import { readNdjson } from "./Ndjson.ts"
import { sendFlags, sendItems } from "./Send.ts"
import { decodeUtf8 } from "./Text.ts"

const flags = {
  file: Argument.String("file").pipe(
    Argument.withDescription("CSV (.csv) or NDJSON (.ndjson, .jsonl), also .gz; - or nothing: standard input"),
    Argument.optional
  ),
  ...hubFlags,
  format: Flag.Literals("format", ["csv", "ndjson"]).pipe(
    Flag.withDescription("What the input is, where its name does not say (standard input: csv)"),
    Flag.optional
  ),
  ...sendFlags("rest"),
  metric: Flag.String("metric").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Metric of all points"),
    Flag.optional
  ),
  timestampColumn: Flag.String("timestamp-column").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Column of the time (default: timestamp)"),
    Flag.withDefault("timestamp")
  ),
  timestampUnit: Flag.Literals("timestamp-unit", ["ms", "s"]).pipe(
    Flag.withDescription("What a time counts that is a plain number (default: ms)"),
    Flag.withDefault("ms")
  ),
  utc: Flag.Boolean("utc").pipe(
    Flag.withDescription("Times without an offset are UTC; otherwise they are rejected"),
    Flag.withDefault(false)
  ),
  valueColumn: Flag.String("value-column").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Column of the value (default: value); several times: each is a metric of its column's name"),
    Flag.atLeast(0)
  ),
  labelColumns: Flag.String("label-columns").pipe(
    Flag.withMetavar("A,B"),
    Flag.withDescription("Columns that are labels, '' for none (default: every column that is nothing else)"),
    Flag.optional
  ),
  label: Flag.KeyValuePair("label").pipe(
    Flag.withMetavar("NAME=VALUE"),
    Flag.withDescription("Label of all points, before a column of this name; may be given several times"),
    Flag.withDefault({})
  )
}

export const push = Command.make(
  "push",
  flags,
  Effect.fnUntraced(function* (flags) {
    const hub = yield* resolveHub(flags)
    const input = yield* openInput(flags.file, flags.format)
    yield* sendItems(pointsOf(input, flags), hub, shareOf(input), flags)
  })
).pipe(
  Command.withDescription(
    paragraphs(
      "Send points from a file or standard input, with their own times and in their own order.",
      "CSV has a header with the columns timestamp and value, and perhaps metric. Every other column is a",
      "label; an empty cell is no label, an empty value no point. A time is epoch milliseconds or RFC 3339.",
      'NDJSON has one point a line: {"metric":"…","timestamp":…,"value":…,"labels":{…}}',
      "What arrived is not counted twice: the same input can be pushed again."
    )
  ),
  Command.withShortDescription("Send points from a CSV or NDJSON file"),
  Command.withExamples([
    { command: "lumina push history.csv --metric room.temperature --label room=server", description: "One metric" },
    { command: "zcat points.ndjson.gz | lumina push --format ndjson --via stream", description: "From a pipe" },
    {
      command:
        "lumina push pod.csv.gz --timestamp-column Time --label-columns PodName " +
        "--value-column 'CpuUsageRate(%)' --value-column 'MemoryUsage(Mi)'",
      description: "Two metrics of a wide file"
    }
  ])
)

interface ReadFlags {
  readonly metric: Option.Option<string>
  readonly timestampColumn: string
  readonly timestampUnit: "ms" | "s"
  readonly utc: boolean
  readonly valueColumn: ReadonlyArray<string>
  readonly labelColumns: Option.Option<string>
  readonly label: Readonly<Record<string, string>>
}

const pointsOf = ({ bytes, format }: Input, flags: ReadFlags) => {
  const metric = Option.getOrUndefined(flags.metric)
  const common = { unit: flags.timestampUnit, assumeUtc: flags.utc, metric, labels: flags.label }
  if (format === "ndjson") return decodeUtf8(bytes).pipe(readNdjson(common))
  const labelColumns = Option.map(flags.labelColumns, (list) => list.split(",").filter((name) => name !== ""))
  return decodeUtf8(bytes).pipe(
    readCsv({
      ...common,
      timestampColumn: flags.timestampColumn,
      valueColumns: flags.valueColumn,
      labelColumns: Option.getOrUndefined(labelColumns)
    })
  )
}

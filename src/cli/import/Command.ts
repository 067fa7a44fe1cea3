import { Effect, Option } from "effect"
import { Argument, Command } from "effect/cli"
import { WrongUsage } from "../Failure.ts"
import { hubFlags, resolveHub } from "../Hub.ts"
import { paragraphs } from "../Output.ts"
import { readCsv } from "../push/Csv.ts"
import { openInput, shareOf } from "../push/Input.ts"
import { sendFlags, sendItems } from "../push/Send.ts"
import { decodeUtf8 } from "../push/Text.ts"

const flags = {
  file: Argument.String("file").pipe(Argument.withDescription("Parquet (.parquet) or CSV (.csv, .csv.gz)")),
  ...hubFlags,
  ...sendFlags("stream")
}

export const importPoints = Command.make(
  "import",
  flags,
  Effect.fnUntraced(function* ({ file, ...flags }) {
    const { items, share } = yield* open(file)
    const hub = yield* resolveHub(flags)
    yield* sendItems(items, hub, share, flags)
  }, Effect.scoped)
).pipe(
  Command.withDescription(
    paragraphs(
      "Send the points of a file that lumina export wrote, or one like it, as they are pushed by anybody.",
      "Parquet has the columns metric, timestamp, value, and labels as text (a JSON object); others are passed over.",
      "CSV is as for lumina push. Rows of rollups are no points, and are left out.",
      "What arrived is not counted twice: the same file can be imported again."
    )
  ),
  Command.withShortDescription("Send the points of a Parquet or CSV file"),
  Command.withExamples([{ command: "lumina import points.parquet", description: "What lumina export wrote" }])
)

const open = Effect.fnUntraced(function* (file: string) {
  // DuckDB is loaded when it is needed: other commands start without it.
  if (/\.parquet$/i.test(file)) {
    const { openParquet } = yield* Effect.promise(() => import("./Parquet.ts"))
    return yield* openParquet(file)
  }
  if (!/\.csv(\.gz)?$/i.test(file)) {
    return yield* new WrongUsage({ message: `${file} is neither .parquet nor .csv; other formats: lumina push` })
  }
  const input = yield* openInput(Option.some(file), Option.some("csv"))
  const columns = { timestampColumn: "timestamp", valueColumns: [], labelColumns: undefined }
  const read = readCsv({ ...columns, unit: "ms", assumeUtc: false, metric: undefined, labels: {} })
  return { items: read(decodeUtf8(input.bytes)), share: shareOf(input) }
})

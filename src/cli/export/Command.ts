import { Console, Effect, FileSystem, Option, type PlatformError, Stdio, Stream } from "effect"
import { Command, Flag } from "effect/cli"
import type { ExportLine } from "../../schema/Export.ts"
import { CommandFailed, WrongUsage } from "../Failure.ts"
import { hubFlags, resolveHub } from "../Hub.ts"
import { paragraphs } from "../Output.ts"
import { toCsv } from "./Csv.ts"
import { exportLines } from "./Lines.ts"
import { missing, summary, Tally } from "./Rows.ts"

const flags = {
  output: Flag.String("output").pipe(
    Flag.withAlias("o"),
    Flag.withMetavar("FILE"),
    Flag.withDescription("File to write, .csv or .parquet; default: CSV on standard output"),
    Flag.optional
  ),
  format: Flag.Literals("format", ["csv", "parquet"]).pipe(
    Flag.withDescription("What to write, where the file's name does not say"),
    Flag.optional
  ),
  metric: Flag.String("metric").pipe(
    Flag.withMetavar("NAME"),
    Flag.withDescription("Only this metric (default: all)"),
    Flag.optional
  ),
  label: Flag.KeyValuePair("label").pipe(
    Flag.withMetavar("NAME=VALUE"),
    Flag.withDescription("Only series with this label; may be given several times"),
    Flag.withDefault({})
  ),
  from: Flag.String("from").pipe(
    Flag.withMetavar("TIME"),
    Flag.withDescription("Only of this time or later: RFC 3339 or epoch milliseconds"),
    Flag.optional
  ),
  to: Flag.String("to").pipe(Flag.withMetavar("TIME"), Flag.withDescription("Only of before this time"), Flag.optional),
  allowMissing: Flag.Boolean("allow-missing").pipe(
    Flag.withDescription("Exit code 0 even where something could not be read"),
    Flag.withDefault(false)
  ),
  ...hubFlags
}

export const exportPoints = Command.make(
  "export",
  flags,
  Effect.fnUntraced(function* ({ allowMissing, format, from, label, metric, output, to, ...flags }) {
    const chosen = yield* formatOf(output, format)
    const hub = yield* resolveHub(flags)
    const tally = new Tally()
    const lines = Stream.tap(
      yield* exportLines(hub, {
        ...(Option.isSome(metric) && { metric: metric.value }),
        ...(Object.keys(label).length > 0 && { labels: JSON.stringify(label) }),
        ...(Option.isSome(from) && { from: from.value }),
        ...(Option.isSome(to) && { to: to.value })
      }),
      (line) => Effect.sync(() => tally.take(line))
    )
    if (Option.isNone(output)) yield* writeOut(lines)
    else yield* whole(output.value, (file) => (chosen === "csv" ? writeCsv(lines, file) : writeParquet(lines, file)))
    yield* Console.error(summary(tally))
    if (tally.missing.length === 0) return
    if (!allowMissing) return yield* new CommandFailed({ message: missing(tally) })
    yield* Console.error(missing(tally))
  })
).pipe(
  Command.withDescription(
    paragraphs(
      "Write all points of a workspace, or some of them, to a CSV or Parquet file.",
      "Raw points where these are kept, else one-minute or five-minute rollups, which stand in columns of their own.",
      "lumina import takes such a file back, and so does lumina push where it is CSV."
    )
  ),
  Command.withShortDescription("Write points to a CSV or Parquet file"),
  Command.withExamples([
    { command: "lumina export --output points.parquet", description: "Everything" },
    {
      command: "lumina export --metric host.load.1m --label host=web-1 --from 2026-01-01T00:00:00Z",
      description: "One series, as CSV on standard output"
    }
  ])
)

const formatOf = (output: Option.Option<string>, format: Option.Option<"csv" | "parquet">) => {
  if (Option.isNone(output)) {
    return Option.isSome(format) && format.value === "parquet"
      ? Effect.fail(new WrongUsage({ message: "Parquet goes to a file: say --output FILE" }))
      : Effect.succeed("csv" as const)
  }
  if (Option.isSome(format)) return Effect.succeed(format.value)
  const [, extension] = /\.(csv|parquet)$/i.exec(output.value) ?? []
  if (extension !== undefined) return Effect.succeed(extension.toLowerCase() as "csv" | "parquet")
  return Effect.fail(
    new WrongUsage({ message: `${output.value} is neither .csv nor .parquet: say --format csv or --format parquet` })
  )
}

/** Writes under another name; the file gets its own when it is whole. */
const whole = Effect.fnUntraced(function* <E, R>(file: string, write: (file: string) => Effect.Effect<void, E, R>) {
  const fs = yield* FileSystem.FileSystem
  const partial = `${file}.partial`
  yield* write(partial).pipe(Effect.onError(() => Effect.ignore(fs.remove(partial, { force: true }))))
  yield* Effect.mapError(fs.rename(partial, file), (error) => unwritable(file, error))
})

type Lines<R> = Stream.Stream<ExportLine, CommandFailed, R>

const writeCsv = <R>(lines: Lines<R>, file: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Stream.run(Stream.encodeText(toCsv(lines)), fs.sink(file)).pipe(
      Effect.mapError((error) => (error._tag === "PlatformError" ? unwritable(file, error) : error))
    )
  )

/** DuckDB is loaded when it is needed: other commands start without it. */
const writeParquet = <R>(lines: Lines<R>, file: string) =>
  Effect.flatMap(
    Effect.promise(() => import("./Parquet.ts")),
    ({ writeParquet }) => writeParquet(lines, file)
  )

const writeOut = Effect.fnUntraced(function* <R>(lines: Lines<R>) {
  const { stdout } = yield* Stdio.Stdio
  yield* Stream.run(toCsv(lines), stdout()).pipe(
    Effect.catchTag("PlatformError", (error) =>
      // Whoever reads has read enough, as `head` does.
      /\bEPIPE\b/.test(String(error.reason.cause)) ? Effect.void : Effect.fail(unwritable("standard output", error))
    )
  )
})

const unwritable = (name: string, { message }: PlatformError.PlatformError) =>
  new CommandFailed({ message: `${name} cannot be written: ${message}` })

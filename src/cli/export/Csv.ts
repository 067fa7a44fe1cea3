/**
 * Rows as CSV that `lumina push` and `lumina import` take back: a label is a column, and an empty cell is none. Rows of
 * rollups have no value, and so are no points to them.
 */
import { Effect, Stream } from "effect"
import { Csv } from "effect/encoding"
import type { ExportLine } from "../../schema/Export.ts"
import { CommandFailed } from "../Failure.ts"
import { COLUMNS, type RowsLine } from "./Rows.ts"

export const toCsv = <E, R>(lines: Stream.Stream<ExportLine, E, R>): Stream.Stream<string, E | CommandFailed, R> =>
  lines.pipe(
    Stream.mapAccumArrayEffect(
      () => ({ labelNames: [] as ReadonlyArray<string>, metric: "", labels: [] as ReadonlyArray<string> }),
      Effect.fnUntraced(function* (state, some) {
        const rows: Array<ReadonlyArray<string>> = []
        let current = state
        for (const line of some) {
          if (line.type === "start") {
            const { labelNames } = line
            const taken = labelNames.find((name) => COLUMNS.some((column) => column === name))
            if (taken !== undefined) return yield* cannotSay(`a label with the name of a column, ${taken}`)
            current = { ...current, labelNames }
            rows.push([...COLUMNS, ...labelNames])
          } else if (line.type === "series") {
            if (Object.values(line.labels).includes("")) return yield* cannotSay("a label without a value")
            const labels = current.labelNames.map((name) =>
              Object.hasOwn(line.labels, name) ? line.labels[name]! : ""
            )
            current = { ...current, metric: line.metric, labels }
          } else if (line.type === "points" || line.type === "rollups") {
            for (const cells of cellsOf(line)) rows.push([current.metric, ...cells, ...current.labels])
          }
        }
        return [current, rows] as const
      })
    ),
    Stream.pipeThroughChannelOrFail(Csv.encodeString({ newline: "\n" })),
    // A text a line would be a write a line.
    Stream.mapArray((rows) => [rows.join("")])
  )

const cannotSay = (what: string) =>
  new CommandFailed({ message: `CSV cannot hold these series, one has ${what}: export them as .parquet` })

const NO_ROLLUP = ["", "", "", "", "", ""]

const cellsOf = function* (line: RowsLine): Generator<ReadonlyArray<string>> {
  if (line.type === "points") {
    for (const [time, value] of line.points) yield [iso(time), String(value), ...NO_ROLLUP]
    return
  }
  for (const [time, min, max, sum, count, last] of line.rows)
    yield [iso(time), "", line.resolution, ...[min, max, sum ?? "", count, last].map(String)]
}

const iso = (millis: number): string => new Date(millis).toISOString()

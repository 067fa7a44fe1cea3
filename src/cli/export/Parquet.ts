/** Rows as a Parquet file, sorted by series and time. What does not fit into memory waits on the file's disk. */
import { Effect, FileSystem, Stream } from "effect"
import type { ExportLine } from "../../schema/Export.ts"
import { DuckDb, type DuckDbConnection } from "../../store/history/DuckDb.ts"
import { quoted } from "../../store/history/Parquet.ts"
import type { HistoryFailed } from "../../store/history/TierWriter.ts"
import { CommandFailed } from "../Failure.ts"
import type { RowsLine } from "./Rows.ts"

const THREADS = 2
const MEMORY_MEBIBYTES = 1_024
/** Rows that are handed to DuckDB at once. */
const CHUNK_ROWS = 50_000

export const writeParquet = Effect.fnUntraced(function* <E, R>(lines: Stream.Stream<ExportLine, E, R>, file: string) {
  const fs = yield* FileSystem.FileSystem
  const temporaryFolder = `${file}.temporary`
  const write = Effect.gen(function* () {
    const duck = yield* (yield* DuckDb).connect
    yield* duck.run("CREATE TABLE series (id INTEGER, metric VARCHAR, labels VARCHAR)")
    yield* duck.run(`CREATE TABLE kept (series INTEGER, width INTEGER, time DOUBLE, value DOUBLE,
      min DOUBLE, max DOUBLE, sum DOUBLE, count DOUBLE, last DOUBLE)`)
    const rows = new Rows(duck)
    yield* Stream.runForEach(lines, (line) => rows.take(line))
    yield* rows.flush
    yield* duck.run(copyTo(file))
  }).pipe(
    Effect.provide(DuckDb.layer({ threads: THREADS, memoryMebibytes: MEMORY_MEBIBYTES, temporaryFolder })),
    Effect.scoped
  )
  yield* write.pipe(
    Effect.catchIf(isHistoryFailed, ({ message }) => cannotWrite(file, message)),
    Effect.ensuring(Effect.ignore(fs.remove(temporaryFolder, { recursive: true, force: true })))
  )
})

const isHistoryFailed = (error: unknown): error is HistoryFailed =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "HistoryFailed"

const cannotWrite = (file: string, reason: string) =>
  new CommandFailed({ message: `${file} cannot be written: ${reason}` })

/** `width`: minutes of a rollup; 0 for points. NaN stands for what a row does not have. */
const copyTo = (file: string): string => `COPY (
    SELECT metric, labels, make_timestamp_ms(time::BIGINT)::TIMESTAMP_MS AS timestamp, nullif(value, 'NaN') AS value,
      CASE width WHEN 0 THEN NULL ELSE width || 'm' END AS rollup, nullif(min, 'NaN') AS rollup_min,
      nullif(max, 'NaN') AS rollup_max, nullif(sum, 'NaN') AS rollup_sum, nullif(count, 'NaN')::BIGINT AS rollup_count,
      nullif(last, 'NaN') AS rollup_last
    FROM kept JOIN series ON series.id = kept.series ORDER BY kept.series, time
  ) TO ${quoted(file)} (FORMAT parquet, COMPRESSION zstd)`

/** Columns of `kept`: all but the first two are doubles. */
const COLUMNS = 9

class Rows {
  readonly #duck: DuckDbConnection
  readonly #ids = new Map<string, number>()
  readonly #columns = Array.from({ length: COLUMNS }, () => new Float64Array(CHUNK_ROWS))
  #series = -1
  #count = 0

  constructor(duck: DuckDbConnection) {
    this.#duck = duck
  }

  readonly take = Effect.fnUntraced({ self: this }, function* (line: ExportLine) {
    if (line.type === "series") yield* this.#name(line.metric, line.labels)
    if (line.type !== "points" && line.type !== "rollups") return
    for (const row of rowsOf(line)) {
      for (const [i, value] of [this.#series, ...row].entries()) this.#columns[i]![this.#count] = value
      if (++this.#count === CHUNK_ROWS) yield* this.flush
    }
  })

  readonly flush = Effect.suspend(() => {
    const [series, width, ...doubles] = this.#columns
    const integers = [series!, width!].map((column) => ({ integers: Int32Array.from(column.subarray(0, this.#count)) }))
    const columns = [...integers, ...doubles.map((column) => ({ doubles: column }))]
    return Effect.ensuring(
      this.#duck.append("kept", columns, this.#count),
      Effect.sync(() => {
        this.#count = 0
      })
    )
  })

  /** A series may be named several times. Labels are sorted by name, so that one series is one text. */
  readonly #name = Effect.fnUntraced(
    { self: this },
    function* (metric: string, labels: Readonly<Record<string, string>>) {
      const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
      const text = JSON.stringify(Object.fromEntries(sorted))
      const key = `${metric}\0${text}`
      const known = this.#ids.get(key)
      this.#series = known ?? this.#ids.size
      if (known !== undefined) return
      this.#ids.set(key, this.#series)
      const id = { integers: Int32Array.of(this.#series) }
      yield* this.#duck.append("series", [id, { texts: [metric] }, { texts: [text] }], 1)
    }
  )
}

const NOT = Number.NaN

/** Width, time, value, min, max, sum, count, last. */
const rowsOf = function* (line: RowsLine): Generator<ReadonlyArray<number>> {
  if (line.type === "points") {
    for (const [time, value] of line.points) yield [0, time, value, NOT, NOT, NOT, NOT, NOT]
    return
  }
  const width = line.resolution === "1m" ? 1 : 5
  for (const [time, min, max, sum, count, last] of line.rows)
    yield [width, time, NOT, min, max, sum ?? NOT, count, last]
}

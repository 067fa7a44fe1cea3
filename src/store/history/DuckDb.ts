/** DuckDB in this process, for reading and writing Parquet. It keeps nothing: its database is in memory, and empty. */
import {
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBVector,
  INTEGER,
  UTINYINT,
  VARCHAR
} from "@duckdb/node-api"
import { Context, Effect, Layer, type Scope } from "effect"
import { HistoryFailed } from "./TierWriter.ts"

export interface DuckDbOptions {
  /** Threads that one statement may use. */
  readonly threads: number
  readonly memoryMebibytes: number
  /** Where it may put what does not fit into that memory. */
  readonly temporaryFolder: string
}

/** One statement at a time; temporary tables are its own. Statements compute on other threads than the caller's. */
export interface DuckDbConnection {
  readonly run: (sql: string) => Effect.Effect<void, HistoryFailed>
  /** Rows as JSON has them, integers of 64 bits as bigint. */
  readonly rows: <A extends object>(sql: string) => Effect.Effect<ReadonlyArray<A>, HistoryFailed>
  /** Rows of DOUBLE columns, some thousand at a time, by column: as DuckDB has them, and so without an object a row. */
  readonly doubles: (sql: string) => Effect.Effect<ReadonlyArray<ReadonlyArray<Float64Array>>, HistoryFailed>
  /** Appends to a table, in its order; all columns have at least `count` values. */
  readonly append: (
    table: string,
    columns: ReadonlyArray<AppendColumn>,
    count: number
  ) => Effect.Effect<void, HistoryFailed>
  readonly raw: DuckDBConnection
}

/** Values of INTEGER, DOUBLE, UTINYINT or VARCHAR. */
export type AppendColumn =
  | { readonly integers: Int32Array | Uint32Array }
  | { readonly doubles: Float64Array }
  | { readonly bytes: Uint8Array }
  | { readonly texts: ReadonlyArray<string> }

export class DuckDb extends Context.Service<
  DuckDb,
  {
    readonly connect: Effect.Effect<DuckDbConnection, HistoryFailed, Scope.Scope>
  }
>()("lumina/store/DuckDb") {
  static readonly layer = ({ memoryMebibytes, temporaryFolder, threads }: DuckDbOptions) =>
    Layer.effect(
      DuckDb,
      Effect.gen(function* () {
        const open = () =>
          DuckDBInstance.create(":memory:", {
            threads: String(threads),
            memory_limit: `${memoryMebibytes}MiB`,
            temp_directory: temporaryFolder,
            // Nothing is fetched from anywhere.
            autoinstall_known_extensions: "false",
            autoload_known_extensions: "false"
          })
        const instance = yield* Effect.acquireRelease(attempt(open), (opened) => Effect.sync(() => opened.closeSync()))
        yield* attempt(() => keepFooters(instance))
        return DuckDb.of({
          connect: Effect.map(
            Effect.acquireRelease(
              attempt(() => instance.connect()),
              (connection) => Effect.sync(() => connection.closeSync())
            ),
            operations
          )
        })
      })
    )
}

/** Files are never changed, so what a footer says is kept; within the memory's limit, and forgotten beyond it. */
const keepFooters = async (instance: DuckDBInstance): Promise<void> => {
  const connection = await instance.connect()
  await connection.run("SET GLOBAL parquet_metadata_cache = true")
  connection.closeSync()
}

const operations = (connection: DuckDBConnection): DuckDbConnection => ({
  raw: connection,
  run: (sql) => Effect.asVoid(attempt(() => connection.run(sql))),
  rows: <A extends object>(sql: string) =>
    attempt(async () => (await connection.runAndReadAll(sql)).getRowObjects() as unknown as ReadonlyArray<A>),
  doubles: (sql) => attempt(() => doubles(connection, sql)),
  append: (table, columns, count) => attempt(() => append(connection, table, columns, count))
})

const doubles = async (connection: DuckDBConnection, sql: string) => {
  const chunks: Array<ReadonlyArray<Float64Array>> = []
  const result = await connection.run(sql)
  while (true) {
    const chunk = await result.fetchChunk()
    if (chunk === null || chunk.rowCount === 0) return chunks
    const { columnCount, rowCount } = chunk
    chunks.push(Array.from({ length: columnCount }, (_, i) => doublesOf(chunk.getColumnVector(i), rowCount)))
  }
}

/** A copy: a chunk's memory is DuckDB's. */
const doublesOf = (vector: DuckDBVector, count: number): Float64Array => {
  const items = itemsOf(vector)
  if (items instanceof Float64Array) return items.slice(0, count)
  throw new TypeError(`a column of ${vector.type} has no doubles`)
}

/** Rows of one chunk, as DuckDB has them. */
const CHUNK_ROWS = 2_048

const append = async (
  connection: DuckDBConnection,
  table: string,
  columns: ReadonlyArray<AppendColumn>,
  count: number
): Promise<void> => {
  const appender = await connection.createAppender(table)
  const types = columns.map(typeOf)
  // One for all rows: what it takes outside the heap goes only when it is collected.
  const chunk = DuckDBDataChunk.create(types)
  for (let from = 0; from < count; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, count)
    chunk.reset()
    chunk.rowCount = to - from
    for (const [i, column] of columns.entries()) setColumn(chunk, i, column, from, to)
    appender.appendDataChunk(chunk)
  }
  appender.closeSync()
}

const typeOf = (column: AppendColumn): DuckDBType => {
  if ("integers" in column) return INTEGER
  if ("doubles" in column) return DOUBLE
  return "bytes" in column ? UTINYINT : VARCHAR
}

const setColumn = (chunk: DuckDBDataChunk, index: number, column: AppendColumn, from: number, to: number): void => {
  if ("texts" in column) {
    chunk.setColumnValues(index, column.texts.slice(from, to))
    return
  }
  const numbers = "integers" in column ? column.integers : "doubles" in column ? column.doubles : column.bytes
  const vector = chunk.getColumnVector(index)
  itemsOf(vector).set(numbers.subarray(from, to))
  vector.flush()
}

/** A vector of numbers has them in an array of its own, to be handed over whole: ten times as fast as one by one. */
const itemsOf = (vector: DuckDBVector): Float64Array | Int32Array | Uint8Array => {
  if ("items" in vector && ArrayBuffer.isView(vector.items)) return vector.items as Float64Array
  throw new TypeError(`a vector of ${vector.type} has no numbers`)
}

/** A statement goes on when nobody waits for it any more; so it is waited for, and the connection is free again. */
const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, HistoryFailed> =>
  Effect.uninterruptible(
    Effect.tryPromise({ try: work, catch: (error) => new HistoryFailed({ message: `DuckDB: ${messageOf(error)}` }) })
  )

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

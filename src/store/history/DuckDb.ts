/** DuckDB in this process, for reading and writing Parquet. It keeps nothing: its database is in memory, and empty. */
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import { Context, Effect, Layer } from "effect"
import { HistoryFailed } from "./TierWriter.ts"

export interface DuckDbOptions {
  /** Threads of its own beside the caller's. */
  readonly threads: number
  readonly memoryMebibytes: number
  /** Where it may put what does not fit into that memory. */
  readonly temporaryFolder: string
}

export class DuckDb extends Context.Service<
  DuckDb,
  {
    /** Works with the connection, which is one: who runs two statements that belong together is alone with it. */
    readonly use: <A>(work: (connection: DuckDBConnection) => Promise<A>) => Effect.Effect<A, HistoryFailed>
    readonly run: (sql: string) => Effect.Effect<void, HistoryFailed>
  }
>()("lumina/store/DuckDb") {
  static readonly layer = ({ memoryMebibytes, temporaryFolder, threads }: DuckDbOptions) =>
    Layer.effect(
      DuckDb,
      Effect.gen(function* () {
        const open = async () => {
          const instance = await DuckDBInstance.create(":memory:", {
            threads: String(threads),
            memory_limit: `${memoryMebibytes}MiB`,
            temp_directory: temporaryFolder,
            TimeZone: "UTC",
            // Nothing is fetched from anywhere.
            autoinstall_known_extensions: "false",
            autoload_known_extensions: "false"
          })
          return { instance, connection: await instance.connect() }
        }
        const { connection } = yield* Effect.acquireRelease(attempt(open), ({ connection, instance }) =>
          Effect.sync(() => {
            connection.closeSync()
            instance.closeSync()
          })
        )
        const use = <A>(work: (connection: DuckDBConnection) => Promise<A>) => attempt(() => work(connection))
        return DuckDb.of({ use, run: (sql) => Effect.asVoid(use((connection) => connection.run(sql))) })
      })
    )
}

const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, HistoryFailed> =>
  Effect.tryPromise({ try: work, catch: (error) => new HistoryFailed({ message: `DuckDB: ${messageOf(error)}` }) })

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** A text in SQL. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

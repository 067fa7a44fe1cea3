/** The tables of a backup into an empty database: all of it in one transaction, or nothing. */
import { createReadStream } from "node:fs"
import { join } from "node:path"
import { createZstdDecompress } from "node:zlib"
import { PgClient } from "@effect/sql-pg"
import { Effect, type Redacted, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { Migrator, SqlClient } from "effect/sql"
import { SqlError } from "effect/sql/SqlError"
import { knownMigrations, migrate } from "../Sql.ts"
import { type BackupFailed, failed, reasonOf } from "./BackupFailed.ts"
import { type Manifest, type Table, tableFile } from "./Manifest.ts"

/** Characters of rows that are sent at once, beside one row that may be longer. */
const BATCH_CHARACTERS = 4 * 1024 * 1024

export interface Loaded {
  /** The new token of the history folder. */
  readonly historyToken: string
}

const client = (url: Redacted.Redacted) => PgClient.make({ url, maxConnections: 2, applicationName: "lumina-restore" })

const inWords = <A, E, R>(effect: Effect.Effect<A, E | SqlError | Migrator.MigrationError, R>) =>
  effect.pipe(
    Effect.mapError((error): Exclude<E, SqlError | Migrator.MigrationError> | BackupFailed =>
      error instanceof SqlError || error instanceof Migrator.MigrationError
        ? failed(`the database does not take the backup: ${error.message}`)
        : (error as Exclude<E, SqlError | Migrator.MigrationError>)
    ),
    Effect.provide(Reactivity.layer)
  )

/** Fails where the database has anything in it. */
export const checkUnused = Effect.fn("checkUnused")(
  function* (url: Redacted.Redacted) {
    const sql = yield* client(url)
    const used = yield* sql<{ name: string }>`SELECT relname AS name FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'S') LIMIT 1`
    if (used.length === 0) return
    return yield* failed(
      `the database is not empty, it has ${used[0]!.name}: restore into a new one, and name that in DATABASE_URL`
    )
  },
  Effect.scoped,
  inWords
)

/** The database must be unused. */
export const load = Effect.fn("load")(
  function* (url: Redacted.Redacted, folder: string, manifest: Manifest) {
    const sql = yield* client(url)
    return yield* Effect.provideService(loadAll(sql, folder, manifest), SqlClient.SqlClient, sql).pipe(
      sql.withTransaction,
      Effect.tap(() => sql`ANALYZE`)
    )
  },
  Effect.scoped,
  inWords
)

const loadAll = Effect.fnUntraced(function* (sql: PgClient.PgClient, folder: string, manifest: Manifest) {
  const { migrations, sequences, tables } = manifest
  yield* migrate(knownMigrations.filter((name) => migrations.includes(name)))
  // Some have first rows from their migration, which the backup has too.
  yield* sql.unsafe(`TRUNCATE ${tables.map(({ name }) => name).join(", ")}`)
  for (const table of tables) yield* loadTable(sql, folder, table)
  for (const { isCalled, name, value } of sequences) {
    // Of a workspace that is gone its numbers are left.
    yield* sql.unsafe(`CREATE SEQUENCE IF NOT EXISTS ${name}`)
    yield* sql`SELECT setval(${name}::regclass, ${value}::bigint, ${isCalled})`
  }
  // Another installation from now on: the one that was backed up may still run.
  yield* sql`DELETE FROM history_folder`
  // Among them may be some that were ended since.
  if (tables.some(({ name }) => name === "session")) yield* sql`DELETE FROM session`
  const [row] = yield* sql<{ token: string }>`INSERT INTO history_folder DEFAULT VALUES RETURNING token`
  return { historyToken: row!.token } satisfies Loaded
})

const loadTable = Effect.fnUntraced(function* (sql: PgClient.PgClient, folder: string, { name, parts }: Table) {
  for (const { bound, name: part, options } of parts) {
    if (bound === null) continue
    const settings = options.length === 0 ? "" : ` WITH (${options.join(", ")})`
    yield* sql.unsafe(`CREATE TABLE ${part} PARTITION OF ${name} ${bound}${settings}`)
  }
  const columns = yield* columnsOf(sql, name)
  const insert = `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE
    SELECT ${columns} FROM json_populate_recordset(NULL::${name}, $1::text::json)`
  for (const { name: part, rows } of parts) {
    let loaded = 0
    yield* Stream.runForEach(batchesOf(join(folder, tableFile(part))), (batch) => {
      loaded += batch.length
      return sql.unsafe(insert, [`[${batch.join(",")}]`])
    })
    if (loaded !== rows) return yield* failed(`${tableFile(part)} has ${loaded} rows, and should have ${rows}`)
  }
})

/**
 * Without those that say which transaction wrote a row: transactions are counted anew, and all rows are of this one.
 */
const columnsOf = (sql: PgClient.PgClient, table: string) =>
  Effect.map(
    sql<{ name: string }>`SELECT quote_ident(column_name) AS name FROM information_schema.columns
      WHERE table_schema = current_schema() AND table_name = ${table} AND udt_name <> 'xid8' AND is_generated = 'NEVER'
      ORDER BY ordinal_position`,
    (rows) => rows.map(({ name }) => name).join(", ")
  )

/** Lines of a file, as many as are sent at once. */
const batchesOf = (file: string) =>
  Stream.fromAsyncIterable(lineBatches(file), (error) => failed(`${file} cannot be read: ${reasonOf(error)}`))

async function* lineBatches(file: string): AsyncGenerator<ReadonlyArray<string>> {
  const source = createReadStream(file)
  const text = source.pipe(createZstdDecompress()).setEncoding("utf8") as AsyncIterable<string>
  let batch: Array<string> = []
  let characters = 0
  let rest: Array<string> = []
  for await (const chunk of text) {
    const [first = "", ...lines] = chunk.split("\n")
    rest.push(first)
    for (const line of lines) {
      const whole = rest.join("")
      rest = [line]
      batch.push(whole)
      characters += whole.length
      if (characters < BATCH_CHARACTERS) continue
      yield batch
      batch = []
      characters = 0
    }
  }
  if (batch.length > 0) yield batch
}

/**
 * All tables of the database as files, as of one moment. Each table is read in a transaction of its own, all of which
 * see one snapshot: a lock on a rolling table that lasted for the whole backup would hold up the hub, which makes and
 * drops its parts all the time. A part that is dropped before it was read makes the dump void; it begins again.
 *
 * Rows are JSON by the names of columns, as Postgres itself writes and reads them, so that they go from one version of
 * it to another.
 */
import { rm } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { createZstdCompress } from "node:zlib"
import { PgClient } from "@effect/sql-pg"
import { Effect, type Redacted, Schedule, Schema, Stream } from "effect"
import { SqlError } from "effect/sql/SqlError"
import { type BackupFailed, failed } from "./BackupFailed.ts"
import { attempt, writeFileOf } from "./Files.ts"
import { FOLDERS, type Manifest, type Sequence, type Table, tableFile } from "./Manifest.ts"

/** A file that the manifest of the history has. */
export interface HistoryEntry {
  readonly path: string
  readonly bytes: number
  readonly state: "live" | "quarantined"
}

export interface Dump extends Pick<Manifest, "postgres" | "migrations" | "tables" | "sequences"> {
  readonly historyToken: string | null
  /** Of each file that was written, by its path in the backup. */
  readonly sums: ReadonlyMap<string, string>
}

/** A part of a rolling table was dropped before it was read. */
class PartGone extends Schema.TaggedError<PartGone>()("PartGone", { part: Schema.String }) {}

/** `begun` is called with what the history has as soon as that is known, in each attempt. */
export const dump = Effect.fn("dump")(function* <E, R>(
  url: Redacted.Redacted,
  folder: string,
  begun: (entries: ReadonlyArray<HistoryEntry>) => Effect.Effect<void, E, R>
) {
  const settings = { url, maxConnections: 1, applicationName: "lumina-backup" }
  const holder = yield* PgClient.make(settings)
  const reader = yield* PgClient.make(settings)
  return yield* Effect.retry(dumpOnce(holder, reader, folder, begun), {
    while: (error) => error instanceof PartGone,
    schedule: Schedule.spaced("1 second"),
    times: 10
  })
}, wordsForErrors)

const dumpOnce = <E, R>(
  holder: PgClient.PgClient,
  reader: PgClient.PgClient,
  folder: string,
  begun: (entries: ReadonlyArray<HistoryEntry>) => Effect.Effect<void, E, R>
) =>
  holder.withTransaction(
    Effect.gen(function* () {
      yield* holder`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`
      const [row] = yield* holder<{ snapshot: string; postgres: string }>`
        SELECT pg_export_snapshot() AS snapshot, version() AS postgres`
      const tables = yield* tablesOf(holder)
      // Behind the snapshot: what it sees was numbered before.
      const sequences = yield* holder<Sequence>`
        SELECT sequencename AS name, coalesce(last_value, start_value)::float8 AS value,
          last_value IS NOT NULL AS "isCalled"
        FROM pg_sequences WHERE schemaname = current_schema() AND sequencename NOT LIKE 'cluster\\_%' ORDER BY 1`
      const migrations = yield* holder<{ name: string }>`
        SELECT to_char(migration_id, 'FM0000') || '_' || name AS name FROM migration ORDER BY migration_id`
      const history = yield* holder<{ token: string }>`SELECT token FROM history_folder`
      const historyFiles = yield* holder<HistoryEntry>`
        SELECT path, bytes::float8 AS bytes, state FROM tier_file WHERE state <> 'retired' ORDER BY path`
      yield* begun(historyFiles)
      // Of an attempt before this one.
      yield* attempt("tables cannot be written", () =>
        rm(join(folder, FOLDERS.tables), { recursive: true, force: true })
      )
      const sums = new Map<string, string>()
      const dumped: Array<Table> = []
      for (const table of tables) {
        const parts: Array<Table["parts"][number]> = []
        for (const part of table.parts) {
          const { oid: _, ...listed } = part
          const { rows, sum } = yield* dumpPart(reader, row!.snapshot, part, join(folder, tableFile(part.name)))
          sums.set(tableFile(part.name), sum)
          parts.push({ ...listed, rows })
        }
        dumped.push({ name: table.name, parts })
      }
      return {
        postgres: row!.postgres,
        migrations: migrations.map(({ name }) => name),
        tables: dumped,
        sequences,
        historyToken: history[0]?.token ?? null,
        sums
      } satisfies Dump
    })
  )

interface ListedPart {
  readonly name: string
  readonly oid: string
  readonly bound: string | null
  readonly options: ReadonlyArray<string>
}

/**
 * Rolling tables first, and of them the oldest parts: these are the ones that go. The tables of the cluster say where
 * hubs run, and are nobody's to keep; the one of migrations is made by migrating.
 */
const tablesOf = Effect.fnUntraced(function* (sql: PgClient.PgClient) {
  const rows = yield* sql<ListedPart & { readonly table: string }>`
    SELECT coalesce(parent.relname, child.relname) AS table, child.relname AS name, child.oid::text AS oid,
      coalesce(child.reloptions, '{}') AS options,
      pg_get_expr(child.relpartbound, child.oid) AS bound
    FROM pg_class child
    LEFT JOIN pg_inherits ON inhrelid = child.oid LEFT JOIN pg_class parent ON parent.oid = inhparent
    WHERE child.relnamespace = current_schema()::regnamespace AND child.relkind = 'r'
      AND child.relname <> 'migration' AND child.relname NOT LIKE 'cluster\\_%'
    ORDER BY parent.relname IS NULL, 1, 2`
  const references = yield* sql<{ from: string; to: string }>`
    SELECT a.relname AS from, b.relname AS to FROM pg_constraint
    JOIN pg_class a ON a.oid = conrelid JOIN pg_class b ON b.oid = confrelid
    WHERE contype = 'f' AND conrelid <> confrelid AND a.relnamespace = current_schema()::regnamespace`
  const tables = [...Map.groupBy(rows, ({ table }) => table)].map(([name, parts]) => ({
    name,
    parts: parts.map(({ table: _, ...part }): ListedPart => part)
  }))
  return inOrder(tables, references)
})

/** Each behind those that it refers to, otherwise as they were. */
const inOrder = <A extends { readonly name: string }>(
  tables: ReadonlyArray<A>,
  references: ReadonlyArray<{ readonly from: string; readonly to: string }>
): ReadonlyArray<A> => {
  const ordered: Array<A> = []
  let left = tables
  while (left.length > 0) {
    const names = new Set(left.map(({ name }) => name))
    const isFree = ({ name }: A) => !references.some(({ from, to }) => from === name && names.has(to))
    const free = left.filter(isFree)
    if (free.length === 0) throw new Error("tables refer to each other in a circle")
    ordered.push(...free)
    left = left.filter((table) => !isFree(table))
  }
  return ordered
}

const dumpPart = (sql: PgClient.PgClient, snapshot: string, { name, oid }: ListedPart, file: string) =>
  sql
    .withTransaction(
      Effect.gen(function* () {
        yield* sql`SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY`
        yield* sql.unsafe(`SET TRANSACTION SNAPSHOT '${snapshot}'`)
        yield* sql.unsafe(`LOCK TABLE ${name} IN ACCESS SHARE MODE`)
        // Another of its name would be empty to this snapshot.
        const [now] = yield* sql<{ oid: string }>`SELECT ${name}::regclass::oid::text AS oid`
        if (now!.oid !== oid) return yield* new PartGone({ part: name })
        let rows = 0
        // A line break can only stand between tokens of a document that was stored as text.
        const lines = sql
          .unsafe<{ line: string }>(`SELECT translate(to_json(t)::text, E'\\n\\r', '  ') AS line FROM ${name} t`)
          .stream.pipe(
            Stream.mapArray((some) => {
              rows += some.length
              return [Buffer.from(some.map(({ line }) => `${line}\n`).join(""))]
            })
          )
        const sum = yield* writeStream(lines, file)
        return { rows, sum }
      })
    )
    .pipe(Effect.mapError((error) => (isUndefinedTable(error) ? new PartGone({ part: name }) : error)))

/** The failure of a stream comes back as it was, not as an error of the file. */
const writeStream = Effect.fnUntraced(function* <E>(bytes: Stream.Stream<Uint8Array, E>, file: string) {
  let failure: E | undefined
  const noted = Stream.tapError(bytes, (error) => Effect.sync(() => (failure = error)))
  // With the transaction that this is in.
  const source = Readable.from(yield* Stream.toAsyncIterableEffect(noted), { objectMode: false })
  return yield* Effect.mapError(
    attempt(`${file} cannot be written`, () => writeFileOf(file, [source, createZstdCompress()])),
    (error): E | BackupFailed => failure ?? error
  )
})

const isUndefinedTable = (error: unknown): boolean =>
  error instanceof SqlError && (error.reason.cause as { readonly code?: unknown } | undefined)?.code === "42P01"

function wordsForErrors<A, E, R>(effect: Effect.Effect<A, E | SqlError | PartGone, R>) {
  return Effect.mapError(effect, (error): Exclude<E, SqlError | PartGone> | BackupFailed => {
    if (error instanceof PartGone)
      return failed("the database drops tables faster than they can be read: try again when it is less busy")
    if (error instanceof SqlError) return failed(`the database cannot be read: ${error.message}`)
    return error as Exclude<E, SqlError | PartGone>
  })
}

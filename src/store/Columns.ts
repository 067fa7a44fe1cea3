/** Rows on their way into a table, as columns: each a binary array, which Postgres takes apart again. */
import { PgTypes } from "@effect/sql-pg"
import { Effect, Result } from "effect"

/** Its name in the table, its type, and where its values come from. Times are epoch milliseconds. */
export type Column<Row> = readonly [name: string, oid: number, cell: (row: Row) => unknown]

/** A table's columns as statements name them, and the parameters of one. */
export interface Columns<Row> {
  /** Rows that one statement takes: some 15 ms of the hub's one thread to write down, 50 ms of Postgres to store. */
  readonly rowsMost: number
  readonly count: number
  /** `a, b, c` */
  readonly names: string
  /** `unnest($1) AS a, …`: in a SELECT list, where rows are made one by one instead of all before the first. */
  readonly rows: string
  readonly parameters: (rows: ReadonlyArray<Row>) => ReadonlyArray<unknown>
}

export const NARROW_ROWS = 5_000
export const WIDE_ROWS = 1_000

export const columns = <Row>(rowsMost: number, all: ReadonlyArray<Column<Row>>): Columns<Row> => ({
  rowsMost,
  count: all.length,
  names: all.map(([name]) => name).join(", "),
  rows: all.map(([name], i) => `unnest($${i + 1}) AS ${name}`).join(", "),
  parameters: (rows) => all.map(([, oid, cell]) => Result.getOrThrow(PgTypes.array(rows.map(cell), oid)))
})

/**
 * Runs `write` for all rows, with few enough at once that other work of this thread has its turn between, and that a
 * database which takes too long for some is away: rows may be any number.
 */
export const inParts = <Row, E, R>(
  { parameters, rowsMost }: Columns<Row>,
  rows: ReadonlyArray<Row>,
  write: (parameters: ReadonlyArray<unknown>) => Effect.Effect<unknown, E, R>
): Effect.Effect<void, E, R> =>
  Effect.forEach(
    Array.from({ length: Math.ceil(rows.length / rowsMost) }, (_, i) => i * rowsMost),
    (start) => write(parameters(rows.slice(start, start + rowsMost))),
    { discard: true }
  )

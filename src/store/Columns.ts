/** Rows on their way into a table, as columns: each a binary array, which Postgres takes apart again. */
import { PgTypes } from "@effect/sql-pg"
import { Result } from "effect"

/** Its name in the table, its type, and where its values come from. Times are epoch milliseconds. */
export type Column<Row> = readonly [name: string, oid: number, cell: (row: Row) => unknown]

/** A table's columns as statements name them, and the parameters of one. */
export interface Columns<Row> {
  /** Rows that one statement takes: some 15 ms of the hub's one thread to write down, 50 ms of Postgres to store. */
  readonly rowsMost: number
  readonly count: number
  /** `a, b, c` */
  readonly names: string
  /**
   * `unnest($1) AS a, …`, the first parameter being `$first`: in a SELECT list, where rows are made one by one instead
   * of all before the first.
   */
  readonly rows: (first: number) => string
  readonly parameters: (rows: ReadonlyArray<Row>) => ReadonlyArray<unknown>
}

export const NARROW_ROWS = 5_000
export const WIDE_ROWS = 1_000

export const columns = <Row>(rowsMost: number, all: ReadonlyArray<Column<Row>>): Columns<Row> => ({
  rowsMost,
  count: all.length,
  names: all.map(([name]) => name).join(", "),
  rows: (first) => all.map(([name], i) => `unnest($${first + i}) AS ${name}`).join(", "),
  parameters: (rows) => all.map(([, oid, cell]) => Result.getOrThrow(PgTypes.array(rows.map(cell), oid)))
})

/** What becomes of rows: `name` is what other writes of the same statement call it. */
export interface Write<Row> {
  readonly name: string
  readonly columns: Columns<Row>
  /** The statement whose first parameter is `$first`; `isBeside` says whether a write of that name is in it as well. */
  readonly text: (first: number, isBeside: (name: string) => boolean) => string
}

/** Rows of one write within a statement. */
interface Part {
  readonly name: string
  readonly text: (first: number, isBeside: (name: string) => boolean) => string
  readonly parameters: () => ReadonlyArray<unknown>
}

/**
 * Writes to several tables, cut into statements that each hold few enough rows that other work of this thread has its
 * turn between, and that a database which takes too long for some is away. Rows may be any number. All rows of a write
 * are in the statements of the write before, or in later ones.
 */
export class Batch {
  readonly #statements: Array<Array<Part>> = []

  add<Row>({ columns, name, text }: Write<Row>, rows: ReadonlyArray<Row>): this {
    for (let start = 0; start < rows.length; start += columns.rowsMost) {
      const some = rows.slice(start, start + columns.rowsMost)
      const part = { name, text, parameters: () => columns.parameters(some) }
      const last = this.#statements.at(-1)
      if (last !== undefined && rows.length <= columns.rowsMost) last.push(part)
      else this.#statements.push([part])
    }
    return this
  }

  /**
   * Each statement is one `WITH`, which takes one round trip where its parts would take one each. `head`: its first
   * common table expressions, with the first parameters; `tail`: its question. The parts see one snapshot, and are
   * carried out in any order, unless one reads another. Without rows there is one statement, of head and tail.
   */
  statements(
    head: string,
    parameters: ReadonlyArray<unknown>,
    tail: string
  ): ReadonlyArray<() => { readonly text: string; readonly parameters: ReadonlyArray<unknown> }> {
    const all = this.#statements.length === 0 ? [[]] : this.#statements
    return all.map((parts) => () => {
      const isBeside = (name: string) => parts.some((part) => part.name === name)
      const values = [...parameters]
      let text = `WITH ${head}`
      for (const part of parts) {
        text += `,\n${part.name} AS (${part.text(values.length + 1, isBeside)})`
        values.push(...part.parameters())
      }
      return { text: `${text}\n${tail}`, parameters: values }
    })
  }
}

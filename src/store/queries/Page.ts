/** Lists: newest first, page by page. A page starts behind a position, so rows that arrive meanwhile shift nothing. */

/** Place of a row in its list: its time in epoch milliseconds, and what tells rows of one time apart. */
export interface Position {
  readonly time: number
  readonly id: string
}

/** `from` inclusive, `to` exclusive, in epoch milliseconds; null where open. */
export interface PageRequest {
  readonly limit: number
  readonly after: Position | null
  readonly from: number | null
  readonly to: number | null
}

export interface Page<A> {
  readonly items: ReadonlyArray<A>
  /** Where the next page starts; null on the last one. */
  readonly next: Position | null
}

/** The page of rows that a query answered with one row more than `limit`, newest first. */
export const pageOf = <A>(rows: ReadonlyArray<A>, limit: number, position: (row: A) => Position): Page<A> =>
  rows.length > limit ? { items: rows.slice(0, limit), next: position(rows[limit - 1]!) } : { items: rows, next: null }

/** The same over rows in memory, in any order. */
export const pageIn = <A>(rows: ReadonlyArray<A>, request: PageRequest, position: (row: A) => Position): Page<A> => {
  const { after, from, limit, to } = request
  const inside = rows
    .map((row) => ({ row, at: position(row) }))
    .filter(({ at }) => (from === null || at.time >= from) && (to === null || at.time < to))
    .filter(({ at }) => after === null || isBehind(at, after))
    .sort((a, b) => (isBehind(a.at, b.at) ? 1 : -1))
    .map(({ row }) => row)
  return pageOf(inside.slice(0, limit + 1), limit, position)
}

const isBehind = (position: Position, other: Position): boolean =>
  position.time < other.time || (position.time === other.time && position.id < other.id)

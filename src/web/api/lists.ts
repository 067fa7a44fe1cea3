/** Long lists: what is new stands at their head, so only that is asked again. */
import { identityOf } from "./patch.ts"

/** The first page is small, so that it comes soon; who goes on wants many. */
export const FIRST_PAGE = 200
export const NEXT_PAGE = 1_000

interface ListPage {
  readonly items: ReadonlyArray<object>
  readonly nextCursor: string | null
}

export interface ListPages {
  readonly pages: ReadonlyArray<ListPage>
  readonly pageParams: ReadonlyArray<string | null>
}

/** More than its first page: such a list is never asked again as a whole. */
export const isLong = ({ state: { data } }: { readonly state: { readonly data?: unknown } }): boolean =>
  typeof data === "object" && data !== null && "pages" in data && Array.isArray(data.pages) && data.pages.length > 1

/**
 * The pages with their beginning replaced by `head`, the first page as it is now. What follows the last of its rows
 * that was there before stays. Where none was, too much is new: only the head is left, and the list goes on from it.
 */
export const withHead = ({ pages, pageParams }: ListPages, head: ListPage): ListPages => {
  const last = pages.at(-1)
  const rows = pages.flatMap(({ items }) => items)
  const places = new Map(rows.map((row, index) => [identityOf(row), index]))
  const place = head.items.reduce((place, row) => places.get(identityOf(row)) ?? place, -1)
  if (head.nextCursor === null || last === undefined || place === -1) return { pages: [head], pageParams: [null] }
  const known = new Set(head.items.map(identityOf))
  const rest = rows.slice(place + 1).filter((row) => !known.has(identityOf(row)))
  return {
    pages: [head, { items: rest, nextCursor: last.nextCursor }],
    pageParams: [null, pageParams[1] ?? head.nextCursor]
  }
}

/** Fragments that all lists share. */
import { PgTypes } from "@effect/sql-pg"
import { Effect } from "effect"
import type { SqlClient, Statement } from "effect/sql"
import { type StaleVersion, staleVersion } from "../../schema/Errors.ts"
import type { Labels } from "../../schema/Identity.ts"
import type { Expectation, Filters } from "../catalogue/Catalogue.ts"
import { texts } from "../JournalPg.ts"
import type { PageRequest } from "./Page.ts"

/** Columns by which a list is ordered, newest first: SQL of ours, never of a caller. `cast`: type of the id column. */
export interface PageColumns {
  readonly time: string
  readonly id: string
  readonly cast: "uuid" | "bigint" | "text"
}

/** The conditions of a page. Equal times are told apart by id, so a page begins exactly behind the one before. */
export const inPage = (
  sql: SqlClient.SqlClient,
  { cast, id, time }: PageColumns,
  { after, from, to }: PageRequest
): ReadonlyArray<Statement.Fragment> => {
  const column = sql.literal(time)
  const conditions: Array<Statement.Fragment> = []
  if (from !== null) conditions.push(sql`${column} >= ${PgTypes.timestamptz(from)}`)
  if (to !== null) conditions.push(sql`${column} < ${PgTypes.timestamptz(to)}`)
  if (after !== null) {
    const behind = sql`(${PgTypes.timestamptz(after.time)}, ${after.id}::${sql.literal(cast)})`
    conditions.push(sql`(${column}, ${sql.literal(id)}) < ${behind}`)
  }
  return conditions
}

/** One row more than asked for: it says whether there is a next page. */
export const newestFirst = (sql: SqlClient.SqlClient, { id, time }: PageColumns, { limit }: PageRequest) =>
  sql`ORDER BY ${sql.literal(time)} DESC, ${sql.literal(id)} DESC LIMIT ${limit + 1}`

/**
 * Rows whose fields have one of the values. `fields` maps names, which must all be known, to expressions of ours that
 * give a text.
 */
export const fieldFilters = (
  sql: SqlClient.SqlClient,
  fields: Readonly<Record<string, string>>,
  filters: Filters
): ReadonlyArray<Statement.Fragment> =>
  Object.entries(filters).map(([name, values]) => sql`${sql.literal(fields[name]!)} = ANY (${texts(values)})`)

/** Rows that have at least these labels. */
export const labelFilter = (
  sql: SqlClient.SqlClient,
  column: string,
  labels: Labels | null
): ReadonlyArray<Statement.Fragment> =>
  labels === null || Object.keys(labels).length === 0 ? [] : [sql`${sql.literal(column)} @> ${PgTypes.jsonb(labels)}`]

/** A text that is no UUID names nothing; Postgres would refuse the whole statement for it. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

/** Fails where `If-Match` named another version than the one that is there. */
export const expectVersion = (expect: Expectation, version: number): Effect.Effect<void, StaleVersion> =>
  typeof expect === "number" && expect !== version ? Effect.fail(staleVersion(version)) : Effect.void

/** Queries of lists of facts, as the store takes them. */
import type { Labels } from "../../schema/Identity.ts"
import { incidentNumberOf } from "../../schema/Incident.ts"
import type { Filters } from "../../store/catalogue/Catalogue.ts"
import type { FactQuery } from "../../store/queries/Queries.ts"
import { type ListQuery, pageRequest } from "../api/List.ts"

type Value = string | number | ReadonlyArray<string | number> | undefined

/** Every parameter that is not of the page is a filter named like its field; `more` are filters under other names. */
export const factQuery = (
  query: ListQuery & { readonly labels?: Labels | undefined },
  more: Readonly<Record<string, Value>> = {}
): FactQuery => {
  const { cursor, from, labels, limit, to, ...fields } = query
  return {
    ...pageRequest({ cursor, from, limit, to }),
    labels: labels ?? null,
    filters: filtersOf({ ...fields, ...more })
  }
}

/** Filters compare texts. */
export const filtersOf = (fields: Readonly<Record<string, Value>>): Filters =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, [value].flat().map(String)] as const]
    )
  )

/** Numbers of incident keys; one that is none names no incident. */
export const incidentNumbers = (keys: ReadonlyArray<string> | undefined): ReadonlyArray<number> | undefined =>
  keys?.map((key) => incidentNumberOf(key) ?? 0)

/** What all lists have in common: newest first, `limit`, `cursor`, `from`, `to`, and filters named like the fields. */
import { Schema, SchemaTransformation } from "effect"
import { limits } from "../../limits.ts"
import type { Labels } from "../../schema/Identity.ts"
import { checkLabels } from "../../schema/Point.ts"
import type { Page, PageRequest, Position } from "../../store/queries/Page.ts"
import { QueryTime } from "./Time.ts"

/** What tells rows of one time apart, by kind of list: a cursor that somebody made up must not reach the database. */
const ROW_ID = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  number: /^[0-9]{1,15}$/,
  word: /^[0-9A-Za-z]{1,64}$/,
  place: /^[0-9]{1,9}(:[0-9]{1,9})+$/,
  violation: /^[0-9]{1,9}:[0-9]{1,9}:[0-9a-f-]{36}:[0-9]{1,9}$/
} as const
export type RowId = keyof typeof ROW_ID

const read = (text: string): Position => {
  const [, time, id] = /^(-?[0-9]{1,15})\.(.{1,200})$/s.exec(Buffer.from(text, "base64url").toString("latin1")) ?? []
  return { time: Number(time), id: id ?? "" }
}

const write = ({ id, time }: Position): string => Buffer.from(`${time}.${id}`, "latin1").toString("base64url")

const PositionSchema = Schema.Struct({ time: Schema.Int, id: Schema.String })

const isCursor = (rowId: RowId) =>
  Schema.makeFilter((text: string) => {
    const { id, time } = read(text)
    return (Number.isInteger(time) && ROW_ID[rowId].test(id)) || "must be a nextCursor of this list"
  })

const cursor = (rowId: RowId) =>
  Schema.String.check(isCursor(rowId))
    .annotate({ description: "`nextCursor` of the page before." })
    .pipe(Schema.decodeTo(PositionSchema, SchemaTransformation.transform({ decode: read, encode: write })))

const limit = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: limits.listMost }, { message: `must be from 1 to ${limits.listMost}` })
).annotate({ description: `Items of a page; ${limits.listDefault} where absent.` })

/** The query of a list; `time` names the field that `from` and `to` are about. */
export const listQuery = (rowId: RowId, time: string) => ({
  limit: Schema.optionalKey(limit),
  cursor: Schema.optionalKey(cursor(rowId)),
  from: Schema.optionalKey(QueryTime.annotate({ description: `Only with ${time} at or after it.` })),
  to: Schema.optionalKey(QueryTime.annotate({ description: `Only with ${time} before it.` }))
})

export interface ListQuery {
  readonly limit?: number | undefined
  readonly cursor?: Position | undefined
  readonly from?: number | undefined
  readonly to?: number | undefined
}

export const pageRequest = (query: ListQuery): PageRequest => ({
  limit: query.limit ?? limits.listDefault,
  after: query.cursor ?? null,
  from: query.from ?? null,
  to: query.to ?? null
})

/** A filter: any of the values, given once or several times. */
export const anyOf = <S extends Schema.Constraint>(schema: S) => Schema.optionalKey(Schema.Array(schema))

/** `true` or `false`. */
export const Flag = Schema.Literals(["true", "false"])

/** `labels={"host":"web-1"}`: rows that have at least these. */
export const LabelsQuery = Schema.fromJsonString(
  Schema.Record(Schema.String, Schema.String).check(
    // No series has others; and a text with NUL would be Postgres' error, not the caller's.
    Schema.makeFilter((labels: Labels) => checkLabels(labels)?.message ?? true)
  )
).annotate({
  description: 'Only with at least these labels, as a JSON object: `{"host":"web-1"}`.'
})

export const PageOf = <S extends Schema.Constraint>(item: S, rowId: RowId) =>
  Schema.Struct({
    items: Schema.Array(item),
    nextCursor: Schema.NullOr(cursor(rowId)).annotate({
      description: "Where the next page starts; null on the last page."
    })
  })

export const answerPage = <A, B>({ items, next }: Page<A>, show: (item: A) => B) => ({
  items: items.map(show),
  nextCursor: next
})

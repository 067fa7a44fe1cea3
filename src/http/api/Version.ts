/** Versions of documents: `ETag` of answers, `If-Match` of changes. */
import { Schema, SchemaTransformation } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Expectation } from "../../store/catalogue/Catalogue.ts"

const VERSION = /^(?:W\/)?"?([0-9]{1,9})"?$/

const IfMatchText = Schema.String.check(
  Schema.makeFilter((text: string) => text === "*" || VERSION.test(text) || 'must be a version, as in the ETag: "3"')
).annotate({ description: "The version that the change was made from; 412 if it is not the current one." })

const read = (text: string): number | "present" => (text === "*" ? "present" : Number(VERSION.exec(text)![1]))
const write = (expect: number | "present"): string => (expect === "present" ? "*" : `"${expect}"`)

const IfMatch = IfMatchText.pipe(
  Schema.decodeTo(
    Schema.Union([Schema.Int, Schema.Literal("present")]),
    SchemaTransformation.transform({ decode: read, encode: write })
  )
)

export const ifMatch = { "if-match": Schema.optionalKey(IfMatch) }

/** What `If-Match` asks to be there; without it, any version. */
export const expectationOf = (headers: { readonly "if-match"?: number | "present" }): Expectation =>
  headers["if-match"] ?? "present"

/** An answer with one document, and its version as ETag. */
export const versioned = <S extends Schema.Top>(document: S) =>
  HttpApiSchema.WithHeaders(document, { etag: Schema.String.annotate({ description: "The version, for If-Match." }) })

export const withVersion = <A extends { readonly version: number }>(body: A) =>
  HttpApiSchema.withHeaders({ body, headers: { etag: `"${body.version}"` } })

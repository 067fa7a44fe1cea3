/** What every validation of a document has in common: the shape of a refusal, and what may be sent along unread. */
import { SchemaIssue } from "effect"
import { limits } from "../limits.ts"

/** Why a document is refused: the path of the field, dots between its parts, and a reason for people. */
export interface Refusal {
  readonly field: string
  readonly reason: string
}

/** What a decoder found wrong, field by field, as far as it helps; `what` names a document that is wrong as a whole. */
export const refusalsOf = (issue: SchemaIssue.Issue, what: string): ReadonlyArray<Refusal> =>
  formatIssue(issue)
    .issues.slice(0, limits.refusals)
    .map(({ message, path }) => ({ field: path?.map(String).join(".") || what, reason: message }))

const formatIssue = SchemaIssue.makeFormatterStandardSchemaV1({
  leafHook: (issue) => {
    switch (issue._tag) {
      case "MissingKey":
        return "is required"
      case "UnexpectedKey":
        return "is not known here"
      default:
        return SchemaIssue.defaultLeafHook(issue).replace(/^Expected /, "must be ")
    }
  }
})

/** Without the fields that an answer adds: a client that changes what it has read and puts it back sends them along. */
export const withoutAnswerFields = (input: unknown): unknown => {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return input
  return Object.fromEntries(Object.entries(input).filter(([name]) => !ANSWER_FIELDS.has(name)))
}

const ANSWER_FIELDS = new Set(["id", "createdAt", "version"])

import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { notFound } from "../../schema/Errors.ts"
import { validateRule } from "../../schema/RuleValidation.ts"
import { Catalogue, type Stored } from "../../store/catalogue/Catalogue.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage, pageRequest } from "../api/List.ts"
import { expectationOf, withVersion } from "../api/Version.ts"
import { answering } from "./Answer.ts"
import { makeDocuments } from "./Documents.ts"
import { filtersOf } from "./FactQuery.ts"

export const RulesHandlers = HttpApiBuilder.group(
  Api,
  "rules",
  Effect.fnUntraced(function* (handlers) {
    const catalogue = yield* Catalogue
    const rules = yield* makeDocuments("rule", validateRule)

    return handlers
      .handle("list", ({ query: { cursor, from, limit, to, ...fields } }) =>
        Effect.map(
          rules.list({ ...pageRequest({ cursor, from, limit, to }), filters: filtersOf(fields), reception: null }),
          (page) => answerPage(page, show)
        )
      )
      .handleRaw("create", () => Effect.map(rules.create, (rule) => withVersion(show(rule))))
      .handle("get", ({ params }) => Effect.map(rules.get(params.id), (rule) => withVersion(show(rule))))
      .handleRaw("replace", ({ headers, params }) =>
        Effect.map(rules.replace(params.id, expectationOf(headers)), (rule) => withVersion(show(rule)))
      )
      .handle("remove", ({ headers, params }) =>
        // Nothing is attached to a rule.
        Effect.catchTag(rules.remove(params.id, expectationOf(headers)), "Conflict", Effect.die)
      )
      .handle("revisions", ({ params }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          const revisions = yield* catalogue.revisions(workspaceNumber, params.id)
          if (revisions.length === 0) return yield* notFound("rule")
          const items = revisions.map(({ document: rule, ...revision }) => ({ ...revision, rule }))
          return { items, nextCursor: null }
        }).pipe(answering)
      )
  })
)

const show = ({ createdAt, document, id, updatedAt, version }: Stored<"rule">) => ({
  id,
  version,
  createdAt,
  updatedAt,
  ...document
})

import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { validatePolicy } from "../../schema/Policy.ts"
import { Catalogue, type Stored } from "../../store/catalogue/Catalogue.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { expectationOf, withVersion } from "../api/Version.ts"
import { answering, jsonBody } from "./Answer.ts"
import { makeWrite, validated } from "./Documents.ts"

export const PolicyHandlers = HttpApiBuilder.group(
  Api,
  "policy",
  Effect.fnUntraced(function* (handlers) {
    const catalogue = yield* Catalogue
    const write = yield* makeWrite

    return handlers
      .handle("get", () =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          const [policy] = yield* catalogue.all(workspaceNumber, "policy")
          return withVersion(show(policy!))
        }).pipe(answering)
      )
      .handleRaw("replace", ({ headers }) =>
        Effect.gen(function* () {
          const document = yield* validated(validatePolicy(yield* jsonBody))
          const [row] = yield* write([{ _tag: "Put", kind: "policy", document, expect: expectationOf(headers) }])
          return withVersion(show(row!.stored as Stored<"policy">))
          // A workspace has one policy from its beginning, and no other.
        }).pipe(Effect.catchTags({ Conflict: Effect.die, NotFound: Effect.die }))
      )
  })
)

const show = ({ createdAt, document, id, updatedAt, version }: Stored<"policy">) => ({
  id,
  version,
  createdAt,
  updatedAt,
  ...document
})

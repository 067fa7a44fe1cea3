import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { type AuditEntry, Queries } from "../../store/queries/Queries.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage } from "../api/List.ts"
import { answering } from "./Answer.ts"
import { factQuery } from "./FactQuery.ts"

export const AuditHandlers = HttpApiBuilder.group(
  Api,
  "audit",
  Effect.fnUntraced(function* (handlers) {
    const queries = yield* Queries
    return handlers.handle("list", ({ query }) =>
      Effect.gen(function* () {
        const { workspaceNumber } = yield* CurrentIdentity
        return answerPage(yield* queries.audit(workspaceNumber, factQuery(query)), (entry: AuditEntry) => entry)
      }).pipe(answering)
    )
  })
)

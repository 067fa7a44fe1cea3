import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { type AuditEntry, Queries } from "../../store/Queries.ts"
import { Api } from "../Api.ts"
import { answerPage } from "../ApiList.ts"
import { CurrentIdentity } from "../Auth.ts"
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

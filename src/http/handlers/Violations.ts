import { Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Queries } from "../../store/queries/Queries.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage } from "../api/List.ts"
import { answering } from "./Answer.ts"
import { factQuery } from "./FactQuery.ts"

export const ViolationsHandlers = HttpApiBuilder.group(
  Api,
  "violations",
  Effect.fnUntraced(function* (handlers) {
    const queries = yield* Queries
    return handlers.handle("list", ({ query: { alertId = null, ...query } }) =>
      Effect.gen(function* () {
        const { workspaceNumber } = yield* CurrentIdentity
        const page = yield* queries.violations(workspaceNumber, { ...factQuery(query), alertId, incident: null })
        return answerPage(page, (violation) => violation)
      }).pipe(answering)
    )
  })
)

import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { limits } from "../../limits.ts"
import { validateMetricDefinition } from "../../schema/MetricDefinition.ts"
import type { Stored } from "../../store/catalogue/Catalogue.ts"
import { Api } from "../api/Api.ts"
import { answerPage, pageRequest } from "../api/List.ts"
import { expectationOf, withVersion } from "../api/Version.ts"
import { makeDocuments } from "./Documents.ts"
import { filtersOf } from "./FactQuery.ts"

export const MetricDefinitionsHandlers = HttpApiBuilder.group(
  Api,
  "metric-definitions",
  Effect.fnUntraced(function* (handlers) {
    const definitions = yield* makeDocuments("metric", validateMetricDefinition)

    const since = Effect.map(Clock.currentTimeMillis, (now) => now - limits.receivingMillis)
    const shown = (definition: Stored<"metric">) => Effect.map(since, (time) => withVersion(show(definition, time)))

    return handlers
      .handle(
        "list",
        Effect.fnUntraced(function* ({ query: { cursor, dataStatus, from, limit, to, ...fields } }) {
          const time = yield* since
          const page = yield* definitions.list({
            ...pageRequest({ cursor, from, limit, to }),
            filters: filtersOf(fields),
            reception: dataStatus === undefined ? null : { since: time, receiving: dataStatus === "Receiving" }
          })
          return answerPage(page, (definition) => show(definition, time))
        })
      )
      .handleRaw("create", () => Effect.flatMap(definitions.create, shown))
      .handle("get", ({ params }) => Effect.flatMap(definitions.get(params.id), shown))
      .handleRaw("replace", ({ headers, params }) =>
        Effect.flatMap(definitions.replace(params.id, expectationOf(headers)), shown)
      )
      .handle("remove", ({ headers, params }) => definitions.remove(params.id, expectationOf(headers)))
  })
)

const show = ({ createdAt, document, id, receivedAt, updatedAt, version }: Stored<"metric">, since: number) => ({
  id,
  version,
  createdAt,
  updatedAt,
  ...document,
  dataStatus: receivedAt !== null && receivedAt >= since ? ("Receiving" as const) : ("NotReceiving" as const),
  receivedAt
})

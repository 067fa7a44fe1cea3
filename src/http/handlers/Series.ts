import { Clock, Effect, Result } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { limits } from "../../limits.ts"
import { invalid, invalidQuery } from "../../schema/Errors.ts"
import { checkAnswerSize, type HistoryQuery, validateHistoryQuery } from "../../schema/History.ts"
import { answerSeries, rawParts, readTo } from "../../schema/HistoryBuckets.ts"
import { Queries } from "../../store/Queries.ts"
import { Api } from "../Api.ts"
import { answerPage } from "../ApiList.ts"
import { CurrentIdentity } from "../Auth.ts"
import { answering } from "./Answer.ts"
import { factQuery } from "./FactQuery.ts"

export const SeriesHandlers = HttpApiBuilder.group(
  Api,
  "series",
  Effect.fnUntraced(function* (handlers) {
    const queries = yield* Queries
    const history = yield* makeHistory
    return handlers
      .handle("list", ({ query }) =>
        Effect.gen(function* () {
          const { workspaceNumber } = yield* CurrentIdentity
          const { prefix, ...filters } = query
          const page = yield* queries.series(workspaceNumber, { ...factQuery(filters), prefix: prefix ?? null })
          return answerPage(page, ({ partition: _, series: __, ...shown }) => shown)
        }).pipe(answering)
      )
      .handle("history", ({ query }) => answering(history(query)))
  })
)

const makeHistory = Effect.gen(function* () {
  const queries = yield* Queries
  const partitions = yield* Partitions
  return Effect.fnUntraced(function* (query: HistoryQuery) {
    const { workspaceNumber } = yield* CurrentIdentity
    const now = yield* Clock.currentTimeMillis
    const request = yield* Effect.fromResult(Result.mapError(validateHistoryQuery(query, now), invalidQuery))
    const { fromMillis, labels, metric } = request
    const found = yield* queries.seriesOf(workspaceNumber, metric, labels, limits.historySeries + 1)
    if (found.length > limits.historySeries) {
      const reason = `selects more than ${limits.historySeries} series: name more labels`
      return yield* invalid([{ field: "labels", reason }])
    }
    const places = found.map((one) => ({ partition: one.partition, series: one.series, from: fromMillis }))
    const points = yield* partitions.readRaw(places, readTo(request, limits.historyPoints))
    const series = found.map((one, i) =>
      answerSeries(metric, one.labels, rawParts(points[i]!, request), request, limits.historyPoints)
    )
    const tooLarge = checkAnswerSize({ series }, limits.historyAnswerPoints)
    if (tooLarge !== undefined) return yield* invalid([tooLarge])
    return { series }
  })
})

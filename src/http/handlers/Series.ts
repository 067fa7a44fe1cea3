import { Clock, Effect, Result, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { HistoryReader } from "../../actors/history/HistoryReader.ts"
import { limits } from "../../limits.ts"
import { invalid, invalidQuery } from "../../schema/Errors.ts"
import { checkAnswerSize, type HistoryQuery, validateHistoryQuery } from "../../schema/History.ts"
import { Queries } from "../../store/queries/Queries.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answerPage } from "../api/List.ts"
import { answering } from "./Answer.ts"
import { factQuery } from "./FactQuery.ts"
import { historyPieces } from "./HistoryJson.ts"

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
  const reader = yield* HistoryReader
  return Effect.fnUntraced(function* (query: HistoryQuery) {
    const { workspaceNumber } = yield* CurrentIdentity
    const now = yield* Clock.currentTimeMillis
    const validated = validateHistoryQuery(query, now)
    if (Result.isFailure(validated)) {
      const { isReadable, refusals } = validated.failure
      return yield* isReadable ? invalid(refusals) : invalidQuery(refusals)
    }
    const request = validated.success
    const { labels, metric } = request
    const found = yield* queries.seriesOf(workspaceNumber, metric, labels, limits.historySeries + 1)
    if (found.length > limits.historySeries) {
      const reason = `selects more than ${limits.historySeries} series: name more labels`
      return yield* invalid([{ field: "labels", reason }])
    }
    const histories = yield* reader.read(workspaceNumber, found, request)
    const points = histories.reduce((sum, { buckets }) => sum + buckets.count, 0)
    const tooLarge = checkAnswerSize(points, limits.historyAnswerPoints)
    if (tooLarge !== undefined) return yield* invalid([tooLarge])
    const series = histories.map((one, i) => ({ ...one, labels: found[i]!.labels }))
    // One at a time: a large answer is written as it is read.
    const pieces = Stream.fromIterable(historyPieces(metric, series), { chunkSize: 1 })
    return HttpServerResponse.stream(pieces, { contentType: "application/json" })
  })
})

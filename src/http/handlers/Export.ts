import { Effect, Layer, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import { HttpApiBuilder } from "effect/http-api"
import { PointExport } from "../../actors/history/PointExport.ts"
import { ExportStoreHub } from "../../store/export/ExportStoreLive.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answering } from "./Answer.ts"

export const ExportHandlers = HttpApiBuilder.group(
  Api,
  "export",
  Effect.fnUntraced(function* (handlers) {
    const exports = yield* PointExport
    return handlers.handle("points", ({ query: { from, labels, metric, to } }) =>
      Effect.gen(function* () {
        const { workspaceNumber } = yield* CurrentIdentity
        const lines = yield* exports.lines({
          workspaceNumber,
          metric: metric ?? null,
          labels: labels ?? {},
          fromMillis: from ?? null,
          toMillis: to ?? null
        })
        // A failure in the middle cuts the connection: who reads misses the end.
        const texts = Stream.map(lines, (line) => `${JSON.stringify(line)}\n`)
        return HttpServerResponse.stream(Stream.encodeText(texts), { contentType: "application/x-ndjson" })
      }).pipe(answering)
    )
  })
).pipe(Layer.provide(PointExport.layer), Layer.provide(ExportStoreHub))

/** The lines of `GET /api/export`, as they come. */
import { Effect, Schema, Stream } from "effect"
import { HttpClient, HttpClientRequest } from "effect/http"
import { ExportLine } from "../../schema/Export.ts"
import { CommandFailed } from "../Failure.ts"
import type { Hub } from "../Hub.ts"
import { refusalOf, refusedAsFailure, unreachable } from "../HubRequest.ts"
import { describeLoss } from "../Loss.ts"
import { splitLines } from "../push/Text.ts"

/** Far more than 2,000 points, or the labels of all series. */
const LONGEST_LINE = 16 * 1024 * 1024

/** Fails when the hub refuses, and when its answer ends before it is whole. */
export const exportLines = Effect.fnUntraced(function* (
  { token, url }: Hub,
  query: Readonly<Record<string, string>>
): Effect.fn.Return<Stream.Stream<ExportLine, CommandFailed>, CommandFailed, HttpClient.HttpClient> {
  const request = HttpClientRequest.get(`${url}/api/export`).pipe(
    HttpClientRequest.setUrlParams(query),
    HttpClientRequest.bearerToken(token)
  )
  const response = yield* Effect.mapError(HttpClient.execute(request), (error) => unreachable(url, describeLoss(error)))
  if (response.status !== 200) {
    const text = yield* Effect.orElseSucceed(response.text, () => "")
    const refusal = refusalOf(response.status, text)
    return yield* refusal._tag === "Refused" ? refusedAsFailure(refusal) : refusal
  }
  let isWhole = false
  return response.stream.pipe(
    Stream.mapError((error) => cutShort(describeLoss(error))),
    Stream.decodeText,
    splitLines(LONGEST_LINE),
    Stream.mapEffect((line) => Effect.mapError(decodeLine(line), () => nonsense)),
    Stream.tap(({ type }) => Effect.sync(() => (isWhole = type === "end"))),
    Stream.concat(Stream.unwrap(Effect.sync(() => (isWhole ? Stream.empty : Stream.fail(cutShort("no end came"))))))
  )
})

const decodeLine = Schema.decodeEffect(Schema.fromJsonString(ExportLine))

const nonsense = new CommandFailed({ message: "the hub's answer makes no sense; check --hub" })

const cutShort = (reason: string) =>
  new CommandFailed({ message: `the export is not whole, the hub's answer ended early: ${reason}` })

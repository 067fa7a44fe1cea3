/**
 * `GET /api/live`: what happens to alerts and incidents, and new points of the series that are asked for. The messages
 * are those of docs/live.md.
 */
import type { IncomingMessage } from "node:http"
import { Clock, Effect, Layer, Schema } from "effect"
import { limits } from "../../limits.ts"
import { type LiveEvent, LivePosition } from "../../store/LiveEvents.ts"
import { Authentication } from "../access/Authentication.ts"
import { ConnectionError } from "../Connection.ts"
import { ifAllowed } from "../ingest/Authorize.ts"
import { RequestError } from "../ingest/RequestError.ts"
import { serveSocket } from "../WebSockets.ts"
import { LiveFeed, type Watcher } from "./LiveFeed.ts"
import { makeTails } from "./Tail.ts"

export const layer = Layer.effectDiscard(
  Effect.gen(function* () {
    const feed = yield* LiveFeed
    const authentication = yield* Authentication
    const tailOf = yield* makeTails
    const clock = yield* Clock.Clock
    const messageOf = (type: string, data: unknown, time = clock.currentTimeMillisUnsafe()): string =>
      JSON.stringify({ type, time: new Date(time).toISOString(), data })

    yield* serveSocket({
      name: "live",
      path: "/api/live",
      protocol: null,
      messageBytes: limits.liveMessageBytes,
      scope: "read",
      identify: (request) =>
        ifAllowed(
          Effect.suspend(() => authentication.identify(request, "socket", workspaceOf(request))),
          "read"
        ),
      check: (request) => (sinceOf(request) === undefined ? badSince : null),
      describe: ({ code, message }) => messageOf("error", { code, message }),
      serve: Effect.fnUntraced(function* (connection, { workspaceNumber }, request) {
        const watcher: Watcher = {
          workspaceNumber,
          onEvent: ({ type, time, data }: LiveEvent) => connection.send(messageOf(type, data, time)),
          onPosition: (position) => connection.send(messageOf("position", { position })),
          onLost: () => connection.close(lost)
        }
        yield* feed
          .watch(watcher, sinceOf(request) ?? null)
          .pipe(Effect.catchTags({ PositionExpired: () => expired, StoreUnavailable: () => lost }))
        const send = (type: string, data: unknown) => connection.send(messageOf(type, data))
        const tail = tailOf({ connection, workspaceNumber, send })
        yield* Effect.forkScoped(tail.run)
        yield* Effect.forever(Effect.flatMap(connection.take, (message) => tail.receive(message)))
      })
    })
  })
).pipe(Layer.provide(Authentication.layer))

/** A browser's socket can have no header of its own. */
const workspaceOf = ({ headers, url = "" }: IncomingMessage): string | undefined =>
  (headers["lumina-workspace"] as string | undefined) ??
  new URL(url, "http://hub").searchParams.get("workspace") ??
  undefined

/** The position in the query, null for none, undefined for a text that is no position. */
const sinceOf = ({ url = "" }: IncomingMessage): LivePosition | null | undefined => {
  const since = new URL(url, "http://hub").searchParams.get("since")
  if (since === null) return null
  return isPosition(since) ? since : undefined
}

const isPosition = Schema.is(LivePosition)

const badSince = new RequestError({ code: "invalid_query", message: "since must be the position of a message before" })
const lost = new ConnectionError({ code: "unavailable", message: "the feed is interrupted: connect again with since" })
const expired = new ConnectionError({
  code: "position_expired",
  message: "too much has happened since: load the lists, and connect without since"
})

import { once } from "node:events"
import { Effect } from "effect"
import WebSocket from "ws"
import type { FakeHub } from "./FakeHub.ts"

export const streamUrl = (hub: FakeHub): string => `${hub.url.replace("http", "ws")}/v1/stream`

/** A WebSocket without a client above it. */
export const rawStream = (hub: FakeHub, options: WebSocket.ClientOptions = {}) =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<WebSocket>((resolve, reject) => {
          const headers = { authorization: "Bearer key" }
          const socket = new WebSocket(streamUrl(hub), "lumina.v1", { headers, ...options })
          socket.once("open", () => resolve(socket))
          socket.on("error", reject)
        })
    ),
    (socket) => Effect.sync(() => socket.terminate())
  )

/**
 * The hub has done what came before: it has answered a ping, and then another, before which the fibers ran that were
 * woken by what came before the first.
 */
export const settle = (socket: WebSocket) =>
  Effect.promise(async () => {
    for (let i = 0; i < 2; i++) {
      const answered = once(socket, "pong")
      socket.ping()
      await answered
    }
  })

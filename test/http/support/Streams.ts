import { once } from "node:events"
import { Effect } from "effect"
import WebSocket from "ws"
import { type Points, StreamClient } from "../../support/StreamClient.ts"
import { type FakeHub, startMillis } from "./FakeHub.ts"

export const streamUrl = (hub: FakeHub): string => `${hub.url.replace("http", "ws")}/v1/stream`

export const connect = (hub: FakeHub, { token = "key", sender = "sender-1" } = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => StreamClient.connect({ url: streamUrl(hub), token, sender })),
    (client) => Effect.promise(() => client.terminate())
  )

export const send = (client: StreamClient, points: Points, sequence?: number) =>
  Effect.promise(() => client.send(points, sequence))

/** Declares refs 0 and 1, for a frame like `two`. */
export const declareTwo = (client: StreamClient): void =>
  client.declare([
    [0, "cpu", { host: "a" }],
    [1, "load", {}]
  ])

export const two: Points = { series: [0, 1], timestamps: [startMillis, startMillis + 1], values: [1.5, -2] }

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

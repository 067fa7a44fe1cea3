import { createRequire } from "node:module"
import type * as Ws from "ws"
import { subprotocol } from "../schema/Protocol.ts"

/** `import "ws"` would load every part of it and of node:http through the ES module loader: 4 MB more. */
const { WebSocket } = createRequire(import.meta.url)("ws") as typeof Ws

/** One attempt to reach the hub, and the connection it may become. */
export interface Link {
  readonly send: (message: Uint8Array) => void
  readonly ping: () => void
  /** Says goodbye, and does not wait for the answer. */
  readonly close: () => void
  /** Drops the connection at once. */
  readonly terminate: () => void
}

export interface Ending {
  readonly reason: string
  /** HTTP status, where the hub refused the upgrade. */
  readonly status?: number
  /** WebSocket close code. */
  readonly closeCode?: number
  readonly retryAfterMillis?: number
}

export interface LinkEvents {
  readonly opened: () => void
  readonly message: (message: Uint8Array) => void
  /** Any sign of life. */
  readonly alive: () => void
  /** Comes once, whatever ends the attempt or the connection; nothing follows it. */
  readonly ended: (ending: Ending) => void
}

export type Connect = (url: string, token: string, events: LinkEvents) => Link

export const connectSocket: Connect = (url, token, events) => {
  const socket = new WebSocket(url, subprotocol, {
    headers: { authorization: `Bearer ${token}` },
    perMessageDeflate: false,
    handshakeTimeout: 10_000,
    // What the hub says is short; an answer to 10,000 rejected points is below this.
    maxPayload: 4 * 1024 * 1024
  })
  let reason: string | undefined
  let ended = false
  const end = (ending: Ending) => {
    if (ended) return
    ended = true
    events.ended(ending)
  }
  socket.on("open", events.opened)
  socket.on("message", (data) => {
    events.alive()
    events.message(data as Buffer)
  })
  socket.on("pong", events.alive)
  socket.on("ping", events.alive)
  socket.on("error", (error) => {
    reason = describe(error)
  })
  socket.on("close", (closeCode, text) => end({ reason: reason ?? `closed (${closeCode}) ${text}`.trim(), closeCode }))
  socket.on("unexpected-response", (request, response) => {
    response.resume()
    request.destroy()
    const status = response.statusCode ?? 0
    const seconds = Number(response.headers["retry-after"] ?? Number.NaN)
    end({ reason: `HTTP status ${status}`, status, ...(seconds >= 0 ? { retryAfterMillis: seconds * 1000 } : {}) })
  })
  return {
    send: (message) => socket.send(message),
    ping: () => socket.ping(),
    close: () => socket.close(1000),
    terminate: () => socket.terminate()
  }
}

/** A refused connection to a name with several addresses is an AggregateError without a message. */
const describe = (error: Error): string =>
  error instanceof AggregateError ? error.errors.map((each: Error) => each.message).join(", ") : error.message

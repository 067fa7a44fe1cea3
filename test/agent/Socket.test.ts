import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { assert, describe, it } from "@effect/vitest"
import { type WebSocket, WebSocketServer } from "ws"
import { connectSocket, type Ending } from "../../src/agent/Socket.ts"

interface Seen {
  readonly headers: Array<string | undefined>
  readonly sockets: Array<WebSocket>
}

/** A server that accepts the protocol, or answers every upgrade with a status. */
const withServer = async (
  refusal: { readonly status: number; readonly retryAfter?: string } | undefined,
  run: (url: string, seen: Seen) => Promise<void>
): Promise<void> => {
  const server: Server = createServer()
  const sockets = new WebSocketServer({ noServer: true })
  const seen: Seen = { headers: [], sockets: [] }
  server.on("upgrade", (request, socket, head) => {
    seen.headers.push(request.headers.authorization, request.headers["sec-websocket-protocol"])
    if (refusal === undefined) return sockets.handleUpgrade(request, socket, head, (each) => seen.sockets.push(each))
    const retryAfter = refusal.retryAfter === undefined ? "" : `Retry-After: ${refusal.retryAfter}\r\n`
    socket.end(`HTTP/1.1 ${refusal.status} No\r\n${retryAfter}Content-Length: 0\r\nConnection: close\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  try {
    await run(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/stream`, seen)
  } finally {
    for (const socket of seen.sockets) socket.terminate()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** Connects and collects what happens; each promise is of the first time. */
const connect = (url: string) => {
  const opened = Promise.withResolvers<void>()
  const message = Promise.withResolvers<Uint8Array>()
  const alive = Promise.withResolvers<void>()
  const ended = Promise.withResolvers<Ending>()
  const link = connectSocket(url, "lum_secret", {
    opened: opened.resolve,
    message: message.resolve,
    alive: alive.resolve,
    ended: ended.resolve
  })
  return { link, opened: opened.promise, message: message.promise, alive: alive.promise, ended: ended.promise }
}

describe("I2: the agent's socket", () => {
  it("names token and protocol, and carries binary messages both ways", () =>
    withServer(undefined, async (url, { headers, sockets }) => {
      const { link, opened, message } = connect(url)
      await opened
      assert.deepStrictEqual(headers, ["Bearer lum_secret", "lumina.v1"])
      const received = new Promise<Buffer>((resolve) => sockets[0]!.once("message", (data) => resolve(data as Buffer)))
      link.send(Buffer.from([1, 2, 3]))
      assert.deepStrictEqual(await received, Buffer.from([1, 2, 3]))
      sockets[0]!.send(Buffer.from([4, 5]))
      assert.deepStrictEqual(Buffer.from(await message), Buffer.from([4, 5]))
      link.terminate()
    }))

  it("takes a pong for a sign of life, and tells the close code", () =>
    withServer(undefined, async (url, { sockets }) => {
      const { link, opened, alive, ended } = connect(url)
      await opened
      link.ping()
      await alive
      sockets[0]!.close(4401, "revoked")
      assert.deepStrictEqual(await ended, { reason: "closed (4401) revoked", closeCode: 4401 })
    }))

  it("says goodbye", () =>
    withServer(undefined, async (url, { sockets }) => {
      const { link, opened } = connect(url)
      await opened
      const code = new Promise((resolve) => sockets[0]!.once("close", resolve))
      link.close()
      assert.strictEqual(await code, 1000)
    }))

  it("ends with a message that is longer than any of the protocol", () =>
    withServer(undefined, async (url, { sockets }) => {
      const { opened, ended } = connect(url)
      await opened
      sockets[0]!.send(Buffer.alloc(5 * 1024 * 1024))
      assert.include((await ended).reason, "Max payload")
    }))

  it("tells why it was not let in", () =>
    withServer({ status: 401 }, async (url) => {
      assert.deepStrictEqual(await connect(url).ended, { reason: "HTTP status 401", status: 401 })
    }))

  it("tells when to come back", () =>
    withServer({ status: 503, retryAfter: "7" }, async (url) => {
      assert.deepStrictEqual(await connect(url).ended, {
        reason: "HTTP status 503",
        status: 503,
        retryAfterMillis: 7000
      })
    }))

  it("tells that nobody is there", () =>
    withServer(undefined, async (url, { sockets }) => {
      const { opened, ended } = connect(url.replace(/:\d+/, ":1"))
      void opened
      assert.match((await ended).reason, /ECONNREFUSED/)
      assert.strictEqual(sockets.length, 0)
    }))
})

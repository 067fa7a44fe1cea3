/**
 * The independent client against a hub that is only this file: enough to know that the client keeps the page's rules.
 */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, assert, describe, it } from "@effect/vitest"
import { WebSocketServer } from "ws"
import { decodeClientMessage, encodeServerMessage } from "../../src/http/stream/Codec.ts"
import { MalformedMessage } from "../../src/http/stream/MessagePack.ts"
import type { ClientMessage, ServerMessage, Welcome } from "../../src/schema/Protocol.ts"
import { ConnectionClosed, StreamClient, UpgradeRefused } from "./StreamClient.ts"

const welcome: Welcome = {
  type: "welcome",
  version: 1,
  credit: 2,
  lastSequence: 41,
  limits: { pointsPerFrame: 10_000, messageBytes: 1_048_576, seriesPerConnection: 1_048_576 }
}
const points = { series: [0], timestamps: [1661126400000], values: [1] }

interface Peer {
  readonly send: (message: ServerMessage) => void
  readonly close: (code: number) => void
}

let stop: () => Promise<void> = async () => undefined
afterEach(() => stop())

/** A server that answers each message by `answer`; token "good" only. */
const serve = async (answer: (message: ClientMessage, peer: Peer) => void) => {
  const server = createServer()
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "lumina.v1" })
  server.on("upgrade", (request, socket, head) => {
    if (request.headers.authorization !== "Bearer good") {
      socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      return
    }
    sockets.handleUpgrade(request, socket, head, (peer) => {
      const send = (message: ServerMessage) => peer.send(encodeServerMessage(message))
      peer.on("message", (data: Buffer) => {
        const message = decodeClientMessage(data)
        if (message instanceof MalformedMessage) throw message
        answer(message, { send, close: (code) => peer.close(code) })
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  stop = async () => {
    for (const peer of sockets.clients) peer.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/v1/stream`
}

describe("a client written from docs/protocol.md", () => {
  it("says hello, declares, sends, and gets its acknowledgement", async () => {
    const received: Array<ClientMessage> = []
    const url = await serve((message, { send }) => {
      received.push(message)
      if (message.type === "hello") send(welcome)
      if (message.type === "declare")
        send({ type: "declined", series: [{ ref: 1, code: "wrong_host", message: "no" }] })
      if (message.type === "frame") {
        const { sequence, series } = message
        send({ type: "ack", sequence, accepted: series.length, rejected: [], credit: 1 })
      }
    })
    const client = await StreamClient.connect({ url, token: "good", sender: "web-1" })
    client.declare([[0, "metric", { host: "web-1" }]])
    const ack = await client.send(points)
    assert.deepStrictEqual(ack, { type: "ack", sequence: 42, accepted: 1, rejected: [], credit: 1 })
    assert.deepStrictEqual(client.declined, [[1, "wrong_host", "no"]])
    assert.deepStrictEqual(client.welcome, welcome)
    assert.strictEqual(client.credit, 2)
    assert.deepStrictEqual(
      received.map(({ type }) => type),
      ["hello", "declare", "frame"]
    )
    assert.deepStrictEqual(received[2], {
      type: "frame",
      sequence: 42,
      series: Uint32Array.of(0),
      timestamps: Float64Array.of(1661126400000),
      values: Float64Array.of(1)
    })
  })

  it("sends no frame without credit, and goes on when it is granted", async () => {
    const frames: Array<number> = []
    const url = await serve((message, { send }) => {
      if (message.type === "hello") send(welcome)
      if (message.type !== "frame") return
      frames.push(message.sequence)
      if (frames.length < 2) return
      // Both credits are used. One frame is refused and gives back nothing; a grant lets the third come.
      if (message.sequence === 43) {
        assert.deepStrictEqual(frames, [42, 43])
        send({ type: "refuse", sequence: 42, code: "unavailable", message: "away", retryAfterMillis: 5, credit: 0 })
        send({ type: "credit", frames: 1 })
      } else {
        for (const sequence of [43, 44]) send({ type: "ack", sequence, accepted: 1, rejected: [], credit: 1 })
      }
    })
    const client = await StreamClient.connect({ url, token: "good", sender: "web-1" })
    const answers = await Promise.all([client.send(points), client.send(points), client.send(points)])
    assert.deepStrictEqual(frames, [42, 43, 44])
    assert.deepStrictEqual(
      answers.map(({ type }) => type),
      ["refuse", "ack", "ack"]
    )
    assert.strictEqual(client.credit, 2)
  })

  it("learns why the hub closed, and settles what was on its way", async () => {
    const url = await serve((message, { send, close }) => {
      if (message.type === "hello") return send(welcome)
      send({ type: "error", code: "malformed_frame", message: "no" })
      close(1007)
    })
    const client = await StreamClient.connect({ url, token: "good", sender: "web-1" })
    const closed = { closeCode: 1007, error: { code: "malformed_frame", message: "no" } }
    const failure = await client.send(points).catch((error: unknown) => error)
    assert.deepStrictEqual(failure instanceof ConnectionClosed && failure.closed, closed)
    assert.deepStrictEqual(await client.closed, closed)
    assert.instanceOf(await client.send(points).catch((error: unknown) => error), ConnectionClosed)
  })

  it("learns that its token was refused", async () => {
    const url = await serve(() => undefined)
    const failure = await StreamClient.connect({ url, token: "bad", sender: "web-1" }).catch((error: unknown) => error)
    assert.strictEqual(failure instanceof UpgradeRefused && failure.status, 401)
  })
})

/** K9, X2: connections that are refused, that misbehave, and that end. Each case leaves the hub fine for others. */
import { request } from "node:http"
import { json } from "node:stream/consumers"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Scope } from "effect"
import { TestClock } from "effect/testing"
import WebSocket from "ws"
import { Budget } from "../../../src/http/ingest/Budget.ts"
import { limits } from "../../../src/limits.ts"
import {
  ConnectionClosed,
  encodeMessage,
  frameMessage,
  StreamClient,
  UpgradeRefused
} from "../../support/StreamClient.ts"
import { type FakeHub, identity, startHub, startMillis } from "../support/FakeHub.ts"
import { rawStream, settle, streamUrl } from "../support/Streams.ts"

const hello = { type: "hello", version: 1, sender: "bad" }
const frame = frameMessage(1, { series: [0, 1], timestamps: [startMillis], values: [1, 2] })

const open = (hub: FakeHub) =>
  Effect.acquireRelease(
    Effect.promise(() => StreamClient.open(streamUrl(hub), "key")),
    (client) => Effect.promise(() => client.terminate())
  )

const connect = (hub: FakeHub, token = "key", sender = "s") =>
  Effect.acquireRelease(
    Effect.promise(() => StreamClient.connect({ url: streamUrl(hub), token, sender })),
    (client) => Effect.promise(() => client.terminate())
  )

/** How the connection ends: close code and `error.code`. */
const ended = (client: StreamClient) =>
  Effect.promise(async () => {
    const { closeCode, error } = await client.closed
    return [closeCode, error?.code] as const
  })

/** A request to upgrade, as it should be but for the headers given. */
const upgrade = (hub: FakeHub, path: string, headers: Readonly<Record<string, string>>) =>
  Effect.promise(
    () =>
      new Promise<{ readonly status: number | undefined; readonly code: string }>((resolve, reject) => {
        const sent = request(`${hub.url}${path}`, {
          headers: {
            Authorization: "Bearer key",
            Connection: "Upgrade",
            Upgrade: "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
            ...headers
          }
        })
        sent.on("error", reject)
        sent.on("response", async (response) => {
          const body = (await json(response)) as { readonly error: { readonly code: string } }
          resolve({ status: response.statusCode, code: body.error.code })
        })
        sent.end()
      })
  )

const isFine = (hub: FakeHub) =>
  Effect.gen(function* () {
    const client = yield* connect(hub, "key", "good")
    client.declare([[0, "good", {}]])
    const answer = yield* Effect.promise(() => client.send({ series: [0], timestamps: [startMillis], values: [1] }))
    assert.strictEqual(answer.type, "ack")
  })

describe("Requests to upgrade that are refused", () => {
  it.effect.each([
    [undefined, 401],
    ["unknown", 401],
    ["reader", 403]
  ] as const)("with the token %s: %d", ([token, status]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const refused = yield* Effect.promise(() => StreamClient.open(streamUrl(hub), token).catch((error) => error))
      assert.instanceOf(refused, UpgradeRefused)
      assert.strictEqual(refused.status, status)
      yield* isFine(hub)
    })
  )

  it.effect.each([
    ["no subprotocol", "/v1/stream", {}, 400, "invalid_query"],
    ["another subprotocol", "/v1/stream", { "Sec-WebSocket-Protocol": "lumina.v9" }, 400, "invalid_query"],
    [
      "a bad key",
      "/v1/stream",
      { "Sec-WebSocket-Protocol": "lumina.v1", "Sec-WebSocket-Key": "?" },
      400,
      "invalid_query"
    ],
    ["too many headers", "/v1/stream", manyHeaders(200), 431, "headers_too_large"],
    ["too large headers", "/v1/stream", { "X-Large": "x".repeat(20_000) }, 431, "headers_too_large"],
    ["another upgrade", "/v1/stream", { Upgrade: "h2c" }, 426, "upgrade_required"],
    [
      "a token in the path",
      "/v1/stream?token=key",
      { Authorization: "", "Sec-WebSocket-Protocol": "lumina.v1" },
      401,
      "unauthorized"
    ]
  ] as const)("%s", ([, path, headers, status, code]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const answer = yield* upgrade(hub, path, headers)
      assert.deepStrictEqual([answer.status, answer.code], [status, code])
      yield* isFine(hub)
    })
  )

  it.effect("an ordinary request is told to upgrade", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const response = yield* Effect.promise(() => fetch(`${hub.url}/v1/stream`))
      assert.strictEqual(response.status, 426)
      assert.strictEqual(response.headers.get("upgrade"), "websocket")
      assert.deepInclude(yield* Effect.promise(() => response.json()), {
        error: {
          code: "upgrade_required",
          message: "this path is a WebSocket: send GET with Upgrade: websocket",
          details: null
        }
      })
    })
  )
})

describe("Messages that end the connection", () => {
  it.effect.each([
    ["a frame before hello", [encodeMessage(frame)], 1002, "unexpected_message"],
    ["hello twice", [encodeMessage(hello), encodeMessage(hello)], 1002, "unexpected_message"],
    ["another version", [encodeMessage({ ...hello, version: 2 })], 1002, "unsupported_version"],
    ["text", ["hello"], 1003, "binary_required"],
    ["text after hello", [encodeMessage(hello), "{}"], 1003, "binary_required"],
    ["nothing", [new Uint8Array()], 1007, "malformed_frame"],
    ["a count of 2^32 - 1", [Uint8Array.of(0xdf, 0xff, 0xff, 0xff, 0xff)], 1007, "malformed_frame"],
    ["a ref of 2^20", [encodeMessage(hello), encodeMessage(declareRef(2 ** 20))], 1007, "malformed_frame"],
    ["bytes behind", [Buffer.concat([encodeMessage(hello), Uint8Array.of(0)])], 1007, "malformed_frame"],
    ["more than 1 MiB", [new Uint8Array(limits.messageBytes + 1)], 1009, undefined]
  ] as const)("%s: %d", ([, messages, closeCode, code]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* open(hub)
      for (const message of messages) client.sendRaw(message)
      assert.deepStrictEqual(yield* ended(client), [closeCode, code])
      yield* isFine(hub)
    })
  )

  it.effect("no hello within 10 s: 4408", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const socket = yield* rawStream(hub)
      const closed = new Promise<number>((resolve) => socket.once("close", resolve))
      yield* settle(socket)
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Effect.promise(() => closed), 4408)
    })
  )

  it.effect("a frame without credit: 1008", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.storing.closeUnsafe()
      const client = yield* connect(hub)
      client.declare([[0, "m", {}]])
      for (let sequence = 1; sequence <= limits.creditFrames + 1; sequence++) {
        const points = { series: [0], timestamps: [startMillis], values: [1] }
        client.sendRaw(encodeMessage(frameMessage(sequence, points)))
      }
      assert.deepStrictEqual(yield* ended(client), [1008, "credit_exceeded"])
      assert.strictEqual(hub.submitted.length, limits.creditFrames)
      hub.storing.openUnsafe()
      yield* isFine(hub)
    })
  )

  it.effect("more fragments than a message is worth: 1008", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const socket = yield* rawStream(hub)
      const closed = new Promise<number>((resolve) => socket.once("close", resolve))
      for (let i = 0; i < 1_000; i++) socket.send(Uint8Array.of(0), { binary: true, fin: false })
      assert.strictEqual(yield* Effect.promise(() => closed), 1008)
      yield* isFine(hub)
    })
  )

  it.effect("a message in some fragments is one message, and compression is not agreed to", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const socket = yield* rawStream(hub)
      assert.strictEqual(socket.extensions, "")
      const welcomed = new Promise((resolve) => socket.once("message", resolve))
      const bytes = encodeMessage(hello)
      for (const [i, byte] of bytes.entries()) {
        socket.send(Uint8Array.of(byte), { binary: true, fin: i === bytes.length - 1 })
      }
      yield* Effect.promise(() => welcomed)
    })
  )

  it.effect("a client that does not read its answers is cut off", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const socket = yield* rawStream(hub)
      socket.send(encodeMessage(hello))
      yield* Effect.promise(() => new Promise((resolve) => socket.once("message", resolve)))
      // Every point of these is rejected by name, so each answer is some 600 kB; and the peer takes none of them.
      socket.pause()
      const points = { series: Array(10_000).fill(7), timestamps: [startMillis], values: Array(10_000).fill(1) }
      for (let sequence = 1; sequence <= limits.creditFrames; sequence++) {
        socket.send(encodeMessage(frameMessage(sequence, points)))
      }
      // It cannot be told why; what it notices is that it is cut off, when it sends something.
      const sending = setInterval(() => socket.pong(), 20)
      yield* Effect.promise(() => new Promise((resolve) => socket.once("close", resolve)))
      clearInterval(sending)
      yield* isFine(hub)
    })
  )

  it.effect("K5: more declarations than there is memory for: 1013", () =>
    Effect.gen(function* () {
      const hub = yield* startHub({ declarationBudget: new Budget(100_000) })
      const client = yield* connect(hub)
      for (let i = 0; i < 3; i++) client.declare([[i, "m", { long: "v".repeat(1_000) }]])
      client.declare([[16_384, "m", {}]])
      assert.deepStrictEqual(yield* ended(client), [1013, "unavailable"])
      yield* isFine(hub)
    })
  )

  it.effect("a fault of the hub: 1011", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      client.declare([[0, "m", {}]])
      hub.submitThrows = true
      const answer = client.send({ series: [0], timestamps: [startMillis], values: [1] })
      const error = yield* Effect.promise(() => answer.catch((error) => error))
      assert.instanceOf(error, ConnectionClosed)
      assert.deepStrictEqual(yield* ended(client), [1011, "internal"])
      hub.submitThrows = false
      yield* isFine(hub)
    })
  )
})

describe("Bytes that changed on the way", () => {
  const points = frameMessage(1, { series: [0, 1], timestamps: [startMillis, startMillis + 1], values: [1, 2] })
  const bytes = encodeMessage(points)
  // Every bit of the envelope and some of the columns; test/http/stream/CodecFuzz flips them all.
  const bits = Array.from({ length: bytes.length * 8 }, (_, bit) => bit).filter((bit) => bit < 200 || bit % 29 === 0)

  it.effect("a flipped bit is another frame or malformed_frame, never anything else", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      for (const bit of bits) {
        const client = yield* Effect.promise(() =>
          StreamClient.connect({ url: streamUrl(hub), token: "key", sender: `bit-${bit}` })
        )
        client.declare([
          [0, "a", {}],
          [1, "b", {}]
        ])
        const flipped = Buffer.from(bytes)
        flipped[bit >> 3]! ^= 1 << (bit & 7)
        client.sendRaw(flipped)
        // A frame that went through is followed by one that ends the connection, so that there is an end to wait for.
        client.sendRaw("end")
        const [closeCode, code] = yield* ended(client)
        assert.include(["malformed_frame", "binary_required", "unexpected_message"], code, `bit ${bit}: ${closeCode}`)
      }
      yield* isFine(hub)
    })
  )
})

describe("Tokens of live connections", () => {
  it.effect.each([
    ["is revoked", (hub: FakeHub) => hub.tokens.delete("key"), 4401, "unauthorized"],
    [
      "loses its scope",
      (hub: FakeHub) => hub.tokens.set("key", identity({ tokenId: "key", scopes: ["read"] })),
      4403,
      "forbidden"
    ]
  ] as const)("X2: a token that %s ends its connections within 5 s", ([, change, closeCode, code]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      const other = yield* connect(hub, "host")
      change(hub)
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* ended(client), [closeCode, code])
      other.declare([[0, "m", {}]])
      const answer = yield* Effect.promise(() => other.send({ series: [0], timestamps: [startMillis], values: [1] }))
      assert.strictEqual(answer.type, "ack")
    })
  )

  it.effect("X2: also while a frame of it cannot be stored", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      client.declare([[0, "m", {}]])
      hub.storing.closeUnsafe()
      client.send({ series: [0], timestamps: [startMillis], values: [1] }).catch(() => {})
      yield* hub.awaitSubmits(1)
      hub.tokens.delete("key")
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(yield* ended(client), [4401, "unauthorized"])
      hub.storing.openUnsafe()
    })
  )
})

describe("Quiet and stopping", () => {
  it.effect("a peer that answers pings is kept, one that does not is let go after 60 s", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const alive = yield* rawStream(hub)
      const dead = yield* rawStream(hub, { autoPong: false })
      for (const socket of [alive, dead]) {
        socket.send(encodeMessage(hello))
        yield* Effect.promise(() => new Promise((resolve) => socket.once("message", resolve)))
      }
      let pings = 0
      alive.on("ping", () => pings++)
      const gone = new Promise((resolve) => dead.once("close", resolve))
      while (dead.readyState === WebSocket.OPEN) {
        const pinged = new Promise((resolve) => alive.once("ping", resolve))
        yield* TestClock.adjust("20 seconds")
        yield* Effect.promise(() => Promise.race([pinged, gone]))
        // The pong is on its way before this answer is.
        yield* settle(alive)
      }
      assert.isAtLeast(pings, 2)
      assert.strictEqual(alive.readyState, WebSocket.OPEN)
    })
  )

  it.effect("a hub that stops answers what it has submitted, then closes with 1012", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const hub = yield* Scope.provide(startHub(), scope)
      const client = yield* connect(hub)
      client.declare([[0, "m", {}]])
      hub.storing.closeUnsafe()
      const answer = client.send({ series: [0], timestamps: [startMillis], values: [1] })
      yield* hub.awaitSubmits(1)
      const stopped = yield* Effect.forkChild(Scope.close(scope, Exit.void), { startImmediately: true })
      hub.storing.openUnsafe()
      assert.strictEqual((yield* Effect.promise(() => answer)).type, "ack")
      assert.deepStrictEqual(yield* ended(client), [1012, undefined])
      yield* stopped.pipe((fiber) => Effect.promise(() => new Promise((resolve) => fiber.addObserver(resolve))))
      const refused = yield* Effect.promise(() => StreamClient.open(streamUrl(hub), "key").catch((error) => error))
      assert.strictEqual(refused.code, "ECONNREFUSED")
    })
  )
})

function manyHeaders(count: number): Record<string, string> {
  const many = Array.from({ length: count }, (_, i) => [`X-${i}`, ""] as const)
  return { "Sec-WebSocket-Protocol": "lumina.v1", ...Object.fromEntries(many) }
}

function declareRef(ref: number) {
  return { type: "declare", series: [[ref, "m", {}]] }
}

/** `/api/live`: transitions of one workspace, without gap and without doubles, to whoever keeps up. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Queue } from "effect"
import { TestClock } from "effect/testing"
import WebSocket from "ws"
import { type FakeHub, identity, startHub } from "../support/FakeHub.ts"

interface Live {
  readonly type: string
  readonly time: string
  readonly data: { readonly position?: string; readonly code?: string; readonly n?: number }
}

interface Watcher {
  readonly socket: WebSocket
  readonly next: Effect.Effect<Live>
  readonly closed: Effect.Effect<number>
}

const watch = (hub: FakeHub, { token = "reader", since = "" } = {}): Effect.Effect<Watcher, never, never> =>
  Effect.gen(function* () {
    const messages = yield* Queue.unbounded<Live>()
    const query = since === "" ? "" : `?since=${encodeURIComponent(since)}`
    const url = `${hub.url.replace("http", "ws")}/api/live${query}`
    const socket = new WebSocket(url, { headers: { authorization: `Bearer ${token}` } })
    const closed = new Promise<number>((resolve) => socket.once("close", resolve))
    socket.on("error", () => {})
    socket.on("message", (data: Buffer) => Queue.offerUnsafe(messages, JSON.parse(data.toString("utf8")) as Live))
    return { socket, next: Queue.take(messages), closed: Effect.promise(() => closed) }
  })

/** A watcher that the feed knows: it was told its position. */
const watching = (hub: FakeHub, options: { readonly token?: string; readonly since?: string } = {}) =>
  Effect.tap(watch(hub, options), ({ next }) => Effect.map(next, ({ type }) => assert.strictEqual(type, "position")))

/** So that the feed looks for what is new. */
const round = TestClock.adjust("50 millis")

describe("/api/live", () => {
  it.effect("K8: what happens is told to those of the workspace, and to no one else", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* hub.live.happen(1, "alert.opened", { n: 0 })
      yield* round
      const watcher = yield* watching(hub)
      const other = yield* watching(hub, { token: "other" })
      yield* hub.live.happen(1, "alert.opened", { n: 1 })
      yield* hub.live.happen(2, "alert.closed", { n: 2 })
      yield* hub.live.happen(1, "incident.opened", { n: 3 })
      yield* round
      assert.deepStrictEqual(yield* watcher.next, {
        type: "alert.opened",
        time: "1970-01-01T00:00:00.000Z",
        data: { n: 1 }
      })
      assert.strictEqual((yield* watcher.next).type, "incident.opened")
      assert.deepStrictEqual((yield* watcher.next).data, { position: hub.live.positionOf(4) })
      assert.deepInclude(yield* other.next, { type: "alert.closed", data: { n: 2 } })
    })
  )

  it.effect("who comes back with the last position misses nothing and gets nothing twice", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const first = yield* watching(hub)
      yield* hub.live.happen(1, "alert.opened", { n: 1 })
      yield* round
      yield* first.next
      const since = (yield* first.next).data.position!
      first.socket.terminate()
      yield* hub.live.happen(1, "alert.opened", { n: 2 })
      yield* hub.live.happen(2, "alert.opened", { n: 3 })
      yield* round
      const again = yield* watch(hub, { since })
      assert.strictEqual((yield* again.next).data.n, 2)
      assert.strictEqual((yield* again.next).type, "position")
      yield* hub.live.happen(1, "alert.opened", { n: 4 })
      yield* round
      assert.strictEqual((yield* again.next).data.n, 4)
    })
  )

  it.effect("a feed that cannot read ends its connections, so that they come back and go on where they were", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const watcher = yield* watching(hub)
      hub.live.isAway = true
      yield* hub.live.happen(1, "alert.opened", { n: 1 })
      yield* round
      assert.strictEqual((yield* watcher.next).data.code, "unavailable")
      assert.strictEqual(yield* watcher.closed, 1013)
      hub.live.isAway = false
      yield* TestClock.adjust("1 second")
      const again = yield* watching(hub)
      yield* hub.live.happen(1, "alert.opened", { n: 2 })
      yield* round
      assert.strictEqual((yield* again.next).data.n, 2)
    })
  )

  it.effect("a bug ends them, too, and not the feed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const watcher = yield* watching(hub)
      hub.live.hasBug = true
      yield* hub.live.happen(1, "alert.opened", { n: 1 })
      yield* round
      assert.strictEqual((yield* watcher.next).data.code, "unavailable")
      hub.live.hasBug = false
      yield* TestClock.adjust("1 second")
      const again = yield* watching(hub)
      yield* hub.live.happen(1, "alert.opened", { n: 2 })
      yield* round
      assert.strictEqual((yield* again.next).data.n, 2)
    })
  )

  it.effect("X2: a bug in looking at tokens once does not keep the sockets of those that are revoked later", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const watcher = yield* watching(hub)
      hub.hasBug = true
      yield* TestClock.adjust("3 seconds")
      hub.hasBug = false
      hub.tokens.delete("reader")
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* watcher.next).data.code, "unauthorized")
      assert.strictEqual(yield* watcher.closed, 4401)
    })
  )

  it.effect("more than can be told again is not: 4410", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      for (let n = 0; n <= 10_000; n++)
        hub.live.events.push({ workspaceNumber: 1, type: "alert.opened", time: 0, data: {} })
      const watcher = yield* watch(hub, { since: hub.live.positionOf(0) })
      assert.strictEqual(yield* watcher.closed, 4410)
    })
  )

  it.effect.each([
    ["a million transactions ago", 2_000_000, "1:1:"],
    ["of a database that was restored", 1, "5000:5000:"],
    ["of another installation, although the numbers go together", 1, "1:1:@0123abcd"]
  ] as const)("a position %s is expired", ([, transactions, since]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.live.transactions = transactions
      assert.strictEqual(yield* (yield* watch(hub, { since })).closed, 4410)
    })
  )

  it.effect.each([
    "7",
    "now",
    "1:2",
    "2:1:",
    "0:0:",
    "1:5:@",
    "1:5:@0123ABCD",
    "1:5:5",
    "1:9:5,3",
    `1:${"9".repeat(19)}:`
  ])("since=%s is 400", (since) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const response = yield* upgradeAnswer(hub, `/api/live?since=${since}`, "reader")
      assert.strictEqual(response, 400)
    })
  )

  it.effect.each([
    ["", 401],
    ["key", 403]
  ] as const)("with the token %s it is %d", ([token, status]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      assert.strictEqual(yield* upgradeAnswer(hub, "/api/live", token), status)
    })
  )

  it.effect("X2: a token that may no longer read ends the connection", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const watcher = yield* watching(hub)
      hub.tokens.set("reader", identity({ tokenId: "reader", scopes: ["ingest"] }))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* watcher.closed, 4403)
    })
  )

  it.effect("K5: a watcher that does not read is cut off, and others are told on", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const slow = yield* watching(hub)
      const quick = yield* watching(hub)
      slow.socket.pause()
      const text = "x".repeat(1_000_000)
      for (let n = 0; n < 20; n++) {
        yield* hub.live.happen(1, "alert.opened", { n, text })
        yield* round
        assert.strictEqual((yield* quick.next).data.n, n)
        assert.strictEqual((yield* quick.next).type, "position")
      }
      const sending = setInterval(() => slow.socket.pong(), 20)
      yield* slow.closed
      clearInterval(sending)
      yield* hub.live.happen(1, "alert.closed", { n: 20 })
      yield* round
      assert.strictEqual((yield* quick.next).data.n, 20)
    })
  )
})

/** The status that answers a request to upgrade. */
const upgradeAnswer = (hub: FakeHub, path: string, token: string) =>
  Effect.promise(
    () =>
      new Promise<number | undefined>((resolve) => {
        const headers = { authorization: `Bearer ${token}` }
        const socket = new WebSocket(`${hub.url.replace("http", "ws")}${path}`, { headers })
        socket.on("error", () => {})
        socket.once("unexpected-response", (request, response) => {
          request.destroy()
          resolve(response.statusCode)
        })
      })
  )

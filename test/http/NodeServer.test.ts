/** How the HTTP server starts and stops (O1): nothing new, what runs is answered, and it does not wait for ever. */
import { connect } from "node:net"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import { Context, Deferred, Effect, Exit, Fiber, Layer, Scope, Stream } from "effect"
import { HttpRouter, HttpServer, HttpServerResponse } from "effect/http"
import { TestClock } from "effect/testing"
import * as NodeServer from "../../src/http/NodeServer.ts"
import { type FakeHub, startHub, startMillis } from "./support/FakeHub.ts"
import { post } from "./support/Post.ts"

const point = { metric: "cpu", timestamp: startMillis, value: 1 }
const fork = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.forkChild(effect, { startImmediately: true })

const start = Effect.gen(function* () {
  const scope = yield* Scope.make()
  const hub = yield* Scope.provide(startHub(), scope)
  hub.storing.closeUnsafe()
  return { hub, stop: Scope.close(scope, Exit.void) }
})

/** A connection that says nothing; resolves when the hub has accepted it. */
const idle = (hub: FakeHub) =>
  Effect.promise(
    () =>
      new Promise<{ readonly closed: Promise<void> }>((resolve) => {
        const socket = connect(Number(new URL(hub.url).port), "127.0.0.1")
        const closed = new Promise<void>((done) => socket.once("close", () => done()))
        socket.on("error", () => {})
        socket.write("GET /v1/stream HTTP/1.1\r\nHost: hub\r\n\r\n")
        socket.once("data", () => resolve({ closed }))
        socket.resume()
      })
  )

describe("A hub that starts", () => {
  it.effect("answers at once that it does, from when it listens until it serves", () =>
    Effect.gen(function* () {
      const context = yield* Layer.build(NodeServer.layer({ port: 0, host: "127.0.0.1" }))
      const { address } = Context.get(context, HttpServer.HttpServer)
      const url = `http://127.0.0.1:${"port" in address ? address.port : 0}`
      const answer = yield* Effect.promise(() => fetch(`${url}/readyz`))
      assert.deepStrictEqual([answer.status, answer.headers.get("retry-after")], [503, "1"])
      assert.match(yield* Effect.promise(() => answer.text()), /"unavailable","message":"the hub is starting"/)
    }).pipe(Effect.scoped)
  )
})

describe("A client that reads nothing of its answer", () => {
  it.live("is let go, with what it held", () =>
    Effect.gen(function* () {
      const letGo = yield* Deferred.make<void>()
      const endless = Stream.ensuring(
        Stream.forever(Stream.make(new Uint8Array(65_536))),
        Deferred.succeed(letGo, undefined)
      )
      const routes = HttpRouter.add("GET", "/endless", HttpServerResponse.stream(endless))
      const server = NodeServer.layer({ port: 0, host: "127.0.0.1", bounds: { stalledMillis: 50 } })
      const context = yield* HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true }).pipe(
        Layer.provideMerge(server),
        Layer.provide(NodeHttpServer.layerHttpServices),
        Layer.build
      )
      const { address } = Context.get(context, HttpServer.HttpServer)
      const socket = connect("port" in address ? address.port : 0, "127.0.0.1")
      socket.on("error", () => {})
      socket.pause().write("GET /endless HTTP/1.1\r\nHost: hub\r\n\r\n")
      yield* Deferred.await(letGo)
      socket.destroy()
    }).pipe(Effect.scoped)
  )
})

describe("A hub that stops", () => {
  it.effect("answers the requests that run, lets idle connections go, and takes no new ones", () =>
    Effect.gen(function* () {
      const { hub, stop } = yield* start
      const waiting = yield* idle(hub)
      const running = yield* fork(post(hub, point))
      yield* hub.awaitSubmits(1)
      const stopped = yield* fork(stop)
      hub.storing.openUnsafe()
      assert.strictEqual((yield* Fiber.join(running)).status, 202)
      // Idle connections are looked for again and again while it drains.
      yield* TestClock.adjust("50 millis")
      yield* Effect.promise(() => waiting.closed)
      yield* Fiber.join(stopped)
      const refused = yield* Effect.promise(() => fetch(hub.url).catch((error) => error.cause.code))
      assert.strictEqual(refused, "ECONNREFUSED")
    })
  )

  it.effect.each([{}, { "idempotency-key": "1" }])("does not wait longer than 5 s for one that hangs", (headers) =>
    Effect.gen(function* () {
      const { hub, stop } = yield* start
      const running = yield* fork(Effect.exit(post(hub, point, { headers })))
      yield* hub.awaitSubmits(1)
      const stopped = yield* fork(stop)
      yield* TestClock.adjust("5 seconds")
      yield* Fiber.join(stopped)
      assert.isTrue(Exit.isFailure(yield* Fiber.join(running)))
    })
  )
})

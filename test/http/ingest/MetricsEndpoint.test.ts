/** `POST /v1/metrics` over real sockets: what is taken, what is not, and what is answered (I1, I4, I5, I6, I8, X2). */
import { gzipSync, zstdCompressSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { TestClock } from "effect/testing"
import { Budget } from "../../../src/http/ingest/Budget.ts"
import { identity, startHub, startMillis } from "../support/FakeHub.ts"
import { pointsOf, post } from "../support/Post.ts"

const point = { metric: "cpu", timestamp: startMillis, value: 1 }

describe("I1: points of a request", () => {
  it.effect("valid ones are kept, each bad one is named", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const reply = yield* post(hub, {
        points: [
          { ...point, labels: { b: "2", a: "1" } },
          { ...point, value: "high" },
          { ...point, timestamp: "2022-08-21T23:59:59.5Z", value: -0.5 },
          { ...point, timestamp: startMillis + 300_001 },
          { metric: "cpu", value: 3 }
        ]
      })
      assert.strictEqual(reply.status, 202)
      assert.strictEqual(reply.body.accepted, 3)
      assert.deepStrictEqual(
        reply.body.rejected?.map(({ index, code }) => [index, code]),
        [
          [1, "value_invalid"],
          [3, "timestamp_future"]
        ]
      )
      assert.deepStrictEqual(hub.points, [
        { metric: "cpu", dimensionKey: "a=1,b=2", timestamp: startMillis, value: 1 },
        { metric: "cpu", dimensionKey: "", timestamp: startMillis - 500, value: -0.5 },
        { metric: "cpu", dimensionKey: "", timestamp: startMillis, value: 3 }
      ])
    })
  )

  it.effect("one point needs no batch around it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const { status, body } = yield* post(hub, point)
      assert.strictEqual(status, 202)
      assert.deepStrictEqual(body, { accepted: 1, rejected: [] })
    })
  )

  it.effect("a batch without a valid point is 400 with the same body", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const bad = yield* post(hub, { points: [{ ...point, value: null }] })
      assert.strictEqual(bad.status, 400)
      assert.strictEqual(bad.body.accepted, 0)
      assert.strictEqual(bad.body.rejected?.[0]?.code, "value_invalid")
      const empty = yield* post(hub, { points: [] })
      assert.strictEqual(empty.status, 400)
      assert.deepStrictEqual(empty.body, { accepted: 0, rejected: [] })
      assert.deepStrictEqual(hub.submitted, [])
    })
  )

  it.effect("series that the router refuses are named in their place among the others", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.refusals.set("pods", { code: "missing_label", message: "pod" })
      const reply = yield* post(hub, {
        points: [point, { ...point, metric: "pods" }, { ...point, value: null }, { ...point, metric: "pods" }, point]
      })
      assert.strictEqual(reply.body.accepted, 2)
      assert.deepStrictEqual(
        reply.body.rejected?.map(({ index, code }) => [index, code]),
        [
          [1, "missing_label"],
          [2, "value_invalid"],
          [3, "missing_label"]
        ]
      )
      assert.deepStrictEqual(
        hub.points.map(({ metric }) => metric),
        ["cpu", "cpu"]
      )
    })
  )

  it.effect.each([
    ["gzip", gzipSync],
    ["x-gzip", gzipSync],
    ["GZIP", gzipSync],
    ["zstd", zstdCompressSync],
    ["identity", (text: string) => Buffer.from(text)]
  ] as const)("%s bodies", ([encoding, encode]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const body = encode(JSON.stringify(pointsOf(500, startMillis)))
      const reply = yield* post(hub, body, { headers: { "content-encoding": encoding } })
      assert.strictEqual(reply.status, 202)
      assert.strictEqual(hub.points.length, 500)
    })
  )
})

describe("X2: a host's token", () => {
  it.effect("sets an absent host label, and pushes no other host's points", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const reply = yield* post(
        hub,
        {
          points: [point, { ...point, labels: { host: "web-1", cpu: "0" } }, { ...point, labels: { host: "web-2" } }]
        },
        { token: "host" }
      )
      assert.deepStrictEqual(
        hub.points.map(({ dimensionKey }) => dimensionKey),
        ["host=web-1", "cpu=0,host=web-1"]
      )
      assert.strictEqual(reply.body.rejected?.[0]?.code, "wrong_host")
    })
  )

  it.effect.each([
    [null, 401, "unauthorized"],
    ["unknown", 401, "unauthorized"],
    ["reader", 403, "forbidden"]
  ] as const)("with the token %s it is %d", ([token, status, code]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const reply = yield* post(hub, point, { token })
      assert.strictEqual(reply.status, status)
      assert.strictEqual(reply.body.error?.code, code)
      assert.deepStrictEqual(hub.submitted, [])
    })
  )
})

describe("I4: Idempotency-Key", () => {
  const named = { headers: { "idempotency-key": "import 7" } }
  const batch = { points: [point, { ...point, value: null }] }

  it.effect("the same batch again gets the first answer and is stored once", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const first = yield* post(hub, batch, named)
      const second = yield* post(hub, batch, named)
      assert.strictEqual(second.status, 202)
      assert.deepStrictEqual(second.body, { ...first.body, duplicate: true })
      assert.strictEqual(hub.stored.length, 1)
    })
  )

  it.effect("another body under the same key is 409", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* post(hub, batch, named)
      const other = yield* post(hub, point, named)
      assert.strictEqual(other.status, 409)
      assert.strictEqual(other.body.error?.code, "idempotency_conflict")
      assert.strictEqual(hub.stored.length, 1)
    })
  )

  it.effect("keys are private to who pushes, and survive a new token of the host", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* post(hub, point, { ...named, token: "host" })
      assert.strictEqual((yield* post(hub, batch, { ...named, token: "key" })).body.duplicate, undefined)
      assert.strictEqual((yield* post(hub, batch, { ...named, token: "other" })).body.duplicate, undefined)
      assert.strictEqual((yield* post(hub, point, { ...named, token: "host-rotated" })).body.duplicate, true)
    })
  )

  it.effect("a second request waits while the first is being stored, and gets its answer", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.storing.closeUnsafe()
      const body = Buffer.from(JSON.stringify(batch))
      const push = hub.push(identity({ tokenId: "key", scopes: ["ingest"] }), body, "import 7")
      const first = yield* Effect.forkChild(push, { startImmediately: true })
      const second = yield* Effect.forkChild(push, { startImmediately: true })
      assert.strictEqual(hub.submitted.length, 1)
      hub.storing.openUnsafe()
      assert.strictEqual((yield* Fiber.join(first)).isDuplicate, false)
      assert.strictEqual((yield* Fiber.join(second)).isDuplicate, true)
      assert.strictEqual(hub.stored.length, 1)
    })
  )

  it.effect("a client that goes away does not keep others from the key", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.storing.closeUnsafe()
      const body = Buffer.from(JSON.stringify(batch))
      const push = hub.push(identity({ tokenId: "key", scopes: ["ingest"] }), body, "import 7")
      yield* Effect.forkChild(push, { startImmediately: true })
      const waiting = yield* Effect.forkChild(push, { startImmediately: true })
      yield* Fiber.interrupt(waiting)
      hub.storing.openUnsafe()
      assert.strictEqual((yield* push).isDuplicate, true)
      assert.strictEqual(hub.stored.length, 1)
    })
  )

  it.effect("a batch whose storing failed is stored when it comes again", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.submitFails = "the database is away"
      assert.strictEqual((yield* post(hub, batch, named)).status, 503)
      hub.submitFails = null
      const again = yield* post(hub, batch, named)
      assert.strictEqual(again.status, 202)
      assert.strictEqual(again.body.duplicate, undefined)
    })
  )

  it.effect("a key of no or too many characters is refused", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const reply = yield* post(hub, point, { headers: { "idempotency-key": "k".repeat(256) } })
      assert.strictEqual(reply.status, 400)
      assert.strictEqual(reply.body.error?.code, "invalid_query")
    })
  )
})

describe("I5: overload is answered", () => {
  it.effect("beyond its rate a workspace is told 429 and when to come back; others are not", () =>
    Effect.gen(function* () {
      const hub = yield* startHub({ limits: { pointsPerSecondPerWorkspace: 10_000 } })
      assert.strictEqual((yield* post(hub, pointsOf(9_000, startMillis))).status, 202)
      const refused = yield* post(hub, pointsOf(6_000, startMillis))
      assert.strictEqual(refused.status, 429)
      assert.strictEqual(refused.body.error?.code, "quota_exceeded")
      assert.strictEqual(refused.headers.get("retry-after"), "1")
      assert.strictEqual(hub.points.length, 9_000)
      assert.strictEqual((yield* post(hub, pointsOf(6_000, startMillis), { token: "other" })).status, 202)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual((yield* post(hub, pointsOf(6_000, startMillis))).status, 202)
    })
  )

  it.effect("the hub's own trouble is 503 with Retry-After, and nothing is kept", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.submitFails = "the database is away"
      const reply = yield* post(hub, point)
      assert.strictEqual(reply.status, 503)
      assert.strictEqual(reply.body.error?.code, "unavailable")
      assert.include(["1", "2", "3"], reply.headers.get("retry-after"))
      hub.submitFails = null
      hub.resolveFails = "partition 1 is starting"
      assert.strictEqual((yield* post(hub, { ...point, metric: "new" })).status, 503)
      hub.resolveFails = null
      hub.journalIsAway = true
      assert.strictEqual((yield* post(hub, point, { headers: { "idempotency-key": "1" } })).status, 503)
      assert.deepStrictEqual(hub.stored, [])
    })
  )

  it.effect("K5: requests that would need more memory than there is are 503, until it is given back", () =>
    Effect.gen(function* () {
      const hub = yield* startHub({ ingestBudget: new Budget(50_000) })
      hub.storing.closeUnsafe()
      const large = yield* Effect.forkChild(post(hub, pointsOf(600, startMillis)))
      yield* hub.awaitSubmits(1)
      assert.strictEqual((yield* post(hub, pointsOf(600, startMillis))).status, 503)
      hub.storing.openUnsafe()
      assert.strictEqual((yield* Fiber.join(large)).status, 202)
      assert.strictEqual((yield* post(hub, pointsOf(600, startMillis))).status, 202)
    })
  )
})

describe("Places of series", () => {
  it.effect("are asked for once, and again when they may have changed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      yield* post(hub, pointsOf(100, startMillis))
      yield* post(hub, pointsOf(100, startMillis))
      assert.strictEqual(hub.resolved, 100)
      hub.generation++
      yield* post(hub, pointsOf(100, startMillis))
      assert.strictEqual(hub.resolved, 200)
      hub.catalogueVersion++
      yield* post(hub, pointsOf(100, startMillis))
      assert.strictEqual(hub.resolved, 300)
      assert.strictEqual(hub.points.length, 400)
    })
  )

  it.effect("D11: a definition that demands a label is obeyed by the next request", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      assert.strictEqual((yield* post(hub, point)).status, 202)
      hub.refusals.set("cpu", { code: "missing_label", message: "the label host is missing" })
      hub.catalogueVersion++
      assert.strictEqual((yield* post(hub, point)).body.rejected?.[0]?.code, "missing_label")
      hub.refusals.clear()
      hub.catalogueVersion++
      assert.strictEqual((yield* post(hub, point)).status, 202)
    })
  )
})

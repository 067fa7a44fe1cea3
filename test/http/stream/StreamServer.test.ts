/**
 * `GET /v1/stream` over real sockets, with the client that was written from docs/protocol.md (I2, I3, I4, I5, I6, D11).
 */
import { once } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Latch } from "effect"
import { TestClock } from "effect/testing"
import { Budget } from "../../../src/http/ingest/Budget.ts"
import { limits } from "../../../src/limits.ts"
import { decodeMessage, encodeMessage, frameMessage, type Points, StreamClient } from "../../support/StreamClient.ts"
import { type FakeHub, startHub, startMillis } from "../support/FakeHub.ts"
import { rawStream, settle, streamUrl } from "../support/RawStream.ts"

const connect = (hub: FakeHub, { token = "key", sender = "sender-1" } = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => StreamClient.connect({ url: streamUrl(hub), token, sender })),
    (client) => Effect.promise(() => client.terminate())
  )

const send = (client: StreamClient, points: Points, sequence?: number) =>
  Effect.promise(() => client.send(points, sequence))

const at = startMillis
const two: Points = { series: [0, 1], timestamps: [at, at + 1], values: [1.5, -2] }

/** Declares refs 0 and 1. */
const declareTwo = (client: StreamClient): void =>
  client.declare([
    [0, "cpu", { host: "a" }],
    [1, "load", {}]
  ])

describe("I2: frames", () => {
  it.effect("points arrive at their series, each in its place", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      assert.deepStrictEqual(client.welcome, {
        type: "welcome",
        version: 1,
        credit: limits.creditFrames,
        lastSequence: null,
        limits: { pointsPerFrame: 10_000, messageBytes: 1_048_576, seriesPerConnection: 1_048_576 }
      })
      declareTwo(client)
      assert.deepStrictEqual(yield* send(client, two), {
        type: "ack",
        sequence: 1,
        accepted: 2,
        rejected: [],
        credit: 1
      })
      yield* send(client, { series: [1, 0, 1], timestamps: [at + 5], values: [7, 8, 9] })
      assert.deepStrictEqual(hub.points, [
        { metric: "cpu", dimensionKey: "host=a", timestamp: at, value: 1.5 },
        { metric: "load", dimensionKey: "", timestamp: at + 1, value: -2 },
        { metric: "load", dimensionKey: "", timestamp: at + 5, value: 7 },
        { metric: "cpu", dimensionKey: "host=a", timestamp: at + 5, value: 8 },
        { metric: "load", dimensionKey: "", timestamp: at + 5, value: 9 }
      ])
    })
  )

  it.effect("each bad point is named, and the others are kept", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      const answer = yield* send(client, {
        series: [0, 7, 1, 0, 1, 0, 1_048_575],
        timestamps: [at, at, at, at + limits.futureMillis + 1, at, limits.oldestTimestamp - 1, at],
        values: [1, 2, Number.NaN, 4, 5, 6, Number.POSITIVE_INFINITY]
      })
      assert.strictEqual(answer.type === "ack" && answer.accepted, 2)
      assert.deepStrictEqual(answer.type === "ack" && answer.rejected.map(([index, code]) => [index, code]), [
        [1, "series_unknown"],
        [2, "value_not_finite"],
        [3, "timestamp_future"],
        [5, "timestamp_range"],
        [6, "series_unknown"]
      ])
      assert.deepStrictEqual(
        hub.points.map(({ value }) => value),
        [1, 5]
      )
    })
  )

  it.effect("a declaration that is not taken is declined, and its points are rejected with the same code", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.refusals.set("pods", { code: "missing_label", message: "pod" })
      const client = yield* connect(hub)
      client.declare([
        [0, "cpu", {}],
        [1, "", {}],
        [2, "pods", {}],
        [3, "cpu", { long: "v".repeat(1_025) }]
      ])
      const answer = yield* send(client, { series: [0, 1, 2, 3], timestamps: [at], values: [1, 2, 3, 4] })
      const codes = [
        [1, "missing_metric"],
        [2, "missing_label"],
        [3, "label_value_too_long"]
      ]
      assert.deepStrictEqual(
        client.declined.map(([ref, code]) => [ref, code]),
        codes
      )
      assert.deepStrictEqual(answer.type === "ack" && answer.rejected.map(([index, code]) => [index, code]), codes)
    })
  )

  it.effect("a ref that is declared again stands for its new series from there on", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      client.declare([[0, "a", {}]])
      const first = send(client, { series: [0], timestamps: [at], values: [1] })
      yield* first
      client.declare([
        [0, "", {}],
        [0, "b", {}]
      ])
      yield* send(client, { series: [0], timestamps: [at], values: [2] })
      assert.deepStrictEqual(
        hub.points.map(({ metric, value }) => [metric, value]),
        [
          ["a", 1],
          ["b", 2]
        ]
      )
    })
  )

  it.effect("X2: with a host's token series are this host's", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub, { token: "host" })
      client.declare([
        [0, "cpu", {}],
        [1, "cpu", { host: "web-2" }]
      ])
      const answer = yield* send(client, { series: [0, 1], timestamps: [at], values: [1, 2] })
      assert.deepStrictEqual(answer.type === "ack" && answer.rejected.map(([, code]) => code), ["wrong_host"])
      assert.deepStrictEqual(
        hub.points.map(({ dimensionKey }) => dimensionKey),
        ["host=web-1"]
      )
    })
  )

  it.effect("too many points in a frame are refused for good", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      const count = limits.pointsPerFrame + 1
      const refused = yield* send(client, {
        series: Array(count).fill(0),
        timestamps: [at],
        values: Array(count).fill(1)
      })
      assert.strictEqual(refused.type === "refuse" && refused.code, "too_many_points")
      assert.strictEqual(refused.type === "refuse" && refused.retryAfterMillis, undefined)
      assert.strictEqual((yield* send(client, two)).type, "ack")
    })
  )
})

describe("I3: an acknowledgement means stored", () => {
  it.effect("frames are stored side by side, in their order, and answered when they are", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.storing.closeUnsafe()
      const client = yield* connect(hub)
      declareTwo(client)
      const answers = Array.from({ length: limits.creditFrames }, (_, i) =>
        client.send({ series: [0], timestamps: [at + i], values: [i] })
      )
      yield* hub.awaitSubmits(limits.creditFrames)
      assert.strictEqual(client.credit, 0)
      assert.deepStrictEqual(hub.stored, [])
      hub.storing.openUnsafe()
      yield* Effect.promise(() => Promise.all(answers))
      assert.deepStrictEqual(
        hub.submitted.map(({ points }) => points[0]?.value),
        Array.from({ length: limits.creditFrames }, (_, i) => i)
      )
      assert.strictEqual(client.credit, limits.creditFrames)
    })
  )
})

describe("I4: sequences", () => {
  it.effect("the same frame again gets the first answer, also over another connection with other refs", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      const points = { series: [0, 1, 9], timestamps: [at], values: [1, 2, 3] }
      const first = yield* send(client, points, 7)
      const again = yield* send(client, points, 7)
      assert.deepStrictEqual<unknown>(again, { ...first, duplicate: true })

      const later = yield* connect(hub)
      assert.strictEqual(later.welcome.lastSequence, 7)
      later.declare([
        [5, "load", {}],
        [6, "cpu", { host: "a" }]
      ])
      const other = yield* send(later, { ...points, series: [6, 5, 9] }, 7)
      assert.deepStrictEqual<unknown>(other, { ...first, duplicate: true })
      assert.strictEqual(hub.stored.length, 1)
    })
  )

  it.effect.each([
    ["other values", { ...two, values: [1.5, -3] }],
    ["other timestamps", { ...two, timestamps: [at, at + 2] }],
    ["other series", { ...two, series: [1, 0] }],
    ["fewer points", { series: [0], timestamps: [at], values: [1.5] }]
  ] as const)("the same sequence with %s is a conflict", ([, points]) =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      yield* send(client, two, 1)
      const refused = yield* send(client, points, 1)
      assert.strictEqual(refused.type === "refuse" && refused.code, "idempotency_conflict")
      assert.strictEqual(refused.type === "refuse" && refused.retryAfterMillis, undefined)
      assert.strictEqual(hub.stored.length, 1)
    })
  )

  it.effect("a frame that is still being stored is waited for when it comes again", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      hub.storing.closeUnsafe()
      const client = yield* connect(hub)
      declareTwo(client)
      client.send(two).catch(() => {})
      yield* hub.awaitSubmits(1)
      yield* Effect.promise(() => client.terminate())

      // Another connection of the same sender. Its answer to a ping says that the hub has seen what came before.
      const socket = yield* rawStream(hub)
      socket.send(encodeMessage({ type: "hello", version: 1, sender: "sender-1" }))
      const [welcome] = yield* Effect.promise(() => once(socket, "message"))
      assert.strictEqual(decodeMessage(welcome).lastSequence, null)
      const series = [
        [0, "cpu", { host: "a" }],
        [1, "load", {}]
      ] as const
      socket.send(encodeMessage({ type: "declare", series }))
      socket.send(encodeMessage(frameMessage(1, two)))
      yield* settle(socket)
      assert.strictEqual(hub.submitted.length, 1)
      const answered = once(socket, "message")
      hub.storing.openUnsafe()
      const [answer] = yield* Effect.promise(() => answered)
      assert.deepInclude(decodeMessage(answer), { type: "ack", sequence: 1, duplicate: true })
      assert.strictEqual(hub.stored.length, 1)
    })
  )

  it.effect("sequences below the last one that were never used are new, and new ones cost no look-up", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      yield* send(client, two, 10)
      yield* send(client, two, 11)
      assert.strictEqual(hub.receiptLookUps, 0)
      const answer = yield* send(client, two, 5)
      assert.strictEqual(answer.type === "ack" && answer.duplicate, undefined)
      assert.strictEqual(hub.receiptLookUps, 1)
      assert.strictEqual(hub.stored.length, 3)
    })
  )

  it.effect("K8: names of senders are private: to a key, and to a host whatever its token", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub, { token: "host" })
      declareTwo(client)
      yield* send(client, two, 9)
      assert.strictEqual((yield* connect(hub, { token: "host-rotated" })).welcome.lastSequence, 9)
      assert.strictEqual((yield* connect(hub, { token: "key" })).welcome.lastSequence, null)
      assert.strictEqual((yield* connect(hub, { token: "host", sender: "sender-2" })).welcome.lastSequence, null)
      assert.strictEqual((yield* connect(hub, { token: "other" })).welcome.lastSequence, null)
    })
  )
})

describe("I5: trouble", () => {
  it.effect("after a frame that may come again no later one overtakes it", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      hub.submitFails = "the database is away"
      const first = yield* send(client, two, 1)
      assert.strictEqual(first.type === "refuse" && first.code, "unavailable")
      assert.isAtLeast((first.type === "refuse" && first.retryAfterMillis) || 0, 1_000)
      hub.submitFails = null
      const second = yield* send(client, two, 2)
      assert.strictEqual(second.type === "refuse" && second.code, "unavailable")
      assert.strictEqual((yield* send(client, two, 1)).type, "ack")
      assert.strictEqual((yield* send(client, two, 2)).type, "ack")
      assert.deepStrictEqual(
        hub.stored.map(({ receipt }) => receipt?.sequence),
        [1n, 2n]
      )
    })
  )

  it.effect("of several that failed the first that was sent is awaited, not the first that failed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      const first = Latch.makeUnsafe(false)
      hub.storingOf.set(1n, first)
      hub.submitFails = "the database is away"
      const sent = [1, 2, 3].map((sequence) => client.send(two, sequence))
      yield* Effect.promise(() => sent[2]!)
      first.openUnsafe()
      yield* Effect.promise(() => Promise.all(sent))
      hub.submitFails = null
      assert.strictEqual((yield* send(client, two, 2)).type, "refuse")
      for (const sequence of [1, 2, 3]) assert.strictEqual((yield* send(client, two, sequence)).type, "ack")
    })
  )

  it.effect("also not one that was being looked at when the earlier one failed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      yield* send(client, two, 10)
      const storing = Latch.makeUnsafe(false)
      hub.storingOf.set(11n, storing)
      hub.lookingUp.closeUnsafe()
      const earlier = client.send(two, 11)
      const later = client.send(two, 5)
      yield* hub.lookUpBegan.await
      hub.submitFails = "the database is away"
      storing.openUnsafe()
      assert.strictEqual((yield* Effect.promise(() => earlier)).type, "refuse")
      hub.submitFails = null
      hub.lookingUp.openUnsafe()
      assert.strictEqual((yield* Effect.promise(() => later)).type, "refuse")
      assert.strictEqual((yield* send(client, two, 11)).type, "ack")
      assert.strictEqual((yield* send(client, two, 5)).type, "ack")
    })
  )

  it.effect("a workspace's rate: the frame is refused, and taken when the time has passed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub({ limits: { pointsPerSecondPerWorkspace: 10_000 } })
      const client = yield* connect(hub)
      declareTwo(client)
      const many = { series: Array(8_000).fill(0), timestamps: [at], values: Array(8_000).fill(1) }
      assert.strictEqual((yield* send(client, many, 1)).type, "ack")
      const refused = yield* send(client, many, 2)
      assert.strictEqual(refused.type === "refuse" && refused.code, "quota_exceeded")
      assert.strictEqual(refused.type === "refuse" && refused.retryAfterMillis, 600)
      yield* TestClock.adjust(600)
      assert.strictEqual((yield* send(client, many, 2)).type, "ack")
    })
  )

  it.effect("K5: while there is no memory for a frame credit is withheld, and granted afterwards", () =>
    Effect.gen(function* () {
      const waiting = Latch.makeUnsafe(false)
      const budget = new (class extends Budget {
        override take(bytes: number): Effect.Effect<number> {
          waiting.openUnsafe()
          return super.take(bytes)
        }
      })(3 * 4096) // room for three small frames
      const hub = yield* startHub({ ingestBudget: budget })
      const client = yield* connect(hub)
      declareTwo(client)
      hub.storing.closeUnsafe()
      const sent = [1, 2, 3, 4].map((sequence) => client.send(two, sequence))
      yield* waiting.await
      assert.strictEqual(hub.submitted.length, 3)
      hub.storing.openUnsafe()
      const answers = yield* Effect.promise(() => Promise.all(sent))
      assert.strictEqual(answers[0]?.credit, 0)
      assert.strictEqual((yield* send(client, two)).credit, 1)
      assert.strictEqual(client.credit, limits.creditFrames)
      assert.strictEqual(hub.stored.length, 5)
    })
  )

  it.effect("series that could not be looked up when they were declared are before their first frame", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      hub.resolveFails = "partition 1 is starting"
      declareTwo(client)
      const refused = yield* send(client, two, 1)
      assert.strictEqual(refused.type === "refuse" && refused.code, "unavailable")
      hub.resolveFails = null
      const answer = yield* send(client, two, 1)
      assert.strictEqual(answer.type === "ack" && answer.accepted, 2)
    })
  )
})

describe("Places of series", () => {
  it.effect("are looked up again when they may have changed", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* connect(hub)
      declareTwo(client)
      yield* send(client, two)
      yield* send(client, two)
      assert.strictEqual(hub.resolved, 2)
      hub.generation++
      yield* send(client, two)
      assert.strictEqual(hub.resolved, 4)
      assert.strictEqual(hub.points.length, 6)
    })
  )

  it.effect(
    "D11: a definition that demands a label is obeyed by the next frame, and so is one that no longer does",
    () =>
      Effect.gen(function* () {
        const hub = yield* startHub()
        const client = yield* connect(hub)
        declareTwo(client)
        yield* send(client, two)
        hub.refusals.set("load", { code: "missing_label", message: "the label host is missing" })
        hub.catalogueVersion++
        const answer = yield* send(client, two)
        assert.deepStrictEqual(answer.type === "ack" && answer.rejected, [
          [1, "missing_label", "the label host is missing"]
        ])
        assert.deepStrictEqual(client.declined, [[1, "missing_label", "the label host is missing"]])
        hub.refusals.clear()
        hub.catalogueVersion++
        assert.strictEqual((yield* send(client, two)).type === "ack" && hub.points.length, 5)
      })
  )
})

describe("I6: clocks", () => {
  it.effect("a sender that states its clock has its skew estimated from the quickest message", () =>
    Effect.gen(function* () {
      const hub = yield* startHub()
      const client = yield* Effect.promise(() =>
        StreamClient.connect({ url: streamUrl(hub), token: "host", sender: "agent", clock: startMillis - 5_300 })
      )
      declareTwo(client)
      yield* send(client, { ...two, clock: startMillis - 5_200 })
      yield* send(client, { ...two, clock: startMillis - 6_000 })
      assert.deepStrictEqual(hub.clockSkew.list(1), [
        { sender: "agent", hostName: "web-1", offsetMillis: 5_200, observedAt: startMillis }
      ])
      assert.deepStrictEqual(hub.clockSkew.list(2), [])
      yield* Effect.promise(() => client.terminate())
    })
  )
})

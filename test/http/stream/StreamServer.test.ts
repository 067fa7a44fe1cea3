/** `GET /v1/stream` over real sockets, with the client that was written from docs/protocol.md (I2, I3, I6, D11). */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { limits } from "../../../src/limits.ts"
import { StreamClient } from "../../support/StreamClient.ts"
import { startHub, startMillis } from "../support/FakeHub.ts"
import { connect, declareTwo, send, streamUrl, two } from "../support/Streams.ts"

const at = startMillis

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

/** `/v1/stream`: frames that come again, and frames that cannot be taken just now (I4, I5). */
import { once } from "node:events"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Latch } from "effect"
import { TestClock } from "effect/testing"
import { Budget } from "../../../src/http/ingest/Budget.ts"
import { limits } from "../../../src/limits.ts"
import { decodeMessage, encodeMessage, frameMessage } from "../../support/StreamClient.ts"
import { startHub, startMillis } from "../support/FakeHub.ts"
import { connect, declareTwo, rawStream, send, settle, two } from "../support/Streams.ts"

const at = startMillis

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

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue, Stream } from "effect"
import { TestClock } from "effect/testing"
import type { Point } from "../../../src/cli/push/Item.ts"
import { sendByRest } from "../../../src/cli/push/RestSender.ts"
import { Tally } from "../../../src/cli/push/Tally.ts"
import { FakeHttpHub, finish, hub, type Received, type Reply } from "../support/FakeHttpHub.ts"

const point = (line: number): Point => ({
  _tag: "Point",
  line,
  metric: "cpu",
  labels: { host: "web-1" },
  timestamp: 1_661_140_279_000 + line,
  value: line / 2
})

const pointsOf = ({ body }: Received) => (body as { points: ReadonlyArray<{ timestamp: number }> }).points
const took = (request: Received): Reply => ({ status: 202, body: { accepted: pointsOf(request).length, rejected: [] } })
const refusal = (status: number, code: string, headers = {}): Reply => ({
  status,
  headers,
  body: { error: { code, message: `no: ${code}`, details: null } }
})

/** Pushes batches of two points, two of them, with as much time as it takes. */
const push = Effect.fnUntraced(function* (reply: (request: Received, index: number) => Reply, batches = 2) {
  const fake = new FakeHttpHub(reply)
  const tally = new Tally()
  const all = Array.from({ length: batches }, (_, i) => [point(2 * i + 2), point(2 * i + 3)])
  const fiber = yield* sendByRest(Stream.fromIterable(all), hub, tally).pipe(
    Effect.provide(fake.layer),
    Effect.result,
    Effect.forkChild
  )
  const result = yield* finish(fiber)
  const message = result._tag === "Failure" ? result.failure.message : undefined
  return { received: fake.received, tally, message }
})

describe("push by REST", () => {
  it.effect("I1: sends points with their own time, batch by batch, as whom it was told", () =>
    Effect.gen(function* () {
      const { received, tally, message } = yield* push(took)
      assert.isUndefined(message)
      assert.deepStrictEqual(
        received.map(({ method, url }) => `${method} ${url}`),
        ["POST http://hub.test/v1/metrics", "POST http://hub.test/v1/metrics"]
      )
      assert.strictEqual(received[0]?.headers.authorization, "Bearer lumk_secret")
      assert.deepStrictEqual(received[0]?.body, {
        points: [
          { metric: "cpu", timestamp: 1_661_140_279_002, value: 1, labels: { host: "web-1" } },
          { metric: "cpu", timestamp: 1_661_140_279_003, value: 1.5, labels: { host: "web-1" } }
        ]
      })
      assert.notStrictEqual(received[0]?.headers["idempotency-key"], received[1]?.headers["idempotency-key"])
      assert.deepInclude(tally, { accepted: 4, rejected: 0, lastLine: 5 })
    })
  )

  it.effect("I4: what was lost or refused for now goes again under its key, before the next batch", () =>
    Effect.gen(function* () {
      for (const trouble of [
        refusal(503, "unavailable", { "retry-after": "7" }),
        refusal(429, "quota_exceeded", { "retry-after": "7" }),
        refusal(500, "internal"),
        { status: 502, body: "<html>Bad Gateway</html>" },
        new Error("read ECONNRESET"),
        "silence"
      ] as ReadonlyArray<Reply>) {
        const { received, tally, message } = yield* push((request, index) => {
          if (index === 0) return trouble
          const duplicate = trouble instanceof Error && index === 1 ? { duplicate: true } : {}
          return { status: 202, body: { accepted: pointsOf(request).length, rejected: [], ...duplicate } }
        })
        assert.isUndefined(message)
        assert.lengthOf(received, 3)
        const [first, again, second] = received.map(({ headers, body }) => ({ key: headers["idempotency-key"], body }))
        assert.deepStrictEqual(again, first)
        assert.notStrictEqual(second?.key, first?.key)
        assert.deepInclude(tally, { accepted: 4 })
      }
    })
  )

  it.effect("I5: comes back when the hub has said, not sooner", () =>
    Effect.gen(function* () {
      const fake = new FakeHttpHub((request, index) =>
        index === 0 ? refusal(503, "unavailable", { "retry-after": "7" }) : took(request)
      )
      const fiber = yield* sendByRest(Stream.make([point(2)]), hub, new Tally()).pipe(
        Effect.provide(fake.layer),
        Effect.forkChild
      )
      yield* Queue.take(fake.arrivals)
      yield* TestClock.adjust("6999 millis")
      assert.lengthOf(fake.received, 1)
      yield* TestClock.adjust("1 millis")
      assert.lengthOf(fake.received, 2)
      yield* Fiber.join(fiber)
    })
  )

  it.effect("I1: rejected points are counted by code and named by line; also where no point of a batch is valid", () =>
    Effect.gen(function* () {
      const { tally, message } = yield* push((_, index) =>
        index === 0
          ? {
              status: 202,
              body: { accepted: 1, rejected: [{ index: 1, code: "timestamp_future", message: "too new" }] }
            }
          : {
              status: 400,
              body: { accepted: 0, rejected: [0, 1].map((index) => ({ index, code: "series_limit", message: "full" })) }
            }
      )
      assert.isUndefined(message)
      assert.strictEqual(tally.accepted, 1)
      assert.deepStrictEqual(
        [...tally.rejectedByCode],
        [
          ["timestamp_future", 1],
          ["series_limit", 2]
        ]
      )
      assert.deepStrictEqual(
        tally.shown.map(({ line, code }) => [line, code]),
        [
          [3, "timestamp_future"],
          [4, "series_limit"],
          [5, "series_limit"]
        ]
      )
    })
  )

  it.effect("ends at an answer that is final, with the hub's words and what to do", () =>
    Effect.gen(function* () {
      for (const [status, code, advice] of [
        [401, "unauthorized", "the hub does not know this token; give another (LUMINA_TOKEN, --token-file)"],
        [403, "forbidden", "this token may not push points; give one with the scope ingest"],
        [413, "body_too_large", "the hub takes smaller batches only; lower --batch-size"],
        [400, "points_invalid", "the hub refused the batch"],
        [409, "idempotency_conflict", "the hub refused the batch"]
      ] as const) {
        const { received, message, tally } = yield* push((request, index) =>
          index === 0 ? took(request) : refusal(status, code)
        )
        assert.strictEqual(message, `${advice}: no: ${code} (${code})`)
        assert.lengthOf(received, 2)
        assert.deepInclude(tally, { accepted: 2, lastLine: 3 })
      }
      const { message } = yield* push(() => ({ status: 200, body: "<html>welcome</html>" }))
      assert.strictEqual(message, "this does not look like a Lumina hub; check --hub: it answered 200")
    })
  )

  it.effect("gives up within seconds where nobody is, and after minutes where a hub was", () =>
    Effect.gen(function* () {
      const nobody = yield* push(() => new Error("connect ECONNREFUSED 127.0.0.1:8090"))
      assert.strictEqual(
        nobody.message,
        "the hub cannot be reached: connect ECONNREFUSED 127.0.0.1:8090. Is it running, and is --hub right?"
      )
      assert.isBelow(nobody.received.length, 10)
      const gone = yield* push((request, index) => (index === 0 ? took(request) : refusal(503, "unavailable")))
      assert.strictEqual(
        gone.message,
        "the hub cannot be reached: no: unavailable (unavailable). Is it running, and is --hub right?"
      )
      assert.isAbove(gone.received.length, 15)
      assert.strictEqual(new Set(gone.received.slice(1).map(({ headers }) => headers["idempotency-key"])).size, 1)
    })
  )
})

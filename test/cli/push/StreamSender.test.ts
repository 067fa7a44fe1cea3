import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Stream } from "effect"
import { TestClock } from "effect/testing"
import { CommandFailed } from "../../../src/cli/Failure.ts"
import type { Point } from "../../../src/cli/push/Item.ts"
import { sendByStream } from "../../../src/cli/push/StreamSender.ts"
import { Tally } from "../../../src/cli/push/Tally.ts"
import { finish, hub } from "../support/FakeHttpHub.ts"
import { ack, FakeStreamHub, type Reply } from "../support/FakeStreamHub.ts"

const BATCHES = 40

const point = (line: number, timestamp: number | undefined = 1_661_140_279_000 + line): Point => ({
  _tag: "Point",
  line,
  metric: "cpu",
  labels: { host: `web-${line % 3}` },
  timestamp,
  value: line / 2
})

const allBatches = Array.from({ length: BATCHES }, (_, i) => [point(2 * i + 2), point(2 * i + 3)])

const push = Effect.fnUntraced(function* (
  fake: FakeStreamHub,
  batches: Stream.Stream<ReadonlyArray<Point>, CommandFailed> = Stream.fromIterable(allBatches)
) {
  const tally = new Tally()
  const fiber = yield* sendByStream(batches, hub, tally, fake.connect).pipe(Effect.result, Effect.forkChild)
  const result = yield* finish(fiber)
  return { tally, message: result._tag === "Failure" ? result.failure.message : undefined }
})

const expected = allBatches.flatMap((batch) =>
  batch.map(({ metric, labels, timestamp, value }) => [JSON.stringify([metric, labels]), timestamp, value])
)

/** Everything was kept once, in the order of the input. */
const assertComplete = (fake: FakeStreamHub, tally: Tally) => {
  assert.deepStrictEqual(fake.kept.flatMap(({ points }) => points) as ReadonlyArray<unknown>, expected)
  assert.deepInclude(tally, { accepted: 2 * BATCHES, rejected: 0, lastLine: 2 * BATCHES + 1 })
}

describe("push by stream", () => {
  it.effect("I2: declares each series, sends columns with their own time, several frames on their way", () =>
    Effect.gen(function* () {
      const fake = new FakeStreamHub(() => ack)
      const { tally, message } = yield* push(fake)
      assert.isUndefined(message)
      assertComplete(fake, tally)
      assert.deepStrictEqual(fake.tokens, ["lumk_secret"])
      assert.strictEqual(fake.mostOnTheWay, fake.credit)
    })
  )

  it.effect("I2: no frame goes without credit", () =>
    Effect.gen(function* () {
      const fake = new FakeStreamHub(() => ack)
      fake.credit = 1
      const { tally } = yield* push(fake)
      assertComplete(fake, tally)
      assert.strictEqual(fake.mostOnTheWay, 1)
    })
  )

  it.effect("I4: what was on its way when the connection was lost goes again, oldest first, and counts once", () =>
    Effect.gen(function* () {
      const fake = new FakeStreamHub((_, time) => (time % 7 === 3 ? { _tag: "Cut" } : ack))
      const { tally, message } = yield* push(fake)
      assert.isUndefined(message)
      assertComplete(fake, tally)
      assert.isAbove(fake.senders.length, 2)
      assert.strictEqual(new Set(fake.senders).size, 1, "sequences count per sender")
      assert.isAbove(fake.repeated, 0)
    })
  )

  it.effect("I5: a refusal holds everything back for its time, and keeps the order", () =>
    Effect.gen(function* () {
      const refuse: Reply = { _tag: "Refuse", code: "unavailable", message: "busy", retryAfterMillis: 3_000 }
      const fake = new FakeStreamHub((_, time) => (time % 9 === 2 ? refuse : ack))
      const { tally, message } = yield* push(fake)
      assert.isUndefined(message)
      assertComplete(fake, tally)
      assert.strictEqual(fake.repeated, 0)
      assert.lengthOf(fake.senders, 1)
    })
  )

  it.effect("I5: the refused frame comes again when the hub has said, not sooner", () =>
    Effect.gen(function* () {
      const clock = yield* Clock.Clock
      const times: Array<number> = []
      const fake = new FakeStreamHub((_, time) => {
        times.push(clock.currentTimeMillisUnsafe())
        return time === 1 ? { _tag: "Refuse", code: "unavailable", message: "busy", retryAfterMillis: 90_000 } : ack
      })
      const { message } = yield* push(fake, Stream.make([point(2)]))
      assert.isUndefined(message)
      const [first = 0, second = 0] = times
      assert.isAtLeast(second - first, 90_000)
    })
  )

  it.effect("I1: rejected points are named by their line", () =>
    Effect.gen(function* () {
      const fake = new FakeStreamHub((sequence) =>
        sequence === 2 ? { _tag: "Ack", rejected: [{ index: 1, code: "series_limit", message: "full" }] } : ack
      )
      const { tally } = yield* push(fake)
      assert.strictEqual(tally.accepted, 2 * BATCHES - 1)
      assert.deepStrictEqual(tally.shown, [{ _tag: "Rejected", line: 5, code: "series_limit", message: "full" }])
    })
  )

  it.effect("a point without a time gets the time at which it was read, the same when it is sent again", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_000)
      const fake = new FakeStreamHub((_, time) => (time === 1 ? { _tag: "Cut" } : ack))
      const { message } = yield* push(fake, Stream.make([{ ...point(2), timestamp: undefined }]))
      assert.isUndefined(message)
      assert.deepStrictEqual(fake.kept[0]?.points, [['["cpu",{"host":"web-2"}]', 1_700_000_000_000, 1]])
    })
  )

  it.effect("a hub that owes an answer and says nothing is left for another connection", () =>
    Effect.gen(function* () {
      const fake = new FakeStreamHub((_, time) => (time <= 4 ? { _tag: "Silence" } : ack))
      const { tally, message } = yield* push(fake)
      assert.isUndefined(message)
      assertComplete(fake, tally)
      assert.lengthOf(fake.senders, 2)
    })
  )

  it.effect("when the input ends badly, what was read before it is still answered for", () =>
    Effect.gen(function* () {
      const fake = new FakeStreamHub((_, time) => (time === 1 ? { _tag: "Cut" } : ack))
      const broken = Stream.concat(
        Stream.fromIterable(allBatches),
        Stream.fail(new CommandFailed({ message: "line 82: broken" }))
      )
      const { tally, message } = yield* push(fake, broken)
      assert.strictEqual(message, "line 82: broken")
      assertComplete(fake, tally)
    })
  )

  it.effect("ends at what is final, with the hub's words and what to do", () =>
    Effect.gen(function* () {
      const unknownToken = "the hub does not know this token; give another (LUMINA_TOKEN, --token-file)"
      for (const [ending, message] of [
        [{ reason: "HTTP status 401", status: 401 }, `${unknownToken}: HTTP status 401`],
        [
          { reason: "HTTP status 403", status: 403 },
          "this token may not push points; give one with the scope ingest: HTTP status 403"
        ],
        [
          { reason: "HTTP status 404", status: 404 },
          "this does not look like a Lumina hub; check --hub: HTTP status 404"
        ]
      ] as const) {
        const fake = new FakeStreamHub(() => ack)
        fake.ending = () => ending
        assert.strictEqual((yield* push(fake)).message, message)
        assert.lengthOf(fake.tokens, 1)
      }
      const revoked = new FakeStreamHub((_, time) =>
        time === 3 ? { _tag: "Error", code: "unauthorized", message: "the token was revoked", closeCode: 4401 } : ack
      )
      const { message, tally } = yield* push(revoked)
      assert.strictEqual(message, `${unknownToken}: the token was revoked (unauthorized)`)
      assert.strictEqual(tally.accepted, 4)

      const refused = new FakeStreamHub(() => ({ _tag: "Refuse", code: "too_many_points", message: "too many" }))
      assert.strictEqual((yield* push(refused)).message, "the hub refused a frame: too many (too_many_points)")

      const small = new FakeStreamHub(() => ack)
      small.pointsPerFrame = 1
      assert.strictEqual((yield* push(small)).message, "the hub takes 1 points at most: lower --batch-size")
    })
  )

  it.effect("waits for a hub that starts or restarts, and gives up within seconds where nobody is", () =>
    Effect.gen(function* () {
      const starting = new FakeStreamHub(() => ack)
      starting.ending = (attempt) =>
        attempt < 5 ? { reason: "HTTP status 503", status: 503, retryAfterMillis: 20_000 } : undefined
      const { tally } = yield* push(starting)
      assertComplete(starting, tally)

      const nobody = new FakeStreamHub(() => ack)
      nobody.ending = () => ({ reason: "connect ECONNREFUSED 127.0.0.1:8090", closeCode: 1006 })
      const { message } = yield* push(nobody)
      assert.strictEqual(
        message,
        "the hub cannot be reached: connect ECONNREFUSED 127.0.0.1:8090. Is it running, and is --hub right?"
      )
      assert.isBelow(nobody.tokens.length, 10)
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Queue, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { batches, MOST_BATCH_POINTS } from "../../../src/cli/push/Batches.ts"
import { LONGEST_LINE, type Point } from "../../../src/cli/push/Item.ts"
import { limits } from "../../../src/limits.ts"

const point = (line: number, labels = {}): Point => ({
  _tag: "Point",
  line,
  metric: "m",
  labels,
  timestamp: 0,
  value: 1
})

const linesOf = (batch: ReadonlyArray<Point>) => batch.map(({ line }) => line)

describe("push: batches", () => {
  const Size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 }))
  const Chunks = Schema.Array(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 })))

  it.effect.prop("all points, in their order, in full batches but the last", [Size, Chunks], ([size, chunks]) =>
    Effect.gen(function* () {
      let line = 0
      const arrays = chunks.map((length) => Array.from({ length }, () => point(++line)))
      const result = yield* Stream.fromArrays(...arrays).pipe(batches(size), Stream.runCollect)
      assert.deepStrictEqual(
        result.flatMap(linesOf),
        Array.from({ length: line }, (_, i) => i + 1)
      )
      for (const batch of result.slice(0, -1)) assert.lengthOf(batch, size)
      assert.isAtMost(result.at(-1)?.length ?? 0, size)
    })
  )

  it.effect("I1: however long the labels, a batch fits into a request", () =>
    Effect.gen(function* () {
      // The worst a row can hold: every character takes six bytes in JSON.
      const labels = { ["\u0001".repeat(LONGEST_LINE)]: "\u0001".repeat(LONGEST_LINE) }
      const short = Array.from({ length: MOST_BATCH_POINTS }, (_, i) => point(i, { note: "\u0001".repeat(200) }))
      const all = [...short, point(0, labels), ...short, point(0, labels)]
      const result = yield* Stream.fromIterable(all).pipe(batches(MOST_BATCH_POINTS), Stream.runCollect)
      assert.deepStrictEqual(result.flat(), all)
      for (const batch of result) {
        const body = JSON.stringify({
          points: batch.map(({ metric, timestamp, value, labels }) => ({ metric, timestamp, value, labels }))
        })
        assert.isAtMost(Buffer.byteLength(body), limits.bodyBytes)
      }
    })
  )

  it.effect("what comes through a pipe and fills no batch goes after a second", () =>
    Effect.gen(function* () {
      const source = yield* Queue.unbounded<Point>()
      const sent = yield* Queue.unbounded<ReadonlyArray<Point>>()
      const fiber = yield* Stream.fromQueue(source).pipe(
        batches(100),
        Stream.runForEach((batch) => Queue.offer(sent, batch)),
        Effect.forkChild
      )
      for (const first of [1, 3]) {
        yield* Queue.offerAll(source, [point(first), point(first + 1)])
        yield* TestClock.adjust("999 millis")
        assert.strictEqual(yield* Queue.size(sent), 0)
        yield* TestClock.adjust("1 millis")
        assert.deepStrictEqual(linesOf(yield* Queue.take(sent)), [first, first + 1])
      }
      yield* Fiber.interrupt(fiber)
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { makeGroupCommit } from "../../../src/actors/partition/GroupCommit.ts"
import { LocalPartition, LocalPartitions } from "../../../src/actors/partition/LocalPartition.ts"
import { Unavailable } from "../../../src/actors/partition/Partitions.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { decodeRecord } from "../../../src/actors/partition/Record.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import { limits, PARTITIONS } from "../../../src/limits.ts"
import { Journal, type Receipt, type Slice } from "../../../src/store/Journal.ts"
import { pushPoint } from "../../support/points.ts"

interface Append {
  readonly slices: ReadonlyArray<Slice>
  readonly receipts: ReadonlyArray<Receipt>
}

/** A group commit of two partitions over a journal that answers when its gate is open. */
const setUp = Effect.gen(function* () {
  const appends: Array<Append> = []
  const gate = Latch.makeUnsafe(true)
  const journal = Layer.mock(Journal, {
    append: (slices, receipts) =>
      Effect.andThen(
        gate.await,
        Effect.sync(() => void appends.push({ slices, receipts }))
      )
  })
  const partitions = new LocalPartitions(PARTITIONS)
  const [one, two] = [1, 2].map((id) => new LocalPartition(id, 1, new PartitionState(id), new RawHistory()))
  for (const partition of [one!, two!]) {
    partition.isReady = true
    partitions.add(partition)
  }
  const commit = yield* Effect.provide(makeGroupCommit(partitions), journal)
  yield* Effect.forkScoped(Effect.forever(Queue.take(commit.committed)))
  return { appends, gate, partitions, one: one!, two: two!, commit }
})

const receipt = (sequence: bigint): Receipt => ({ sender: 1n, sequence, bodyHash: 0n, accepted: 1, rejected: null })

const sequencesOf = ({ receipts }: Append): ReadonlyArray<bigint> => receipts.map(({ sequence }) => sequence)

const valuesOf = ({ slices }: Append): ReadonlyArray<number> =>
  slices.flatMap(({ record }) =>
    decodeRecord(record).flatMap((entry) => (entry._tag === "Points" ? [...entry.points.values] : []))
  )

describe("group commit", () => {
  it.effect("K1: a receipt is stored by the write that stores its batch, also when the batch had to wait", () =>
    Effect.gen(function* () {
      const { appends, commit, gate, one } = yield* setUp
      gate.closeUnsafe()
      const push = (value: number) =>
        commit.submit(limits.pointsPerFlush, () => pushPoint(one.open, 0, value, value, 0), receipt(BigInt(value)))
      const pushing = yield* Effect.forkChild(Effect.forEach([1, 2, 3, 4], push, { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(commit.waiting(), 2, "one is on its way, one has its place, two wait")
      gate.openUnsafe()
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(pushing)
      assert.deepStrictEqual(appends.map(valuesOf), [[1], [2], [3], [4]])
      assert.deepStrictEqual(appends.map(sequencesOf), [[1n], [2n], [3n], [4n]])
    })
  )

  it.effect("K1: a batch of which a lost partition held a part is refused, and leaves no receipt", () =>
    Effect.gen(function* () {
      const { appends, commit, one, partitions, two } = yield* setUp
      const write = () => {
        pushPoint(one.open, 0, 1, 1, 0)
        pushPoint(two.open, 0, 1, 2, 0)
      }
      const pushing = yield* Effect.forkChild(Effect.flip(commit.submit(2, write, receipt(1n))))
      yield* Effect.yieldNow
      partitions.drop(two)
      yield* TestClock.adjust("1 second")
      assert.instanceOf(yield* Fiber.join(pushing), Unavailable)
      assert.deepStrictEqual(appends.map(valuesOf), [[1]], "what the other partition has is harmless")
      assert.deepStrictEqual(appends.flatMap(sequencesOf), [])
    })
  )

  it.effect("I4: the receipt of a batch that other nodes hold is stored although nothing of it is here", () =>
    Effect.gen(function* () {
      const { appends, commit } = yield* setUp
      const pushing = yield* Effect.forkChild(commit.submit(5, () => {}, receipt(9n)))
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(pushing)
      assert.deepStrictEqual(appends, [{ slices: [], receipts: [receipt(9n)] }])
    })
  )

  it.effect("K5: batches that find no place in the queue are refused, and nothing of them is written", () =>
    Effect.gen(function* () {
      const { appends, commit, gate, one } = yield* setUp
      gate.closeUnsafe()
      const fit = Math.floor(limits.pointsPerFlush / limits.pointsPerRequest)
      let written = 0
      const push = (value: number) =>
        Effect.result(
          commit.submit(
            limits.pointsPerRequest,
            () => {
              written++
              pushPoint(one.open, 0, value, value, 0)
            },
            null
          )
        )
      const beyond = 100
      const total = 1 + fit + limits.waitingBatches + beyond
      const first = yield* Effect.forkChild(push(0))
      yield* TestClock.adjust("1 second")
      const others = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: total - 1 }), (_, i) => push(i + 1), { concurrency: "unbounded" })
      )
      yield* TestClock.adjust("1 second")
      assert.strictEqual(commit.waiting(), limits.waitingBatches)
      assert.strictEqual(written, 1 + fit, "one is on its way, as many as fit wait for it")
      gate.openUnsafe()
      yield* TestClock.adjust("1 hour")
      const results = yield* Fiber.join(others)
      yield* Fiber.join(first)
      const refused = results.filter(({ _tag }) => _tag === "Failure")
      assert.strictEqual(refused.length, beyond)
      for (const result of refused) assert.isAbove((result as { failure: Unavailable }).failure.retryAfterMillis, 0)
      assert.strictEqual(appends.flatMap(valuesOf).length, total - beyond)
      assert.strictEqual(commit.waiting(), 0)
    })
  )

  it.effect("what `write` refuses is not written, and the flush goes on without it", () =>
    Effect.gen(function* () {
      const { appends, commit, one } = yield* setUp
      const refusal = new Unavailable({ message: "starting", retryAfterMillis: 1 })
      const refuse = () => {
        throw refusal
      }
      const good = yield* Effect.forkChild(commit.submit(1, () => pushPoint(one.open, 0, 1, 1, 0), receipt(1n)))
      assert.strictEqual(yield* Effect.flip(commit.submit(1, refuse, receipt(2n))), refusal)
      yield* TestClock.adjust("1 second")
      yield* Fiber.join(good)
      assert.deepStrictEqual(appends.flatMap(sequencesOf), [1n])
    })
  )
})

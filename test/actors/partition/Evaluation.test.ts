import { assert, it } from "@effect/vitest"
import { Effect, Latch, Layer, Queue } from "effect"
import { TestClock } from "effect/testing"
import { makeEvaluation } from "../../../src/actors/partition/Evaluation.ts"
import type { CommittedRecord } from "../../../src/actors/partition/GroupCommit.ts"
import { LocalPartition, LocalPartitions } from "../../../src/actors/partition/LocalPartition.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { encodeRecord } from "../../../src/actors/partition/Record.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import { Transitions } from "../../../src/actors/partition/Transitions.ts"
import { limits, PARTITIONS } from "../../../src/limits.ts"
import { Facts } from "../../../src/store/facts/Facts.ts"
import { declare, keyOf } from "./fixtures.ts"

const SERIES = 2_000

/** As many new series of one partition, with the next of its records. */
const recordOf = (partition: LocalPartition): CommittedRecord => {
  const seq = ++partition.journalSeq
  const keys = Array.from({ length: SERIES }, (_, i) => keyOf(1, "cpu", `host=${partition.id}-${seq}-${i}`))
  return { partition, seq, record: encodeRecord([declare(...keys)]) }
}

const setUp = Effect.gen(function* () {
  const gate = Latch.makeUnsafe(false)
  const stored = new Map<number, number>()
  const facts = Layer.mock(Facts, {
    commit: ({ positions }) =>
      Effect.andThen(
        gate.await,
        Effect.sync(() => {
          for (const { appliedSeq, partition } of positions) stored.set(partition, appliedSeq)
        })
      )
  })
  const partitions = new LocalPartitions(PARTITIONS)
  const all = [0, 1, 2, 3].map((id) => new LocalPartition(id, 1, new PartitionState(id), new RawHistory()))
  for (const partition of all) partitions.add(partition)
  const committed = yield* Queue.unbounded<ReadonlyArray<CommittedRecord>>()
  const decisions = yield* Effect.provide(makeEvaluation(partitions, committed), [facts, Transitions.layer])
  return { all, committed, decisions, gate, stored }
})

it.effect("K5: evaluation waits in the middle of a flush too, and goes on where it was", () =>
  Effect.gen(function* () {
    const { all, committed, decisions, gate, stored } = yield* setUp
    const flush = Array.from({ length: 40 }, (_, i) => recordOf(all[i % all.length]!))
    yield* Queue.offer(committed, flush)
    yield* TestClock.adjust("1 second")
    const seqs = () => all.map(({ state }) => state.seq)
    assert.isAbove(decisions.pending, limits.factsPending)
    assert.isBelow(decisions.pending, limits.factsPending * 1.2)
    assert.isBelow(Math.max(...seqs()), 10)
    gate.openUnsafe()
    yield* TestClock.adjust("1 second")
    assert.deepStrictEqual(seqs(), [10, 10, 10, 10])
    assert.deepStrictEqual([...stored.values()], [10, 10, 10, 10])
    assert.strictEqual(decisions.pending, 0)
  })
)

it.effect("a writer that waits for the store holds up no other", () =>
  Effect.gen(function* () {
    const { all, committed, decisions, gate } = yield* setUp
    yield* Queue.offer(committed, [recordOf(all[0]!)])
    yield* TestClock.adjust("1 second")
    const held = yield* Effect.forkChild(decisions.stored(all[0]!, 1), { startImmediately: true })
    // Nothing to store: answered by its own writer, which is free.
    yield* decisions.stored(all[1]!, 0)
    assert.isUndefined(held.pollUnsafe())
    gate.openUnsafe()
    yield* decisions.stored(all[0]!, 1)
  })
)

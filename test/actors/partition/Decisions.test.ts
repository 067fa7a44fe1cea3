import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Decisions } from "../../../src/actors/partition/Decisions.ts"
import { LocalPartition, LocalPartitions } from "../../../src/actors/partition/LocalPartition.ts"
import { Unavailable } from "../../../src/actors/partition/Partitions.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { type DecidedFacts, PartitionState } from "../../../src/actors/partition/State.ts"
import { limits } from "../../../src/limits.ts"
import type { ViolationFact } from "../../../src/schema/Violation.ts"

const partitionOf = (id: number) => new LocalPartition(id, 1, new PartitionState(id), new RawHistory())

const violation: ViolationFact = {
  _tag: "Violation",
  ruleId: "",
  ruleRevision: 1,
  metric: "cpu",
  dimensionKey: "",
  labels: {},
  timestamp: 0,
  actual: 90,
  expected: null,
  lower: null,
  upper: 80,
  direction: "Above",
  severity: "Warning",
  deviationPercent: 12.5,
  confidence: 1,
  workspaceNumber: 1,
  partition: 1,
  series: 0,
  live: false,
  receivedTime: 0
}

/** Facts of one record: as many violations. */
const factsOf = (count: number): DecidedFacts => ({
  series: [],
  detection: Array.from({ length: count }, () => violation)
})

const isDone = (fiber: Fiber.Fiber<unknown, unknown>) =>
  Effect.as(Effect.yieldNow, fiber).pipe(Effect.map(() => fiber.pollUnsafe() !== undefined))

describe("decisions", () => {
  it.effect("whoever waits for a record is told when it and all before it are stored", () =>
    Effect.gen(function* () {
      const decisions = new Decisions()
      const partition = partitionOf(1)
      const lane = decisions.lanes[1]!
      decisions.add(partition, 1, factsOf(1))
      decisions.add(partition, 2, factsOf(1))
      partition.state.seq = 2
      const waiting = yield* Effect.forkChild(decisions.stored(partition, 2), { startImmediately: true })
      lane.remove(1)
      assert.isFalse(yield* isDone(waiting))
      lane.remove(1)
      yield* Fiber.join(waiting)
    })
  )

  it.effect("a record without facts is stored as soon as it is evaluated", () =>
    Effect.gen(function* () {
      const decisions = new Decisions()
      const partition = partitionOf(1)
      const lane = decisions.lanes[1]!
      const waiting = yield* Effect.forkChild(decisions.stored(partition, 1), { startImmediately: true })
      lane.remove(0)
      assert.isFalse(yield* isDone(waiting))
      partition.state.seq = 1
      decisions.add(partition, 1, factsOf(0))
      assert.isTrue(lane.hasWork.isOpen(), "the waiter is work")
      lane.remove(0)
      yield* Fiber.join(waiting)
    })
  )

  it.effect("whoever waits for a partition that is lost is told at once, though nothing more is decided", () =>
    Effect.gen(function* () {
      const partitions = new LocalPartitions(1)
      const decisions = new Decisions()
      const partition = partitionOf(0)
      const lane = decisions.lanes[0]!
      partitions.add(partition)
      const waiting = yield* Effect.forkChild(Effect.flip(decisions.stored(partition, 1)), { startImmediately: true })
      lane.remove(0)
      partition.state.seq = 1
      partitions.drop(partition)
      lane.remove(0)
      assert.instanceOf(yield* Fiber.join(waiting), Unavailable)
    })
  )

  it.effect("K5: evaluation is held up while more facts wait than may", () =>
    Effect.sync(() => {
      const decisions = new Decisions()
      const partition = partitionOf(1)
      const lane = decisions.lanes[1]!
      const facts = factsOf(limits.factsPerCommit)
      const records = limits.factsPending / limits.factsPerCommit
      for (let seq = 1; seq <= records; seq++) decisions.add(partition, seq, facts)
      assert.isTrue(decisions.hasRoom.isOpen())
      decisions.add(partition, records + 1, factsOf(1))
      assert.isFalse(decisions.hasRoom.isOpen())
      assert.strictEqual(lane.oldest().length, 1, "one transaction takes so many")
      lane.remove(1)
      assert.isTrue(decisions.hasRoom.isOpen())
      assert.strictEqual(decisions.pending, limits.factsPending - limits.factsPerCommit + 1)
    })
  )
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { Decisions } from "../../../src/actors/partition/Decisions.ts"
import { LocalPartition, LocalPartitions } from "../../../src/actors/partition/LocalPartition.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { makeSnapshotting } from "../../../src/actors/partition/Snapshotting.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import { PARTITIONS } from "../../../src/limits.ts"
import { Snapshots } from "../../../src/store/Snapshots.ts"

it.effect("K2: a snapshot waits until the facts behind it are stored, and no other waits for it", () =>
  Effect.gen(function* () {
    const saved: Array<string> = []
    const snapshots = Layer.mock(Snapshots, {
      save: ({ kind, partition }) => Effect.sync(() => void saved.push(`${kind} ${partition}`))
    })
    const partitions = new LocalPartitions(PARTITIONS)
    const decisions = new Decisions()
    const all = [0, 1, 2].map((id) => new LocalPartition(id, 1, new PartitionState(id), new RawHistory()))
    for (const partition of all) {
      partition.isReady = true
      partition.rawMissing = "not of interest"
      partition.state.seq = 1
      partitions.add(partition)
    }
    const series = { partition: 0, series: 0, workspaceNumber: 1, metric: "cpu", dimensionKey: "", labels: {} }
    decisions.add(all[0]!, 1, { series: [series], detection: [] })
    yield* Effect.provide(makeSnapshotting(partitions, decisions), snapshots)

    // Partition 2 has the same writer of facts as partition 0, and nothing to be stored.
    const tellAll = Effect.sync(() => {
      for (const lane of decisions.lanes) lane.remove(0)
    })
    yield* TestClock.adjust("2 seconds")
    yield* tellAll
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual(saved.toSorted(), ["detection 1", "detection 2"])
    decisions.lanes[0]!.remove(1)
    yield* TestClock.adjust("2 seconds")
    assert.deepStrictEqual(saved.toSorted(), ["detection 0", "detection 1", "detection 2"])
  })
)

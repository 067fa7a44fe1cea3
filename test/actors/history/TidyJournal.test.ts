import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { tidyJournal } from "../../../src/actors/partition/Maintenance.ts"
import { TierPositions } from "../../../src/store/history/TierPositions.ts"
import { Journal, type SafePosition } from "../../../src/store/Journal.ts"
import { Snapshots } from "../../../src/store/Snapshots.ts"

/** What the journal is told, with snapshots of partitions 1 and 2 at 10. */
const safeWith = (positions: Effect.Effect<ReadonlyArray<SafePosition>> | null) =>
  Effect.gen(function* () {
    const told: Array<SafePosition> = []
    const snapshots = [1, 2].flatMap((partition) =>
      (["detection", "raw"] as const).map((kind) => ({ partition, kind, newestSeq: 10, oldestSeq: 10 }))
    )
    const stores = Layer.mergeAll(
      Layer.mock(Journal, { maintain: (safe) => Effect.sync(() => void told.push(...safe)) }),
      Layer.mock(Snapshots, { positions: Effect.succeed(snapshots) })
    )
    yield* Effect.provide(Effect.provideService(tidyJournal, TierPositions, positions), stores)
    return told.map(({ partition, seq }) => [partition, seq])
  })

it.effect("H1: the journal keeps what the tiers do not have, of partitions that never moved too", () =>
  Effect.gen(function* () {
    assert.deepStrictEqual(yield* safeWith(Effect.succeed([{ partition: 1, seq: 4 }])), [
      [1, 4],
      [2, 0]
    ])
    assert.deepStrictEqual(yield* safeWith(Effect.succeed([{ partition: 1, seq: 40 }])), [
      [1, 10],
      [2, 0]
    ])
    assert.deepStrictEqual(yield* safeWith(null), [
      [1, 10],
      [2, 10]
    ])
  })
)

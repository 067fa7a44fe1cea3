/** What every store of snapshots must do, whatever it stores in. */
import { assert, type Vitest } from "@effect/vitest"
import { Effect, Result } from "effect"
import { Fenced, Journal } from "../../src/store/Journal.ts"
import { type Snapshot, type SnapshotKind, Snapshots } from "../../src/store/Snapshots.ts"
import { Inside, newPartition } from "./Inside.ts"

const snapshotOf = (partition: number, seq: number, fields: Partial<Snapshot> = {}): Snapshot => ({
  partition,
  kind: "detection",
  seq,
  codecVersion: 1,
  bytes: Uint8Array.of(seq, 0, 255),
  ...fields
})

/** A partition that is owned at epoch 1. */
const owned = Effect.gen(function* () {
  const partition = newPartition()
  yield* (yield* Journal).claim(partition)
  return partition
})

const latestSeq = (partition: number, kind: SnapshotKind = "detection", codecVersion = 1) =>
  Effect.gen(function* () {
    const snapshot = yield* (yield* Snapshots).latest(partition, kind, codecVersion)
    return snapshot?.seq ?? null
  })

const positionsOf = (partition: number) =>
  Effect.gen(function* () {
    const positions = yield* (yield* Snapshots).positions
    return positions
      .filter((position) => position.partition === partition)
      .map(({ kind, newestSeq, oldestSeq }) => `${kind} ${oldestSeq}…${newestSeq}`)
      .sort()
  })

export const snapshotsConformance = (it: Vitest.MethodsNonLive<Journal | Snapshots | Inside>): void => {
  it.effect("the newest snapshot comes back as it was saved; kinds and partitions have their own", () =>
    Effect.gen(function* () {
      const snapshots = yield* Snapshots
      const [one, other] = [yield* owned, yield* owned]
      assert.isNull(yield* latestSeq(one))
      const saved = snapshotOf(one, 2)
      yield* snapshots.save(snapshotOf(one, 1), 1)
      yield* snapshots.save(saved, 1)
      yield* snapshots.save(snapshotOf(one, 9, { kind: "raw" }), 1)
      const found = yield* snapshots.latest(one, "detection", 1)
      assert.deepStrictEqual({ ...found, bytes: [...found!.bytes] }, { ...saved, bytes: [...saved.bytes] })
      assert.strictEqual(yield* latestSeq(one, "raw"), 9)
      assert.isNull(yield* latestSeq(other))
    })
  )

  it.effect("a snapshot of many megabytes comes back whole, and so does an empty one", () =>
    Effect.gen(function* () {
      const snapshots = yield* Snapshots
      const partition = yield* owned
      const bytes = Uint8Array.from({ length: 3 * 1024 * 1024 + 17 }, (_, i) => (i * i) % 253)
      yield* snapshots.save(snapshotOf(partition, 1, { bytes }), 1)
      const large = yield* snapshots.latest(partition, "detection", 1)
      assert.isTrue(Buffer.from(large!.bytes).equals(bytes))
      yield* snapshots.save(snapshotOf(partition, 2, { bytes: new Uint8Array() }), 1)
      const empty = yield* snapshots.latest(partition, "detection", 1)
      assert.deepStrictEqual([empty!.seq, empty!.bytes.length], [2, 0])
    })
  )

  it.effect("three are kept of each kind", () =>
    Effect.gen(function* () {
      const snapshots = yield* Snapshots
      const partition = yield* owned
      assert.deepStrictEqual(yield* positionsOf(partition), [])
      for (const seq of [1, 2, 3, 4, 5]) yield* snapshots.save(snapshotOf(partition, seq), 1)
      yield* snapshots.save(snapshotOf(partition, 1, { kind: "raw" }), 1)
      assert.deepStrictEqual(yield* positionsOf(partition), ["detection 3…5", "raw 1…1"])
    })
  )

  it.effect("of a partition without a new snapshot for 10 minutes, only the newest is worth its journal", () =>
    Effect.gen(function* () {
      const snapshots = yield* Snapshots
      const inside = yield* Inside
      const partition = yield* owned
      for (const seq of [1, 2, 3]) yield* snapshots.save(snapshotOf(partition, seq), 1)
      yield* inside.age(0.15)
      assert.deepStrictEqual(yield* positionsOf(partition), ["detection 1…3"])
      yield* inside.age(0.05)
      assert.deepStrictEqual(yield* positionsOf(partition), ["detection 3…3"])
      yield* snapshots.save(snapshotOf(partition, 4), 1)
      assert.deepStrictEqual(yield* positionsOf(partition), ["detection 2…4"])
    })
  )

  it.effect("saving a position again replaces its snapshot", () =>
    Effect.gen(function* () {
      const snapshots = yield* Snapshots
      const partition = yield* owned
      for (const seq of [1, 2]) yield* snapshots.save(snapshotOf(partition, seq), 1)
      yield* snapshots.save(snapshotOf(partition, 2, { bytes: Uint8Array.of(7) }), 1)
      const found = yield* snapshots.latest(partition, "detection", 1)
      assert.deepStrictEqual([...found!.bytes], [7])
      assert.deepStrictEqual(yield* positionsOf(partition), ["detection 1…2"])
    })
  )

  for (const how of ["flip", "cut"] as const) {
    it.effect(`a damaged snapshot (${how}) is passed over for the one before it, as long as there is one`, () =>
      Effect.gen(function* () {
        const snapshots = yield* Snapshots
        const inside = yield* Inside
        const partition = yield* owned
        for (const seq of [1, 2]) yield* snapshots.save(snapshotOf(partition, seq), 1)
        yield* inside.damage(partition, "detection", how)
        assert.strictEqual(yield* latestSeq(partition), 1)
        yield* snapshots.save(snapshotOf(partition, 3), 1)
        assert.strictEqual(yield* latestSeq(partition), 3)
        yield* inside.damage(partition, "detection", how)
        assert.strictEqual(yield* latestSeq(partition), 1, "two damaged ones are passed over")

        const alone = yield* owned
        yield* snapshots.save(snapshotOf(alone, 1), 1)
        yield* inside.damage(alone, "detection", how)
        assert.isNull(yield* latestSeq(alone))
      })
    )
  }

  it.effect("a snapshot of another codec version is not handed out, whether newer or older", () =>
    Effect.gen(function* () {
      const snapshots = yield* Snapshots
      const partition = yield* owned
      for (const [seq, codecVersion] of [
        [1, 1],
        [2, 2],
        [3, 3]
      ] as const) {
        yield* snapshots.save(snapshotOf(partition, seq, { codecVersion }), 1)
      }
      assert.strictEqual(yield* latestSeq(partition, "detection", 1), 1)
      assert.strictEqual(yield* latestSeq(partition, "detection", 2), 2)
      assert.isNull(yield* latestSeq(partition, "detection", 4))
    })
  )

  it.effect("K4: a stale epoch cannot save, and what is there stays", () =>
    Effect.gen(function* () {
      const snapshots = yield* Snapshots
      const partition = yield* owned
      yield* snapshots.save(snapshotOf(partition, 1), 1)
      yield* (yield* Journal).claim(partition)
      for (const seq of [1, 2]) {
        const refused = snapshots.save(snapshotOf(partition, seq, { bytes: Uint8Array.of(9) }), 1)
        assert.deepStrictEqual(yield* Effect.flip(refused), new Fenced({ partitions: [partition] }))
      }
      const kept = yield* snapshots.latest(partition, "detection", 1)
      assert.deepStrictEqual([...kept!.bytes], [1, 0, 255])
    })
  )

  it.effect("K4: a save that races with a claim is either before it, and the claim knows, or refused", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      const snapshots = yield* Snapshots
      const partition = newPartition()
      let { epoch, tail } = yield* journal.claim(partition)
      for (let round = 0; round < 20; round++) {
        const [saved, claim] = yield* Effect.all(
          [Effect.result(snapshots.save(snapshotOf(partition, tail + 1), epoch)), journal.claim(partition)],
          { concurrency: "unbounded" }
        )
        assert.strictEqual(
          claim.tail,
          Result.isSuccess(saved) ? tail + 1 : tail,
          "a journal never ends before a snapshot"
        )
        epoch = claim.epoch
        tail = claim.tail
      }
    })
  )
}

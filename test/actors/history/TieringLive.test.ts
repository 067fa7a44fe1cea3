import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import { Tiering } from "../../../src/actors/history/Tiering.ts"
import { TieringLive } from "../../../src/actors/history/TieringLive.ts"
import { LocalPartition, LocalPartitions } from "../../../src/actors/partition/LocalPartition.ts"
import { PartitionHost } from "../../../src/actors/partition/PartitionHost.ts"
import { Unavailable } from "../../../src/actors/partition/Partitions.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import {
  DiskFull,
  HistoryFailed,
  type MoveReport,
  type MoveRequest,
  type TierError,
  TierWriter
} from "../../../src/store/history/TierWriter.ts"
import { Fenced } from "../../../src/store/Journal.ts"

/** Partitions of a node, and a writer that does what a test wants. */
class World {
  readonly partitions = new LocalPartitions(8)
  readonly asked: Array<ReadonlyArray<number>> = []
  /** Where the tiers are. */
  readonly positions = new Map<number, number>()
  readonly logs: Array<string> = []
  /** Records that one call moves at most. */
  most = Number.POSITIVE_INFINITY
  fails: TierError | null = null
  damaged: ReadonlyArray<number> = []
  /** Their facts will not be stored: they are lost. */
  lost: ReadonlyArray<number> = []
  room = { freeBytes: 100, neededBytes: 1 }
  readonly isOpen = Latch.makeUnsafe(true)

  add(id: number, seq: number, isReady = true): LocalPartition {
    const partition = new LocalPartition(id, 7, new PartitionState(id), new RawHistory())
    partition.isReady = isReady
    partition.state.seq = seq
    partition.untiered.add(seq, 1_000)
    this.partitions.add(partition)
    return partition
  }

  get layer() {
    const decisions = {
      stored: ({ id }: LocalPartition) =>
        this.lost.includes(id) ? new Unavailable({ message: "lost", retryAfterMillis: 1 }) : Effect.void
    }
    const host = { partitions: this.partitions, decisions } as unknown as PartitionHost["Service"]
    const logger = Logger.make(({ message }) => void this.logs.push(String(message)))
    return TieringLive.pipe(
      Layer.provide(Layer.succeed(PartitionHost, host)),
      Layer.provide(Layer.mock(TierWriter, { move: (requests) => this.#move(requests) })),
      Layer.provideMerge(Logger.layer([logger]))
    )
  }

  #move(requests: ReadonlyArray<MoveRequest>): Effect.Effect<MoveReport, TierError> {
    return Effect.andThen(
      this.isOpen.await,
      Effect.suspend(() => {
        this.asked.push(requests.map(({ partition }) => partition))
        if (this.fails !== null) return Effect.fail(this.fails)
        let left = this.most
        for (const { partition, upTo } of requests) {
          const at = this.positions.get(partition) ?? 0
          if (this.damaged.includes(partition)) continue
          const to = Math.min(upTo, at + left)
          left -= to - at
          this.positions.set(partition, to)
        }
        const moved = requests.map(({ partition }) => ({ partition, seq: this.positions.get(partition) ?? 0 }))
        const damaged = moved.flatMap(({ partition }) =>
          this.damaged.includes(partition) ? [{ partition, message: "lacks a record" }] : []
        )
        return Effect.succeed({ moved, damaged, points: 10, late: 2, repeated: 1, room: this.room })
      })
    )
  }
}

const inWorld = <A, E>(test: (world: World) => Effect.Effect<A, E, Tiering>) => {
  const world = new World()
  return Effect.suspend(() => Effect.provide(test(world), world.layer))
}

it.effect("H1: what is evaluated is moved soon after the start, and then every five minutes", () =>
  inWorld((world) =>
    Effect.gen(function* () {
      const partitions = [world.add(1, 5), world.add(2, 9)]
      world.add(3, 4, false)
      yield* TestClock.adjust("4 seconds")
      assert.deepStrictEqual(world.asked, [])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(world.asked, [[1, 2]])
      assert.deepStrictEqual(
        [...world.positions],
        [
          [1, 5],
          [2, 9]
        ]
      )
      for (const { untiered } of partitions) assert.isNull(untiered.from)
      partitions[0]!.state.seq = 6
      yield* TestClock.adjust("299 seconds")
      assert.lengthOf(world.asked, 1)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(world.positions.get(1), 6)
      const { status } = yield* Tiering
      assert.deepStrictEqual(yield* status, { state: "moving", message: null, points: 20, late: 4, repeated: 2 })
    })
  )
)

it.effect("batches follow until all is moved that was evaluated when it was asked", () =>
  inWorld((world) =>
    Effect.gen(function* () {
      world.add(1, 5)
      const second = world.add(2, 9)
      second.untiered.add(20, 200_000)
      world.most = 4
      yield* (yield* Tiering).moveNow([1, 2])
      assert.deepStrictEqual(world.asked, [[1, 2], [1, 2], [2], [2]])
      assert.deepStrictEqual(
        [...world.positions],
        [
          [1, 5],
          [2, 9]
        ]
      )
      assert.strictEqual(second.untiered.from, 200_000, "what came later is not in the tiers")
    })
  )
)

it.effect("who waits for an answer comes between two batches of all the others", () =>
  inWorld((world) =>
    Effect.gen(function* () {
      for (const id of [1, 2, 3]) world.add(id, 4)
      world.most = 4
      world.isOpen.closeUnsafe()
      yield* TestClock.adjust("5 seconds")
      const { moveNow } = yield* Tiering
      const answered = yield* Effect.forkChild(moveNow([3]))
      yield* TestClock.adjust(1)
      world.isOpen.openUnsafe()
      yield* Fiber.join(answered)
      assert.deepStrictEqual(world.asked.slice(0, 2), [[1, 2, 3], [3]])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual([...world.positions.values()], [4, 4, 4])
    })
  )
)

it.effect("a full disk stops moving, is told once, and is over when there is room", () =>
  inWorld((world) =>
    Effect.gen(function* () {
      const { moveNow, status } = yield* Tiering
      world.add(1, 5)
      world.fails = new DiskFull({ folder: "/history", freeBytes: 5 * 2 ** 20, neededBytes: 2 ** 30 })
      yield* TestClock.adjust("2 minutes")
      assert.lengthOf(world.asked, 4, "it is tried every half minute")
      const { message, state } = yield* status
      assert.strictEqual(state, "stopped")
      assert.include(message, "only 5 MiB are free on the disk of the history folder /history, and 1024 MiB must be")
      assert.deepStrictEqual(world.logs, [`no points are moved into the history: ${message}`])
      const error = yield* Effect.flip(moveNow([1]))
      assert.strictEqual(error._tag, "Unavailable")
      world.fails = null
      yield* TestClock.adjust("30 seconds")
      assert.strictEqual((yield* status).state, "moving")
      assert.deepStrictEqual(world.logs.slice(1), ["points are moved into the history again"])
      assert.strictEqual(world.positions.get(1), 5)
    })
  )
)

it.effect("K4: partitions that others own now are nothing wrong; lost ones are left out", () =>
  inWorld((world) =>
    Effect.gen(function* () {
      const { moveNow, status } = yield* Tiering
      world.add(1, 5)
      world.add(2, 5)
      world.lost = [2]
      world.fails = new Fenced({ partitions: [1] })
      yield* Effect.flip(moveNow([1, 2]))
      assert.deepStrictEqual(world.asked, [[1]])
      assert.deepStrictEqual([(yield* status).state, world.logs], ["moving", []])
    })
  )
)

it.effect(
  "I3: what cannot be moved is named with the reason: damaged, lost, not ready, not here; the rest is moved",
  () =>
    inWorld((world) =>
      Effect.gen(function* () {
        for (const id of [1, 2, 3]) world.add(id, 5)
        world.add(4, 5, false)
        world.damaged = [1]
        world.lost = [2]
        const { moveEach, moveNow } = yield* Tiering
        assert.deepStrictEqual(Object.fromEntries(yield* moveEach([1, 2, 3, 4, 5])), {
          1: "lacks a record",
          2: "lost",
          4: "partition 4 is starting, or moving to another node",
          5: "partition 5 is starting, or moving to another node"
        })
        assert.deepStrictEqual(world.asked, [[1, 3]])
        assert.deepStrictEqual([...world.positions], [[3, 5]])
        yield* moveNow([3])
        for (const id of [1, 2, 4]) assert.strictEqual((yield* Effect.flip(moveNow([3, id])))._tag, "Unavailable")
        world.fails = new HistoryFailed({ message: "the folder is gone" })
        assert.deepStrictEqual(Object.fromEntries(yield* moveEach([2, 3])), {
          2: "the history cannot be written just now: the folder is gone",
          3: "the history cannot be written just now: the folder is gone"
        })
      })
    )
)

it.effect("K9: a partition with a damaged journal is told of, and holds up no other", () =>
  inWorld((world) =>
    Effect.gen(function* () {
      world.add(1, 5)
      world.add(2, 5)
      world.damaged = [1]
      yield* (yield* Tiering).moveEach([1, 2])
      assert.deepStrictEqual(world.asked, [[1, 2]])
      assert.deepStrictEqual([...world.positions], [[2, 5]])
      assert.lengthOf(world.logs, 1)
    })
  )
)

it.effect("a disk that will be full soon is told of before it is, once", () =>
  inWorld((world) =>
    Effect.gen(function* () {
      const { moveNow, status } = yield* Tiering
      world.add(1, 5)
      world.room = { freeBytes: 3 * 2 ** 30, neededBytes: 2 ** 30 }
      yield* moveNow([1])
      const message =
        "the disk of the history folder is almost full: 3072 MiB are free, " +
        "and nothing more is written there below 1024 MiB"
      const { message: shown, state } = yield* status
      assert.deepStrictEqual([state, shown], ["diskLow", message])
      world.add(1, 6)
      yield* moveNow([1])
      assert.deepStrictEqual(world.logs, [message])
      world.room = { freeBytes: 5 * 2 ** 30, neededBytes: 2 ** 30 }
      world.add(1, 7)
      yield* moveNow([1])
      assert.strictEqual((yield* status).state, "moving")
    })
  )
)

import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer, type Scope } from "effect"
import { TestClock } from "effect/testing"
import { readRaw } from "../../../src/actors/partition/LocalOperations.ts"
import { PartitionHost, PartitionHostLive } from "../../../src/actors/partition/PartitionHost.ts"
import { encodeRecord } from "../../../src/actors/partition/Record.ts"
import { seriesKeyBytes } from "../../../src/actors/partition/Registry.ts"
import { Transitions } from "../../../src/actors/partition/Transitions.ts"
import { limits } from "../../../src/limits.ts"
import { Catalogue } from "../../../src/store/catalogue/Catalogue.ts"
import { Facts } from "../../../src/store/facts/Facts.ts"
import { Journal, StoreUnavailable } from "../../../src/store/Journal.ts"
import { Snapshots } from "../../../src/store/Snapshots.ts"
import { MemoryStore } from "../../support/MemoryStore.ts"
import { pushPoint } from "../../support/points.ts"

const away = new StoreUnavailable({ message: "away" })

/** Partitions 1 and 2 with journals that nobody has evaluated: each record declares one series. */
const storeWithJournal = Effect.fnUntraced(function* (records: number) {
  const store = new MemoryStore()
  for (const partition of [1, 2]) {
    const { epoch } = yield* store.journal.claim(partition)
    for (let seq = 1; seq <= (partition === 1 ? records : 1); seq++) {
      const key = seriesKeyBytes(1, "cpu", `host=${partition}-${seq}`).slice()
      yield* store.journal.append(
        [{ partition, epoch, seq, record: encodeRecord([{ _tag: "Declare", keys: [key] }]) }],
        []
      )
    }
  }
  return store
})

interface Trouble {
  /** Before pages of the journal, and before the catalogue. */
  readonly read: (partition: number, afterSeq: number) => Effect.Effect<void, StoreUnavailable>
  readonly changes: Effect.Effect<void, StoreUnavailable>
  readonly commit: Effect.Effect<void>
}

const calm: Trouble = { read: () => Effect.void, changes: Effect.void, commit: Effect.void }

/** Runs `body` in a node over the store, and closes what it owns before the node. */
const inNode = <A, E>(
  store: MemoryStore,
  trouble: Partial<Trouble>,
  body: (host: PartitionHost["Service"]) => Effect.Effect<A, E, Scope.Scope>
) => {
  const { changes, commit, read } = { ...calm, ...trouble }
  const stores = Layer.mergeAll(
    Layer.succeed(Journal, {
      ...store.journal,
      read: (partition, afterSeq, limit) =>
        Effect.andThen(read(partition, afterSeq), store.journal.read(partition, afterSeq, limit))
    }),
    Layer.succeed(Facts, { ...store.facts, commit: (batch) => Effect.andThen(commit, store.facts.commit(batch)) }),
    Layer.succeed(Snapshots, store.snapshots),
    Layer.mock(Catalogue, { changesAfter: () => Effect.as(changes, []) })
  )
  return Effect.flatMap(PartitionHost, body).pipe(
    Effect.scoped,
    Effect.provide(Layer.provide(PartitionHostLive, [stores, Transitions.layer]))
  )
}

const failingOnce = (isNow: (partition: number, afterSeq: number) => boolean): Trouble["read"] => {
  let isDue = true
  return (partition, afterSeq) =>
    Effect.suspend(() => {
      if (!isDue || !isNow(partition, afterSeq)) return Effect.void
      isDue = false
      return away
    })
}

describe("recovery", () => {
  it.effect("K2: what a recovery decided before it failed is not stored beside what the next one decides", () =>
    Effect.gen(function* () {
      const records = limits.recoveryRows + 50
      const store = yield* storeWithJournal(records)
      const gate = Latch.makeUnsafe(false)
      const read = failingOnce((partition, afterSeq) => partition === 1 && afterSeq > 0)
      yield* inNode(store, { read, commit: gate.await }, (host) =>
        Effect.gen(function* () {
          // The facts writer is busy with the other partition's while this one recovers, fails, and recovers again.
          yield* host.own(2)
          yield* TestClock.adjust("1 second")
          yield* host.own(1)
          yield* TestClock.adjust("5 seconds")
          assert.isNotNull(host.partitions.ready(1))
          gate.openUnsafe()
          yield* TestClock.adjust("5 seconds")
          const series = store.series.filter(({ partition }) => partition === 1)
          assert.strictEqual(series.length, records)
          assert.strictEqual(new Set(series.map((fact) => fact.series)).size, records)
        })
      )
    })
  )

  it.effect("a partition that cannot read the catalogue yet is recovered anew", () =>
    Effect.gen(function* () {
      const store = yield* storeWithJournal(3)
      let failures = 2
      const changes = Effect.suspend(() => (failures-- > 0 ? away : Effect.void))
      yield* inNode(store, { changes }, (host) =>
        Effect.gen(function* () {
          yield* host.own(1)
          yield* TestClock.adjust("10 seconds")
          assert.deepStrictEqual(
            host.partitions.all().map(({ epoch, isReady }) => ({ epoch, isReady })),
            [{ epoch: 4, isReady: true }]
          )
          assert.strictEqual(store.series.length, 3)
        })
      )
    })
  )

  it.effect("a partition that is given away leaves its node, ready or not", () =>
    Effect.gen(function* () {
      const store = yield* storeWithJournal(3)
      for (const changes of [Effect.void, Effect.never]) {
        yield* inNode(store, { changes }, (host) =>
          Effect.gen(function* () {
            const owning = Effect.andThen(host.own(1), TestClock.adjust("1 second"))
            yield* Effect.scoped(owning)
            assert.isNull(host.partitions.get(1))
            const { epoch } = store.rows(1)
            yield* TestClock.adjust("1 minute")
            assert.strictEqual(store.rows(1).epoch, epoch, "nobody claims it again")
          })
        )
      }
    })
  )

  it.effect("a partition that is handed over leaves a snapshot of all it has, and its successor reads no journal", () =>
    Effect.gen(function* () {
      const store = yield* storeWithJournal(3)
      yield* inNode(store, {}, (host) =>
        Effect.gen(function* () {
          yield* host.own(1)
          yield* TestClock.adjust("1 second")
          const partition = host.partitions.ready(1)!
          const writing = yield* Effect.forkChild(
            host.submit(1, (now) => pushPoint(partition.open, 0, now, 1, now), null)
          )
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(writing)
        })
      )
      for (const kind of ["detection", "raw"] as const) {
        assert.strictEqual(store.snapshotsOf(1, kind).at(-1)?.seq, 4, kind)
      }
      const read = () => Effect.die(new Error("the journal was read"))
      yield* inNode(store, { read }, (host) =>
        Effect.gen(function* () {
          yield* host.own(1)
          yield* TestClock.adjust("1 second")
          assert.deepStrictEqual(host.partitions.ready(1)?.state.counters, { evaluated: 1, late: 0 })
          assert.strictEqual(host.partitions.ready(1)?.raw.seriesCount, 1)
        })
      )
    })
  )

  it.effect("raw history that could not be read back is known to lack also after the next start", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      const store = yield* storeWithJournal(3)
      let reads = 0
      // Detection has read it; raw history comes behind, and gives up after a minute.
      const read = () => Effect.suspend(() => (reads++ === 0 ? Effect.void : away))
      const pushed = (host: PartitionHost["Service"]) =>
        Effect.gen(function* () {
          const partition = host.partitions.ready(1)!
          const push = host.submit(1, (now) => pushPoint(partition.open, 0, now, 1, now), null)
          const writing = yield* Effect.forkChild(push)
          yield* TestClock.adjust("1 second")
          yield* Fiber.join(writing)
          return readRaw(partition, 0, 0, Number.POSITIVE_INFINITY).completeFrom
        })
      const before = yield* inNode(store, { read }, (host) =>
        host.own(1).pipe(Effect.andThen(TestClock.adjust("2 minutes")), Effect.andThen(pushed(host)))
      )
      assert.isAbove(before!, Date.UTC(2026, 0, 1))
      const after = yield* inNode(store, {}, (host) =>
        host.own(1).pipe(Effect.andThen(TestClock.adjust("1 second")), Effect.andThen(pushed(host)))
      )
      assert.strictEqual(after, before)
    })
  )

  it.effect("nor is it whole where the journal's front is gone, and no snapshot can be read", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(Date.UTC(2026, 0, 1))
      for (const isWhole of [true, false]) {
        const store = yield* storeWithJournal(3)
        const rows = store.rows(1)
        yield* inNode(store, {}, (host) => Effect.andThen(host.own(1), TestClock.adjust("1 second")))
        rows.snapshots = rows.snapshots.filter(({ kind }) => kind === "detection")
        if (!isWhole) rows.journal = rows.journal.slice(1)
        const heldFrom = yield* inNode(store, {}, (host) =>
          host.own(1).pipe(
            Effect.andThen(TestClock.adjust("1 second")),
            Effect.map(() => host.partitions.ready(1)!.raw.heldFrom)
          )
        )
        assert.strictEqual(heldFrom === Number.NEGATIVE_INFINITY, isWhole)
      }
    })
  )

  it.effect("a journal with a hole is not evaluated past it: nothing is ready, and it is tried again", () =>
    Effect.gen(function* () {
      const store = yield* storeWithJournal(5)
      const rows = store.rows(1)
      const whole = rows.journal
      rows.journal = whole.filter(({ seq }) => seq !== 3)
      yield* inNode(store, {}, (host) =>
        Effect.gen(function* () {
          yield* host.own(1)
          yield* TestClock.adjust("5 seconds")
          assert.isNull(host.partitions.ready(1))
          rows.journal = whole
          yield* TestClock.adjust("5 seconds")
          assert.strictEqual(host.partitions.ready(1)?.state.declared, 5)
          assert.strictEqual(store.series.length, 5)
        })
      )
    })
  )
})

import { Clock, Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { TestClock } from "effect/testing"
import { PARTITIONS } from "../../src/limits.ts"
import { Faults, type FaultPoint } from "../../src/actors/partition/Faults.ts"
import { notReady, resolveSeries, runCommand } from "../../src/actors/partition/LocalOperations.ts"
import { PartitionHost, PartitionHostLive } from "../../src/actors/partition/PartitionHost.ts"
import type { LocalPartition } from "../../src/actors/partition/LocalPartition.ts"
import type { Unavailable } from "../../src/actors/partition/Partitions.ts"
import type { AlertCommand, Change } from "../../src/actors/partition/Record.ts"
import { partitionOf, seriesKeyBytes, seriesKeyHash } from "../../src/actors/partition/Registry.ts"
import { Catalogue } from "../../src/store/Catalogue.ts"
import type { Receipt } from "../../src/store/Journal.ts"
import type { MemoryStore } from "../support/MemoryStore.ts"

export interface SimPoint {
  readonly metric: string
  readonly dimensionKey: string
  readonly timestamp: number
  readonly value: number
}

/** Stops the node at the n-th time it passes a point. */
export interface CrashPlan {
  readonly point: FaultPoint
  readonly occurrence: number
}

export const partitionOfSeries = (metric: string, dimensionKey: string): number =>
  partitionOf(seriesKeyHash(seriesKeyBytes(1, metric, dimensionKey)), PARTITIONS)

/** One life of a hub over stores that outlive it. Real code below the router, virtual time, and no network. */
export class SimNode {
  readonly #store: MemoryStore
  readonly #changes: ReadonlyArray<Change>
  readonly #owned: ReadonlySet<number>
  readonly #host: PartitionHost["Service"]
  readonly #scope: Scope.Closeable
  readonly crashed: Deferred.Deferred<void>

  constructor(
    store: MemoryStore,
    changes: ReadonlyArray<Change>,
    owned: ReadonlySet<number>,
    host: PartitionHost["Service"],
    scope: Scope.Closeable,
    crashed: Deferred.Deferred<void>
  ) {
    this.#store = store
    this.#changes = changes
    this.#owned = owned
    this.#host = host
    this.#scope = scope
    this.crashed = crashed
  }

  get isReady(): boolean {
    return [...this.#owned].every((partition) => this.#host.partitions.ready(partition) !== null)
  }

  submit(points: ReadonlyArray<SimPoint>, receipt: Receipt): Effect.Effect<void, Unavailable> {
    return this.#host.submit(
      points.length,
      (now) => {
        for (const { dimensionKey, metric } of points) this.#ready(partitionOfSeries(metric, dimensionKey))
        for (const { metric, dimensionKey, timestamp, value } of points) {
          const key = seriesKeyBytes(1, metric, dimensionKey)
          const hash = seriesKeyHash(key)
          const partition = this.#ready(partitionOf(hash, PARTITIONS))
          const series = resolveSeries(partition, key, hash)
          if (typeof series === "number") partition.open.push(series, timestamp, value, now)
        }
      },
      receipt
    )
  }

  command(partition: number, command: AlertCommand): Effect.Effect<void, Unavailable> {
    return Effect.flatMap(this.#whenReady(partition), (ready) => runCommand(this.#host, ready, command))
  }

  /** Brings the catalogue into force everywhere, as the API does before it answers. */
  refresh(): Effect.Effect<void, Unavailable> {
    const version = this.#changes.at(-1)?.version ?? 0
    return Effect.forEach(this.#owned, (id) => Effect.flatMap(this.#whenReady(id), (partition) => this.#host.refresh(partition, version)), {
      concurrency: "unbounded",
      discard: true
    })
  }

  /** Everything acknowledged is evaluated and stored. */
  settled(): Effect.Effect<void, Unavailable> {
    return Effect.forEach(
      this.#owned,
      (id) =>
        Effect.flatMap(this.#whenReady(id), (partition) =>
          this.#host.evaluation.stored(partition, partition.journalSeq)
        ),
      { concurrency: "unbounded", discard: true }
    )
  }

  /** Ends this life at once: nothing it still tries reaches the store. */
  kill(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      this.#store.isAway = true
      const closing = yield* Effect.forkChild(Scope.close(this.#scope, Exit.void))
      yield* TestClock.adjust("10 seconds")
      yield* Fiber.join(closing)
      this.#store.isAway = false
    })
  }

  #whenReady(id: number): Effect.Effect<LocalPartition, Unavailable> {
    return Effect.suspend(() => {
      const partition = this.#host.partitions.ready(id)
      return partition === null ? notReady(id) : Effect.succeed(partition)
    })
  }

  #ready(id: number): LocalPartition {
    const partition = this.#host.partitions.ready(id)
    if (partition === null) throw notReady(id)
    return partition
  }
}

export const startNode = Effect.fnUntraced(function* (
  store: MemoryStore,
  changes: ReadonlyArray<Change>,
  owned: ReadonlySet<number>,
  crash: CrashPlan | null
) {
  const crashed = yield* Deferred.make<void>()
  const scope = yield* Scope.make()
  let left = crash?.occurrence ?? 0
  const fault = (point: FaultPoint) =>
    Effect.suspend(() => {
      if (crash === null || point !== crash.point || --left !== 0) return Effect.void
      return Effect.andThen(Deferred.succeed(crashed, undefined), Effect.never)
    })
  const catalogue = Layer.mock(Catalogue, {
    changesAfter: (version, limit) =>
      Effect.sync(() => changes.filter((change) => change.version > version).slice(0, limit))
  })
  const layer = PartitionHostLive.pipe(
    Layer.provide([store.layer, catalogue, Layer.succeed(Faults, fault)])
  )
  const context = yield* Layer.buildWithScope(layer, scope)
  const host = yield* PartitionHost.pipe(Effect.provide(context))
  yield* Effect.forEach(owned, (partition) => host.own(partition)).pipe(Scope.provide(scope))
  const node = new SimNode(store, changes, owned, host, scope, crashed)
  yield* Clock.currentTimeMillis
  return node
})

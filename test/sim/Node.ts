import { Deferred, Effect, Exit, Fiber, Layer, Scope } from "effect"
import { ShardId, Sharding } from "effect/cluster"
import { type FaultPoint, Faults } from "../../src/actors/partition/Faults.ts"
import { notReady, runCommand } from "../../src/actors/partition/LocalOperations.ts"
import type { LocalPartition } from "../../src/actors/partition/LocalPartition.ts"
import { Maintenance } from "../../src/actors/partition/Maintenance.ts"
import { PartitionHost, PartitionHostLive } from "../../src/actors/partition/PartitionHost.ts"
import { Unavailable } from "../../src/actors/partition/Partitions.ts"
import type { AlertCommand } from "../../src/actors/partition/Record.ts"
import { Transitions } from "../../src/actors/partition/Transitions.ts"
import { RouterLive } from "../../src/actors/router/RouterLive.ts"
import { LuminaConfig } from "../../src/config.ts"
import { type Answer, Push } from "../../src/http/ingest/Push.ts"
import { Quota } from "../../src/http/ingest/Quota.ts"
import { Receipts } from "../../src/http/ingest/Receipts.ts"
import type { RequestError } from "../../src/http/ingest/RequestError.ts"
import { Resolver } from "../../src/http/ingest/Resolver.ts"
import { configurable } from "../../src/limits.ts"
import { workspaceIdOf } from "../../src/schema/Identity.ts"
import type { Identity } from "../../src/store/access/Access.ts"
import type { Catalogue } from "../../src/store/catalogue/Catalogue.ts"
import type { MemoryStore } from "../support/MemoryStore.ts"
import type { Connection } from "./Connection.ts"
import { type Batch, WORKSPACES } from "./Scenario.ts"

/** The request was not answered: how it ended, nobody knows. */
export class NoAnswer {
  readonly _tag = "NoAnswer"
}

/** One life of a hub: all of it between HTTP and the database is real. */
export class Node {
  readonly #host: PartitionHost["Service"]
  readonly #push: Push["Service"]
  readonly #partitions: ReadonlyArray<number>
  readonly #scope: Scope.Closeable
  readonly #owned = new Map<number, Scope.Closeable>()
  readonly connection: Connection
  /** Done when nobody reaches it any more. */
  readonly gone = Deferred.makeUnsafe<void>()

  constructor(
    host: PartitionHost["Service"],
    push: Push["Service"],
    partitions: ReadonlyArray<number>,
    scope: Scope.Closeable,
    connection: Connection
  ) {
    this.#host = host
    this.#push = push
    this.#partitions = partitions
    this.#scope = scope
    this.connection = connection
  }

  get host(): PartitionHost["Service"] {
    return this.#host
  }

  /** A request as HTTP hands it on: it comes to its end here even when the one who asked has left. */
  push({ idempotencyKey, points, workspaceNumber }: Batch): Effect.Effect<Answer, RequestError | NoAnswer> {
    const body = {
      points: points.map(({ host, metric, timestamp, value }) => ({ metric, timestamp, value, labels: { host } }))
    }
    return this.#ask(
      this.#push.push(
        identityOf(workspaceNumber),
        Buffer.from(JSON.stringify(body)),
        idempotencyKey === null ? undefined : idempotencyKey
      )
    )
  }

  command(partition: number, command: AlertCommand): Effect.Effect<void, Unavailable | NoAnswer> {
    return this.#ask(Effect.flatMap(this.#ready(partition), (ready) => runCommand(this.#host, ready, command)))
  }

  /** What the API does before it answers a change of the catalogue (D11). */
  refresh(version: number): Effect.Effect<void, Unavailable | NoAnswer> {
    return this.#ask(this.#everywhere((partition) => this.#host.refresh(partition, version)))
  }

  /** Answers when all that was journalled is evaluated and its facts are stored. */
  settled(): Effect.Effect<void, Unavailable | NoAnswer> {
    return this.#ask(this.#everywhere((partition) => this.#host.decisions.stored(partition, partition.journalSeq)))
  }

  /** The partition is handed over, and comes back. */
  move(partition: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      yield* Scope.close(this.#owned.get(partition)!, Exit.void)
      if (this.#host.partitions.get(partition) !== null) throw new Error("a partition was kept when it was handed over")
      yield* this.own(partition)
    })
  }

  own(partition: number): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const scope = yield* Scope.fork(this.#scope)
      this.#owned.set(partition, scope)
      yield* Scope.provide(this.#host.own(partition), scope)
    })
  }

  /** Ends in good order: every partition is handed over. */
  close(): Effect.Effect<void> {
    return Effect.andThen(
      Scope.close(this.#scope, Exit.void),
      Effect.sync(() => this.leave())
    )
  }

  /** kill -9, at once: the store hears nothing more from it. */
  kill(): void {
    this.connection.die()
    this.leave()
  }

  /** Ends the fibers of a killed node, which would otherwise go on for ever in this process. */
  dispose(): Effect.Effect<void> {
    return Effect.suspend(() => {
      for (const partition of this.#host.partitions.all()) this.#host.partitions.drop(partition)
      return Effect.asVoid(Effect.forkDetach(Scope.close(this.#scope, Exit.void)))
    })
  }

  /** Nobody reaches it any more; it may go on by itself. */
  leave(): void {
    Deferred.doneUnsafe(this.gone, Effect.void)
  }

  #ready(id: number): Effect.Effect<LocalPartition, Unavailable> {
    return Effect.suspend(() => {
      const partition = this.#host.partitions.ready(id)
      return partition === null ? notReady(id) : Effect.succeed(partition)
    })
  }

  #everywhere(act: (partition: LocalPartition) => Effect.Effect<void, Unavailable>): Effect.Effect<void, Unavailable> {
    return Effect.forEach(this.#partitions, (id) => Effect.flatMap(this.#ready(id), act), {
      concurrency: "unbounded",
      discard: true
    })
  }

  #ask<A, E>(request: Effect.Effect<A, E>): Effect.Effect<A, E | NoAnswer> {
    return Effect.flatMap(Effect.forkDetach(request), (fiber) =>
      Effect.raceFirst(Fiber.join(fiber), Effect.andThen(Deferred.await(this.gone), Effect.fail(new NoAnswer())))
    )
  }
}

/** Starts a node that owns these partitions. `fault` is what happens at each labelled point. */
export const startNode = Effect.fnUntraced(function* (
  store: MemoryStore,
  catalogue: Catalogue["Service"],
  connection: Connection,
  partitions: ReadonlyArray<number>,
  fault: (point: FaultPoint) => Effect.Effect<void>
) {
  const scope = yield* Scope.make()
  const hub = Push.layer.pipe(
    Layer.provide(Resolver.layer),
    Layer.provide(RouterLive),
    Layer.provide(Receipts.layer),
    Layer.provide([AloneInItsCluster, Quota.layer]),
    Layer.provideMerge(PartitionHostLive),
    Layer.merge(Maintenance),
    Layer.provide(Layer.succeed(LuminaConfig, { limits: configurable } as LuminaConfig["Service"])),
    Layer.provide([connection.layer(store, catalogue), Transitions.layer, Layer.succeed(Faults, fault)])
  )
  const services = yield* Layer.buildWithScope(Layer.fresh(hub), scope)
  const [host, push] = yield* Effect.provide(Effect.all([PartitionHost, Push]), services)
  const node = new Node(host, push, partitions, scope, connection)
  yield* Effect.forEach(partitions, (partition) => node.own(partition))
  return node
})

/** What is not here is nowhere: messages to other nodes are not answered. */
const unreachable = Effect.fail(new Unavailable({ message: "no other node", retryAfterMillis: 1_000 }))
const AloneInItsCluster = Layer.mock(Sharding.Sharding, {
  getShardId: (_, group) => ShardId.make(group, 1),
  hasShardId: () => true,
  makeClient: () => Effect.succeed((() => ({ Resolve: () => unreachable, Append: () => unreachable })) as never)
})

const identityOf = (workspaceNumber: number): Identity => {
  const workspaceKey = WORKSPACES[workspaceNumber - 1]!
  return {
    workspaceNumber,
    workspaceId: workspaceIdOf(workspaceKey),
    workspaceKey,
    tokenId: `token-${workspaceNumber}`,
    kind: "api-key",
    actor: "api-key:simulation",
    hostName: null,
    scopes: ["ingest"],
    installation: false
  }
}

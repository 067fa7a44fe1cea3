import { Effect, Layer } from "effect"
import { Entity, Sharding } from "effect/cluster"
import { PARTITIONS } from "../../limits.ts"
import { Tiering } from "../history/Tiering.ts"
import { notReady, openAlerts, readRaw, resolveDurably, runCommand, statusOf } from "./LocalOperations.ts"
import { EVERY_ROW } from "./OpenSlice.ts"
import { Partition } from "./Partition.ts"
import { PartitionHost } from "./PartitionHost.ts"
import { shardOf } from "./PartitionsLive.ts"
import { timestampsOf } from "./PointColumns.ts"
import { decodeRecord } from "./Record.ts"

/**
 * Behaviour of the Partition entity: it owns its partition on this node for as long as the cluster leaves it here, and
 * answers for other nodes. Handlers fail with `Unavailable` and never throw: a defect would be tried again for ever.
 */
export const PartitionLive = Partition.toLayer(
  Effect.gen(function* () {
    const id = Number((yield* Entity.CurrentAddress).entityId)
    const host = yield* PartitionHost
    const tiering = yield* Tiering
    yield* host.own(id)

    const ready = Effect.suspend(() => {
      const partition = host.partitions.ready(id)
      return partition === null ? notReady(id) : Effect.succeed(partition)
    })

    return Partition.of({
      Wake: () => Effect.void,
      Resolve: ({ payload }) => Effect.flatMap(ready, (partition) => resolveDurably(host, partition, payload.keys)),
      Append: ({ payload }) => append(host, id, payload.record),
      Refresh: ({ payload }) => Effect.flatMap(ready, (partition) => host.refresh(partition, payload.version)),
      Command: ({ payload }) => Effect.flatMap(ready, (partition) => runCommand(host, partition, payload)),
      ReadRaw: ({ payload: { from, series, to } }) =>
        Effect.map(ready, (partition) =>
          series.map((local, i) => {
            const { partition: _, ...raw } = readRaw(partition, local, from[i] ?? 0, to)
            return { ...raw, timestamps: bytesOf(raw.timestamps), values: bytesOf(raw.values) }
          })
        ),
      MoveNow: () => Effect.andThen(ready, tiering.moveNow([id])),
      OpenAlerts: ({ payload }) => Effect.map(ready, (partition) => openAlerts(partition, payload.alerts)),
      Status: () => Effect.sync(() => statusOf(host.partitions, id))
    })
  }),
  { maxIdleTime: "Infinity", disableFatalDefects: true, concurrency: "unbounded" }
)

const bytesOf = (column: Float64Array): Uint8Array =>
  new Uint8Array(column.buffer, column.byteOffset, column.byteLength)

/** Points that another node took in for this partition. */
const append = (host: PartitionHost["Service"], id: number, record: Uint8Array) =>
  Effect.suspend(() => {
    const [entry] = decodeRecord(record)
    if (entry?._tag !== "Points") return Effect.void
    const { count, series, values } = entry.points
    const rows = { series, timestamps: timestampsOf(entry.points), values }
    return host.submit(
      count,
      (now) => {
        const partition = host.partitions.ready(id)
        if (partition === null) throw notReady(id)
        partition.open.push(rows, EVERY_ROW, 0, count, now)
      },
      null
    )
  })

/**
 * An entity starts with its first message; a partition must evaluate from the start. Wakes those whose shard is here.
 */
export const PartitionsAwake = Layer.effectDiscard(
  Effect.gen(function* () {
    const sharding = yield* Sharding.Sharding
    const host = yield* PartitionHost
    const client = yield* Partition.client
    const waking = new Set<number>()
    const wakeMissing = Effect.suspend(() => {
      const missing: Array<number> = []
      for (let id = 0; id < PARTITIONS; id++) {
        if (sharding.hasShardId(shardOf(sharding, id)) && host.partitions.get(id) === null && !waking.has(id))
          missing.push(id)
      }
      return Effect.forEach(
        missing,
        (id) => {
          waking.add(id)
          return client(String(id))
            .Wake()
            .pipe(Effect.ignore, Effect.ensuring(Effect.sync(() => waking.delete(id))))
        },
        { concurrency: "unbounded", discard: true }
      )
    })
    yield* Effect.forkScoped(Effect.forever(Effect.andThen(wakeMissing, Effect.sleep("250 millis"))))
  })
)

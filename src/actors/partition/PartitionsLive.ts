import { Effect, Layer, Schedule } from "effect"
import { EntityId, Sharding } from "effect/cluster"
import { limits, PARTITIONS } from "../../limits.ts"
import { NOTHING_KNOWN, openAlerts, readRaw, runCommand, statusOf } from "./LocalOperations.ts"
import { Partition } from "./Partition.ts"
import { PartitionHost } from "./PartitionHost.ts"
import { type PartitionStatus, Partitions, type RawPoints, type SeriesPlace, Unavailable } from "./Partitions.ts"
import type { AlertCommand } from "./Record.ts"

/** Answers from the partition where it is: here without a message, else from its owner. */
export const PartitionsLive = Layer.effect(
  Partitions,
  Effect.gen(function* () {
    const host = yield* PartitionHost
    const client = yield* Partition.client
    const sharding = yield* Sharding.Sharding
    const isHere = (id: number) => sharding.hasShardId(shardOf(sharding, id))
    const one = operations(host, (id) => client(String(id)), isHere)

    return Partitions.of({
      refresh: (version) =>
        Effect.forEach(
          numbers,
          // A partition on its way reads the catalogue when it arrives; the answer waits for it.
          (id) => Effect.retry(one.refresh(id, version), { schedule: Schedule.spaced("50 millis"), times: 200 }),
          { concurrency: "unbounded", discard: true }
        ),
      command: one.command,
      openAlerts: one.openAlerts,
      readRaw: Effect.fnUntraced(function* (places, from, to) {
        const byPartition = Map.groupBy(places, (place) => place.partition)
        const series = (group: ReadonlyArray<SeriesPlace>) => group.map((place) => place.series)
        const answers = yield* Effect.forEach(byPartition, ([id, group]) => one.readRaw(id, series(group), from, to), {
          concurrency: 16
        })
        const found = new Map(answers.flat().map((raw) => [nameOf(raw), raw]))
        return places.map((place) => found.get(nameOf(place)) ?? nothing(place))
      }),
      status: Effect.forEach(numbers, one.status, { concurrency: "unbounded" }),
      readiness: Effect.sync(() => ({
        owned: numbers.filter(isHere).length,
        ready: numbers.filter((id) => host.partitions.ready(id) !== null).length
      })),
      totals: () => host.partitions.totals()
    })
  })
)

type Client = ReturnType<Effect.Success<typeof Partition.client>>

/** What is asked of one partition. */
const operations = (
  host: PartitionHost["Service"],
  remote: (id: number) => Client,
  isHere: (id: number) => boolean
) => ({
  refresh: (id: number, version: number) =>
    Effect.suspend(() => {
      const partition = host.partitions.ready(id)
      return partition === null ? remote(id).Refresh({ version }) : host.refresh(partition, version)
    }).pipe(reachable),

  command: (id: number, command: AlertCommand) =>
    Effect.suspend(() => {
      const partition = host.partitions.ready(id)
      return partition === null ? remote(id).Command(command) : runCommand(host, partition, command)
    }).pipe(reachable),

  openAlerts: (id: number, alertIds: ReadonlyArray<string>) =>
    Effect.suspend(() => {
      const partition = host.partitions.get(id)
      if (partition !== null) return Effect.succeed(openAlerts(partition, alertIds))
      return remote(id).OpenAlerts({ alertIds })
    }).pipe(reachable),

  /** One message per partition, whatever the number of places asked for. */
  readRaw: (id: number, series: ReadonlyArray<number>, from: number, to: number) =>
    Effect.suspend(() => {
      const partition = host.partitions.get(id)
      if (partition !== null) return Effect.succeed(series.map((local) => readRaw(partition, local, from, to)))
      return Effect.map(remote(id).ReadRaw({ series, from, to }), (answers) =>
        answers.map(
          ({ missing, series: local, timestamps, values }): RawPoints => ({
            partition: id,
            series: local,
            timestamps: columnOf(timestamps),
            values: columnOf(values),
            missing
          })
        )
      )
    }).pipe(reachable),

  status: (id: number): Effect.Effect<PartitionStatus> =>
    Effect.suspend(() => {
      if (isHere(id) || host.partitions.get(id) !== null) return Effect.succeed(statusOf(host.partitions, id))
      return Effect.match(remote(id).Status().pipe(reachable), {
        onSuccess: (status) => ({ ...status, partition: id, owner: "elsewhere" as const }),
        onFailure: () => ({ ...NOTHING_KNOWN, partition: id, owner: "elsewhere" as const })
      })
    })
})

/** The shard of a partition's entity. */
export const shardOf = (sharding: Sharding.Sharding["Service"], partition: number) =>
  sharding.getShardId(EntityId.make(String(partition)), "default")

const numbers = Array.from({ length: PARTITIONS }, (_, id) => id)

/** Longest wait for an answer from another node, whatever the cluster does meanwhile. */
const ANSWER_MILLIS = 5_000

const moving = new Unavailable({
  message: "a partition is moving to another node",
  retryAfterMillis: limits.retryAfterMillis
})

/** Whatever keeps a message from its partition is over when the partition has arrived somewhere. */
const reachable = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Unavailable, R> =>
  Effect.mapError(Effect.timeout(effect, ANSWER_MILLIS), (error) => (error instanceof Unavailable ? error : moving))

const nameOf = ({ partition, series }: SeriesPlace): string => `${partition} ${series}`

const columnOf = (bytes: Uint8Array): Float64Array => new Float64Array(bytes.slice().buffer)

const nothing = ({ partition, series }: SeriesPlace): RawPoints => ({
  partition,
  series,
  timestamps: new Float64Array(),
  values: new Float64Array(),
  missing: null
})

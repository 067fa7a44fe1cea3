import { Effect, Layer, Schedule } from "effect"
import { EntityId, Sharding } from "effect/cluster"
import { limits, PARTITIONS } from "../../limits.ts"
import { Tiering } from "../history/Tiering.ts"
import { NOTHING_KNOWN, openAlerts, readRaw, runCommand, statusOf, unknownPoints } from "./LocalOperations.ts"
import { Partition } from "./Partition.ts"
import { PartitionHost } from "./PartitionHost.ts"
import {
  type OpenAlertPlace,
  type PartitionStatus,
  Partitions,
  type RawPlace,
  type RawPoints,
  Unavailable
} from "./Partitions.ts"
import type { AlertCommand } from "./Record.ts"

/** Answers from the partition where it is: here without a message, else from its owner. */
export const PartitionsLive = Layer.effect(
  Partitions,
  Effect.gen(function* () {
    const host = yield* PartitionHost
    const tiering = yield* Tiering
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
      readRaw: Effect.fnUntraced(function* (places, to) {
        const answers: Array<RawPoints> = []
        const elsewhere: Array<{ readonly index: number; readonly place: RawPlace }> = []
        for (const [index, place] of places.entries()) {
          const partition = host.partitions.get(place.partition)
          if (partition === null) elsewhere.push({ index, place })
          else answers[index] = readRaw(partition, place.series, place.from, to)
        }
        const readThere = ([id, group]: [number, typeof elsewhere]) => {
          const wanted = group.map(({ place }) => place)
          return Effect.map(one.readRaw(id, wanted, to), (found) => {
            for (const [i, raw] of found.entries()) answers[group[i]!.index] = raw
          })
        }
        const groups = Map.groupBy(elsewhere, ({ place }) => place.partition)
        yield* Effect.forEach(groups, readThere, { concurrency: 16, discard: true })
        return answers
      }),
      moveNow: Effect.fnUntraced(function* (wanted) {
        const here = wanted.filter((id) => host.partitions.ready(id) !== null)
        const there = wanted.filter((id) => !here.includes(id))
        const moveThere = (id: number) =>
          Effect.match(one.moveNow(id), {
            onSuccess: () => new Map<number, string>(),
            onFailure: ({ message }) => new Map([[id, message]])
          })
        const moves = [...(here.length > 0 ? [tiering.moveEach(here)] : []), ...there.map(moveThere)]
        const unmoved = yield* Effect.all(moves, { concurrency: 16 })
        return new Map(unmoved.flatMap((some) => [...some]))
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

  openAlerts: (id: number, alerts: ReadonlyArray<OpenAlertPlace>) =>
    Effect.suspend(() => {
      const partition = host.partitions.get(id)
      if (partition !== null) return Effect.succeed(openAlerts(partition, alerts))
      return remote(id).OpenAlerts({ alerts })
    }).pipe(reachable),

  /** One message to a partition of another node, whatever the number of places asked for. */
  readRaw: (id: number, places: ReadonlyArray<RawPlace>, to: number): Effect.Effect<ReadonlyArray<RawPoints>> => {
    const series = places.map((place) => place.series)
    return Effect.match(reachable(remote(id).ReadRaw({ series, from: places.map(({ from }) => from), to })), {
      onSuccess: (answers) =>
        answers.map((raw): RawPoints => {
          return { ...raw, partition: id, timestamps: columnOf(raw.timestamps), values: columnOf(raw.values) }
        }),
      onFailure: ({ message }) => series.map((local) => unknownPoints(id, local, message))
    })
  },

  moveNow: (id: number) => reachable(remote(id).MoveNow()),

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

const moving = new Unavailable({
  message: "a partition is moving to another node",
  retryAfterMillis: limits.retryAfterMillis
})

/** Whatever keeps a message from its partition is over when the partition has arrived somewhere. */
const reachable = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, Unavailable, R> =>
  Effect.mapError(Effect.timeout(effect, limits.answerTimeoutMillis), (error) =>
    error instanceof Unavailable ? error : moving
  )

const columnOf = (bytes: Uint8Array): Float64Array => new Float64Array(bytes.slice().buffer)

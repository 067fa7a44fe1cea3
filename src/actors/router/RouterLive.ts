import { Effect, Layer } from "effect"
import { PARTITIONS } from "../../limits.ts"
import { notReady, resolveSeries } from "../partition/LocalOperations.ts"
import type { LocalPartition } from "../partition/LocalPartition.ts"
import { Partition } from "../partition/Partition.ts"
import { PartitionHost } from "../partition/PartitionHost.ts"
import { Unavailable } from "../partition/Partitions.ts"
import { encodeRecord } from "../partition/Record.ts"
import { partitionOf, seriesKeyBytes, seriesKeyHash } from "../partition/Registry.ts"
import { type BatchReceipt, type Places, type Refusal, type ResolvedBatch, Router } from "./Router.ts"

/** Series of another node's partition that are to be resolved: their keys, and where in the answer they belong. */
interface RemoteSeries {
  readonly keys: Array<Uint8Array>
  readonly indexes: Array<number>
}

export const RouterLive = Layer.effect(
  Router,
  Effect.gen(function* () {
    const host = yield* PartitionHost
    const client = yield* Partition.client
    const remote: Remote = {
      resolve: (id, keys) => reach(client(String(id)).Resolve({ keys }), id),
      append: (id, record) => reach(client(String(id)).Append({ record }), id)
    }
    return Router.of({
      generation: () => host.partitions.generation,
      catalogueVersion: () => host.partitions.catalogueVersion,
      resolve: (workspaceNumber, metrics, dimensionKeys, places) =>
        Effect.suspend(() => resolve(host, remote, workspaceNumber, metrics, dimensionKeys, places)),
      submit: (batch, receipt) => Effect.suspend(() => submit(host, remote, batch, receipt))
    })
  })
)

/** The other nodes' partitions, by number. */
interface Remote {
  readonly resolve: (
    id: number,
    keys: ReadonlyArray<Uint8Array>
  ) => Effect.Effect<ReadonlyArray<{ readonly series: number } | Refusal>, Unavailable>
  readonly append: (id: number, record: Uint8Array) => Effect.Effect<void, Unavailable>
}

const resolve = (
  { partitions }: PartitionHost["Service"],
  remote: Remote,
  workspaceNumber: number,
  metrics: ReadonlyArray<string>,
  dimensionKeys: ReadonlyArray<string>,
  places: Places
): Effect.Effect<ReadonlyMap<number, Refusal>, Unavailable> => {
  const refused = new Map<number, Refusal>()
  const elsewhere = new Map<number, RemoteSeries>()
  for (let i = 0; i < metrics.length; i++) {
    const key = seriesKeyBytes(workspaceNumber, metrics[i]!, dimensionKeys[i]!)
    const hash = seriesKeyHash(key)
    const id = partitionOf(hash, PARTITIONS)
    places.partitions[i] = id
    const partition = partitions.ready(id)
    if (partition !== null) {
      const place = resolveSeries(partition, key, hash)
      if (typeof place === "number") places.series[i] = place
      else refused.set(i, place)
    } else if (partitions.get(id) !== null) {
      return Effect.fail(notReady(id))
    } else {
      const waiting = elsewhere.get(id) ?? { keys: [], indexes: [] }
      waiting.keys.push(key.slice())
      waiting.indexes.push(i)
      elsewhere.set(id, waiting)
    }
  }
  if (elsewhere.size === 0) return Effect.succeed(refused)
  const resolveThere = ([id, { indexes, keys }]: [number, RemoteSeries]) =>
    Effect.map(remote.resolve(id, keys), (answers) =>
      answers.forEach((answer, i) => {
        const index = indexes[i]!
        if ("code" in answer) refused.set(index, answer)
        else places.series[index] = answer.series
      })
    )
  return Effect.as(Effect.forEach(elsewhere, resolveThere, { concurrency: "unbounded", discard: true }), refused)
}

const submit = (host: PartitionHost["Service"], remote: Remote, batch: ResolvedBatch, receipt: BatchReceipt | null) => {
  const locals = readyOf(batch, host)
  const elsewhere = remoteRecords(batch, locals)
  const local = host.submit(
    batch.count,
    (now) => {
      // Ready when the batch came; lost while it waited for a place: then nothing of it is written.
      for (const partition of locals) if (partition?.isReady === false) throw notReady(partition.id)
      write(batch, locals, now)
    },
    receipt
  )
  if (elsewhere.length === 0) return local
  // The receipt is written last: a batch that was only journalled in part is journalled again, and I4 holds.
  const appendThere = ([id, record]: readonly [number, Uint8Array]) => remote.append(id, record)
  return Effect.andThen(Effect.forEach(elsewhere, appendThere, { concurrency: "unbounded", discard: true }), local)
}

/** Writes points of local partitions into their open slices. */
const write = (batch: ResolvedBatch, locals: ReadonlyArray<LocalPartition | null>, now: number): void => {
  const { count, partitions, series, timestamps, values } = batch
  for (let i = 0; i < count; i++) {
    locals[partitions[i]!]?.open.push(series[i]!, timestamps[i]!, values[i]!, now)
  }
}

/** Longest wait for another node. */
const ANSWER_MILLIS = 5_000

const reach = <A, E, R>(effect: Effect.Effect<A, E, R>, id: number): Effect.Effect<A, Unavailable, R> =>
  Effect.mapError(Effect.timeout(effect, ANSWER_MILLIS), (error) =>
    error instanceof Unavailable ? error : notReady(id)
  )

/** The batch's partitions that are here, by number. */
const readyOf = ({ count, partitions }: ResolvedBatch, host: PartitionHost["Service"]) => {
  const locals: Array<LocalPartition | null> = new Array(PARTITIONS).fill(null)
  for (let i = 0; i < count; i++) {
    const id = partitions[i]!
    locals[id] ??= host.partitions.ready(id)
  }
  return locals
}

/** Points of partitions that are not here, a record for each. */
const remoteRecords = (
  { count, partitions, series, timestamps, values }: ResolvedBatch,
  locals: ReadonlyArray<LocalPartition | null>
): ReadonlyArray<readonly [number, Uint8Array]> => {
  const indexes = new Map<number, Array<number>>()
  for (let i = 0; i < count; i++) {
    const id = partitions[i]!
    if (locals[id] !== null) continue
    const group = indexes.get(id)
    if (group === undefined) indexes.set(id, [i])
    else group.push(i)
  }
  return [...indexes].map(([id, group]) => [
    id,
    encodeRecord([
      {
        _tag: "Points",
        points: {
          arrivalMillis: 0, // the owner's clock says
          count: group.length,
          series: Uint32Array.from(group, (i) => series[i]!),
          timestamps: Float64Array.from(group, (i) => timestamps[i]!),
          values: Float64Array.from(group, (i) => values[i]!)
        }
      }
    ])
  ])
}

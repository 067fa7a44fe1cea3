import { Effect, Layer } from "effect"
import { limits, PARTITIONS } from "../../limits.ts"
import { notReady, resolveSeries } from "../partition/LocalOperations.ts"
import type { LocalPartitions } from "../partition/LocalPartition.ts"
import { Partition } from "../partition/Partition.ts"
import { PartitionHost } from "../partition/PartitionHost.ts"
import { Unavailable } from "../partition/Partitions.ts"
import { pointColumns } from "../partition/PointColumns.ts"
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
  const { partitions } = host
  const { generation } = partitions
  const others = notHere(batch, partitions)
  const local = host.submit(
    batch.count,
    (now) => {
      // Places were good when the batch came. A partition that was lost while it waited may have given them to others.
      if (partitions.generation !== generation) throw moving
      write(batch, partitions, others, now)
    },
    receipt
  )
  if (others.length === 0) return local
  // The receipt is written last: a batch that was only journalled in part is journalled again, and I4 holds.
  const appendThere = (id: number) => remote.append(id, remoteRecord(batch, id))
  return Effect.andThen(Effect.forEach(others, appendThere, { concurrency: "unbounded", discard: true }), local)
}

const moving = new Unavailable({ message: "partitions are moving", retryAfterMillis: limits.retryAfterMillis })

/** The batch's partitions that are elsewhere, or not ready. */
const notHere = (batch: ResolvedBatch, partitions: LocalPartitions): ReadonlyArray<number> => {
  let others = none
  countRows(batch)
  for (let id = 0; id < PARTITIONS; id++) {
    if (counts[id]! > 0 && partitions.ready(id) === null) others = [...others, id]
  }
  return others
}

const none: ReadonlyArray<number> = []

/**
 * Writes points of local partitions into their open slices, all of one partition at a time: they lie together there.
 */
const write = (batch: ResolvedBatch, local: LocalPartitions, others: ReadonlyArray<number>, now: number): void => {
  const { count, partitions } = batch
  countRows(batch)
  let end = 0
  for (let id = 0; id < PARTITIONS; id++) {
    // All of it or nothing: one may be on its way to another node since.
    if (counts[id]! > 0 && local.ready(id) === null && !others.includes(id)) throw notReady(id)
    next[id] = end
    end += counts[id]!
  }
  for (let row = 0; row < count; row++) rows[next[partitions[row]!]!++] = row
  for (let id = 0; id < PARTITIONS; id++) {
    if (counts[id] === 0 || others.includes(id)) continue
    local.ready(id)!.open.push(batch, rows, next[id]! - counts[id]!, next[id]!, now)
  }
}

/**
 * Rows of the batch at hand in the order of their partitions (a counting sort), how many of each, and where they end.
 */
const rows = new Uint16Array(limits.pointsPerRequest)
const counts = new Uint32Array(PARTITIONS)
const next = new Uint32Array(PARTITIONS)

const countRows = ({ count, partitions }: ResolvedBatch): void => {
  counts.fill(0)
  for (let row = 0; row < count; row++) counts[partitions[row]!]!++
}

const reach = <A, E, R>(effect: Effect.Effect<A, E, R>, id: number): Effect.Effect<A, Unavailable, R> =>
  Effect.mapError(Effect.timeout(effect, limits.answerTimeoutMillis), (error) =>
    error instanceof Unavailable ? error : notReady(id)
  )

/** The points of a partition that is not here, as a record. */
const remoteRecord = ({ count, partitions, series, timestamps, values }: ResolvedBatch, id: number): Uint8Array => {
  const own: Array<number> = []
  for (let row = 0; row < count; row++) if (partitions[row] === id) own.push(row)
  const points = pointColumns(
    0, // the owner's clock says
    Uint32Array.from(own, (row) => series[row]!),
    Float64Array.from(own, (row) => timestamps[timestamps.length === 1 ? 0 : row]!),
    Float64Array.from(own, (row) => values[row]!)
  )
  return encodeRecord([{ _tag: "Points", points }])
}

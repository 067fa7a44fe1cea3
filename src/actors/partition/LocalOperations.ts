/** What a partition does for others, when it is here: the one implementation behind local calls and remote ones. */
import { Context, Effect } from "effect"
import { configurable, limits, PARTITIONS } from "../../limits.ts"
import type { Refusal } from "../router/Router.ts"
import type { LocalPartition, LocalPartitions } from "./LocalPartition.ts"
import type { PartitionHost } from "./PartitionHost.ts"
import {
  type OpenAlertPlace,
  type OpenAlertState,
  type PartitionStatus,
  type RawPoints,
  Unavailable
} from "./Partitions.ts"
import type { AlertCommand } from "./Record.ts"
import { parseSeriesKey, seriesKeyHash } from "./Registry.ts"

/** The limit of series of a workspace in the whole installation (I5). */
export const SeriesLimit = Context.Reference<number>("lumina/actors/SeriesLimit", {
  defaultValue: () => configurable.seriesPerWorkspace
})

/** Series are spread by hash: a partition that holds a quarter more than its share says that the limit is reached. */
export const shareOf = (seriesPerWorkspace: number): number => Math.ceil((seriesPerWorkspace / PARTITIONS) * 1.25)

export const notReady = (partition: number) =>
  new Unavailable({ message: `partition ${partition} is starting`, retryAfterMillis: limits.retryAfterMillis })

/** Local id of a series; a new one is declared with the next flush. The key's bytes are copied. */
export const resolveSeries = (partition: LocalPartition, key: Uint8Array, hash: number): number | Refusal => {
  const { catalogue, columns, declared, registry } = partition.state
  const known = registry.find(key, hash)
  // Most that is looked up is there and may stay: its key need not be taken apart.
  if (known >= 0 && known < declared && catalogue.hasDemandedLabels(columns.metric[known]!, key)) return known
  const { workspaceNumber, metric, dimensionKey } = parseSeriesKey(key)
  const missing = catalogue.missingLabel(workspaceNumber, metric, dimensionKey)
  if (missing !== null) {
    return { code: "missing_label", message: `the metric definition demands the label ${JSON.stringify(missing)}` }
  }
  if (known >= 0) return known
  if ((partition.seriesOfWorkspace.get(workspaceNumber) ?? 0) >= partition.seriesMost) {
    return {
      code: "series_limit",
      message: "the workspace's limit of series is reached; those that exist keep working"
    }
  }
  if (!partition.admitSeries(workspaceNumber, key.length)) {
    return {
      code: "new_series_limit",
      message: "the workspace's limit of new series a minute is reached; those that exist keep working"
    }
  }
  partition.countSeries(workspaceNumber)
  partition.open.declare(key)
  return registry.add(key, hash)
}

/** Resolves keys from another node and makes the new ones durable, since it will keep their places. */
export const resolveDurably = (
  host: PartitionHost["Service"],
  partition: LocalPartition,
  keys: ReadonlyArray<Uint8Array>
): Effect.Effect<ReadonlyArray<{ readonly series: number } | Refusal>, Unavailable> =>
  Effect.suspend(() => {
    const places = keys.map((key) => resolveSeries(partition, key, seriesKeyHash(key)))
    const answer = places.map((place) => (typeof place === "number" ? { series: place } : place))
    return Effect.as(host.submit(0, nothingMore, null), answer)
  })

export const runCommand = (
  host: PartitionHost["Service"],
  partition: LocalPartition,
  command: AlertCommand
): Effect.Effect<void, Unavailable> =>
  Effect.gen(function* () {
    yield* host.submit(
      0,
      () => {
        if (!partition.isReady) throw notReady(partition.id)
        partition.open.command(command)
      },
      null
    )
    yield* host.decisions.stored(partition, partition.journalSeq)
  })

export const readRaw = (partition: LocalPartition, series: number, from: number, to: number): RawPoints => {
  const { id, raw, rawMissing, untiered } = partition
  const newest = raw.newest(series)
  const isHeld = newest !== Number.NEGATIVE_INFINITY
  // Who follows a series mostly asks for what is newer than its newest.
  const points = from > newest ? NO_POINTS : raw.read(series, from, to)
  return {
    partition: id,
    series,
    timestamps: points.timestamps,
    values: points.values,
    newest: isHeld ? newest : null,
    completeFrom: isHeld && rawMissing === null ? raw.completeFrom(series) : null,
    untieredFrom: untiered.from,
    missing: rawMissing
  }
}

const NO_POINTS = { timestamps: new Float64Array(), values: new Float64Array() }

/** What is said of a series whose partition does not answer. */
export const unknownPoints = (partition: number, series: number, missing: string): RawPoints => ({
  partition,
  series,
  ...NO_POINTS,
  newest: null,
  completeFrom: null,
  untieredFrom: null,
  missing
})

/** Looks at the series named alone: a partition may have a hundred thousand awake. */
export const openAlerts = (
  partition: LocalPartition,
  alerts: ReadonlyArray<OpenAlertPlace>
): ReadonlyArray<OpenAlertState> =>
  alerts.flatMap(({ alertId, series }) => {
    for (const detector of partition.state.awake.get(series)?.detectors ?? []) {
      if (detector === null) continue
      const { levels, newestTimestamp } = detector.state
      const alert = levels.find((level) => level.alert?.alertId === alertId)?.alert
      if (alert) return [{ alertId, violationCount: alert.violationCount, newestTimestamp }]
    }
    return []
  })

/** State of a partition that this node owns, while it starts too. */
export const statusOf = (partitions: LocalPartitions, id: number): PartitionStatus => {
  const partition = partitions.get(id)
  const reason = partitions.refused.get(id) ?? null
  if (partition === null) return { ...NOTHING_KNOWN, partition: id, owner: "here", reason }
  return {
    partition: id,
    owner: "here",
    ready: partition.isReady,
    reason,
    epoch: partition.epoch,
    journalSeq: partition.journalSeq,
    appliedSeq: partition.state.seq,
    snapshotSeq: partition.snapshotSeq,
    series: partition.state.declared,
    awakeDetectors: partition.state.awake.size,
    rawBytes: partition.raw.usedBytes,
    rawMissing: partition.rawMissing,
    ...partition.late
  }
}

/** What is known of a partition that does not answer. */
export const NOTHING_KNOWN = {
  ready: false,
  reason: null,
  epoch: 0,
  journalSeq: 0,
  appliedSeq: 0,
  snapshotSeq: 0,
  series: 0,
  awakeDetectors: 0,
  rawBytes: 0,
  rawMissing: null,
  late: 0,
  duplicate: 0,
  conflicting: 0
} as const

const nothingMore = () => {}

/**
 * The door to the partitions for everybody who does not push points: the API, correlators, the dashboard's feed.
 * It does not say on which node a partition lives.
 */
import { Context, type Effect, Schema } from "effect"
import type { PointTotals } from "./LocalPartition.ts"
import type { AlertCommand } from "./Record.ts"

/** The hub cannot do this just now; nothing of the request was kept. Try again after `retryAfterMillis`. */
export class Unavailable extends Schema.TaggedError<Unavailable>()("Unavailable", {
  message: Schema.String,
  retryAfterMillis: Schema.Finite
}) {}

/** A series by its place: `series` is its local id in the partition. */
export interface SeriesPlace {
  readonly partition: number
  readonly series: number
}

/** A series, and from when on its points are wanted. */
export interface RawPlace extends SeriesPlace {
  readonly from: number
}

/** Raw points of one series in time order, and what of it is held. Times in epoch milliseconds. */
export interface RawPoints extends SeriesPlace {
  readonly timestamps: Float64Array
  readonly values: Float64Array
  /** Timestamp of its newest point; null: nothing is held. */
  readonly newest: number | null
  /** From here on every point of the series is held; null: of no time. */
  readonly completeFrom: number | null
  /** No point of its partition that is older than this is outside the history tiers; null: none at all is. */
  readonly untieredFrom: number | null
  /** Why more may be missing than `completeFrom` says: then only the tiers can be relied on. */
  readonly missing: string | null
}

/** An alert by its id and the local id of the series that holds it open. */
export interface OpenAlertPlace {
  readonly alertId: string
  readonly series: number
}

/** What only the partition knows of an alert that is open: its stored row is written when it opens and closes. */
export interface OpenAlertState {
  readonly alertId: string
  readonly violationCount: number
  readonly newestTimestamp: number
}

export interface PartitionStatus {
  readonly partition: number
  readonly owner: "here" | "elsewhere"
  readonly ready: boolean
  /** Why it is not ready, where there is more to say than that it starts. */
  readonly reason: string | null
  readonly epoch: number
  readonly journalSeq: number
  readonly appliedSeq: number
  readonly snapshotSeq: number
  readonly series: number
  readonly awakeDetectors: number
  readonly rawBytes: number
  /** Why raw history from before its last recovery is not at hand; null when it is. */
  readonly rawMissing: string | null
  /** Points since its node owns it that were not newer than their series: late, repeated, or of another value. */
  readonly late: number
  readonly duplicate: number
  readonly conflicting: number
}

export class Partitions extends Context.Service<
  Partitions,
  {
    /** Answers when every partition has journalled all catalogue changes up to `version` (D11). */
    readonly refresh: (version: number) => Effect.Effect<void, Unavailable>
    /** Answers when the command is journalled and its facts are stored. */
    readonly command: (partition: number, command: AlertCommand) => Effect.Effect<void, Unavailable>
    /**
     * Points with from <= timestamp < to, per place asked for, in the same order. Those of a partition that does not
     * answer are `missing`.
     */
    readonly readRaw: (places: ReadonlyArray<RawPlace>, to: number) => Effect.Effect<ReadonlyArray<RawPoints>>
    /**
     * Answers when all that these partitions have evaluated by now is in the history tiers: for each of which it is
     * not, why.
     */
    readonly moveNow: (partitions: ReadonlyArray<number>) => Effect.Effect<ReadonlyMap<number, string>>
    readonly openAlerts: (
      partition: number,
      alerts: ReadonlyArray<OpenAlertPlace>
    ) => Effect.Effect<ReadonlyArray<OpenAlertState>, Unavailable>
    readonly status: Effect.Effect<ReadonlyArray<PartitionStatus>>
    /** Partitions that the cluster gave this node, and how many of them evaluate. Asks nobody. */
    readonly readiness: Effect.Effect<{ readonly owned: number; readonly ready: number }>
    /** Counters of this node's partitions. */
    readonly totals: () => PointTotals
  }
>()("lumina/actors/Partitions") {}

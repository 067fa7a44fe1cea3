/** The reading side of the history tiers: rollups of series, and what of them is not at hand. */
import { Context, type Effect } from "effect"
import type { StoreUnavailable } from "../Journal.ts"
import type { RollupColumns } from "./Rollups.ts"
import type { HistoryFailed } from "./TierWriter.ts"

/** A series of a partition, and the buckets that are asked for: those that start in [fromMillis, toMillis). */
export interface TierPlace {
  readonly partition: number
  readonly series: number
  readonly fromMillis: number
  readonly toMillis: number
}

/** Buckets that start in [fromMillis, toMillis) are not at hand, and why. */
export interface Gap {
  readonly fromMillis: number
  readonly toMillis: number
  readonly reason: string
}

/** Rows of one series in time order, one for each bucket that has points, none of them within a gap. */
export interface TierRows {
  readonly rows: RollupColumns
  readonly gaps: ReadonlyArray<Gap>
}

export interface Minutes {
  /** From here on the hot tier has every point that is in the tiers. Of older buckets it has what came lately. */
  readonly completeFrom: number
  readonly series: ReadonlyArray<TierRows>
}

/** A file that is kept out of every answer because it could not be read. `path` is below the history folder. */
export interface UnreadableFile {
  readonly tier: string
  readonly path: string
  readonly reason: string
  readonly since: number
}

export class TierReader extends Context.Service<
  TierReader,
  {
    /** `completeFrom` of `minutes`, or somewhat before it. */
    readonly minutesFrom: Effect.Effect<number, StoreUnavailable>
    /** One-minute rows, per place asked for, in the same order. */
    readonly minutes: (places: ReadonlyArray<TierPlace>) => Effect.Effect<Minutes, StoreUnavailable>
    /** The oldest time that five-minute rows of a workspace are of; null where there are none. */
    readonly oldest: (workspaceNumber: number) => Effect.Effect<number | null, StoreUnavailable>
    /**
     * Five-minute rows, per place asked for, in the same order; added up to buckets of `widthMillis`, a multiple of
     * five minutes. A file that turns out to be missing, replaced or damaged is quarantined, and a gap from then on.
     */
    readonly fiveMinutes: (
      workspaceNumber: number,
      places: ReadonlyArray<TierPlace>,
      widthMillis: number
    ) => Effect.Effect<ReadonlyArray<TierRows>, StoreUnavailable | HistoryFailed>
    /** Of all workspaces and tiers; the newest hundred. */
    readonly unreadable: Effect.Effect<ReadonlyArray<UnreadableFile>, StoreUnavailable>
  }
>()("lumina/store/TierReader") {}

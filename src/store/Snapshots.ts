/**
 * Snapshots of a partition's folds, so that a restart need not read the whole journal. Three are kept: a damaged one
 * costs a longer replay from the one before, never a wrong state.
 */
import { Context, type Effect } from "effect"
import type { Fenced, StoreUnavailable } from "./Journal.ts"

/** `detection`: columns and awake detectors. `raw`: the RAM tier. */
export type SnapshotKind = "detection" | "raw"

/** Bytes of a fold after the record `seq`. */
export interface Snapshot {
  readonly partition: number
  readonly kind: SnapshotKind
  readonly seq: number
  readonly codecVersion: number
  readonly bytes: Uint8Array
}

export interface SnapshotPosition {
  readonly partition: number
  readonly kind: SnapshotKind
  /** Newest, and oldest that is worth the journal behind it. */
  readonly newestSeq: number
  readonly oldestSeq: number
}

export class Snapshots extends Context.Service<
  Snapshots,
  {
    /** Stores one snapshot with its checksum and forgets all but the newest three of its kind. */
    readonly save: (snapshot: Snapshot, epoch: number) => Effect.Effect<void, Fenced | StoreUnavailable>
    /**
     * The newest snapshot whose checksum holds and whose codec version is known; damaged ones are reported and passed
     * over.
     */
    readonly latest: (
      partition: number,
      kind: SnapshotKind,
      codecVersion: number
    ) => Effect.Effect<Snapshot | null, StoreUnavailable>
    readonly positions: Effect.Effect<ReadonlyArray<SnapshotPosition>, StoreUnavailable>
  }
>()("lumina/store/Snapshots") {}

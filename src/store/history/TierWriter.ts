/**
 * The writing side of the history tiers. The journal is the truth for points until they are moved; a move turns its
 * records into rows of all tiers, which become visible together with the position they were moved up to, or not at all.
 */
import { Context, type Effect, Schema } from "effect"
import { Fenced, StoreUnavailable } from "../Journal.ts"

/** The history folder's disk is so full that nothing more is written to it; the journal keeps what is not moved. */
export class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", {
  folder: Schema.String,
  freeBytes: Schema.Finite,
  /** What must be free for writing to go on. */
  neededBytes: Schema.Finite
}) {
  override get message(): string {
    const mebibytes = (bytes: number) => `${Math.floor(bytes / 2 ** 20)} MiB`
    return (
      `only ${mebibytes(this.freeBytes)} are free on the disk of the history folder ${this.folder}, ` +
      `and ${mebibytes(this.neededBytes)} must be: make room there, or shorten a retention`
    )
  }
}

/** The history folder cannot be read or written, or DuckDB failed. Nothing of what was being written is visible. */
export class HistoryFailed extends Schema.TaggedError<HistoryFailed>()("HistoryFailed", { message: Schema.String }) {}

export const TierError = Schema.Union([Fenced, StoreUnavailable, DiskFull, HistoryFailed])
export type TierError = typeof TierError.Type

/** Records of a partition up to `upTo` may be moved: they are applied, and their facts are stored. */
export const MoveRequest = Schema.Struct({
  partition: Schema.Finite,
  epoch: Schema.Finite,
  upTo: Schema.Finite
})
export type MoveRequest = typeof MoveRequest.Type

/** Bytes that are free on the disk of the history folder, and that must be for writing to go on. */
export const Room = Schema.Struct({ freeBytes: Schema.Finite, neededBytes: Schema.Finite })
export type Room = typeof Room.Type

export const MoveReport = Schema.Struct({
  /** Where the tiers are now, for all partitions asked for. */
  moved: Schema.Array(Schema.Struct({ partition: Schema.Finite, seq: Schema.Finite })),
  /** Partitions whose journal is damaged: they cannot be moved. */
  damaged: Schema.Array(Schema.Struct({ partition: Schema.Finite, message: Schema.String })),
  /** Points that the tiers took in, those of them that were late, and late ones that changed nothing. */
  points: Schema.Finite,
  late: Schema.Finite,
  repeated: Schema.Finite,
  /** Null where nothing was to be moved. */
  room: Schema.NullOr(Room)
})
export type MoveReport = typeof MoveReport.Type

/** How long each tier keeps a point, counted from the later of its timestamp and its arrival. */
export const TierRetention = Schema.Struct({
  hotHours: Schema.Finite,
  coldDays: Schema.Finite,
  rawDays: Schema.Finite
})
export type TierRetention = typeof TierRetention.Type

export class TierWriter extends Context.Service<
  TierWriter,
  {
    /** One batch, of about half a million points, in one transaction: to be asked again while there is more. */
    readonly move: (partitions: ReadonlyArray<MoveRequest>) => Effect.Effect<MoveReport, TierError>
    /** Merges small files and blocks. Answers how many went into others. Any node may do it, and several at once. */
    readonly compact: Effect.Effect<number, TierError>
    /** Drops what is past its retention, and files that belong to nothing. */
    readonly retain: (retention: TierRetention) => Effect.Effect<void, TierError>
  }
>()("lumina/store/TierWriter") {}

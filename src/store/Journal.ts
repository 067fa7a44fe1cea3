/**
 * The journal: the only source of truth. A record that was appended is durable; everything the hub knows is a fold of
 * it.
 *
 * Ownership is an epoch per partition: `claim` raises it, and from then on nothing of an older epoch is written (K4).
 */
import { Context, type Effect, Schema } from "effect"

/** The store did not answer or failed. What was being written may or may not have been. */
export class StoreUnavailable extends Schema.TaggedError<StoreUnavailable>()("StoreUnavailable", {
  message: Schema.String
}) {}

/** Other nodes own these partitions now; nothing of the write was kept. */
export class Fenced extends Schema.TaggedError<Fenced>()("Fenced", { partitions: Schema.Array(Schema.Finite) }) {}

/** Ownership of a partition from now on. The journal ends at `tail`; facts are stored up to `appliedSeq`. */
export interface Claim {
  readonly partition: number
  readonly epoch: number
  readonly appliedSeq: number
  readonly tail: number
}

/** One partition's part of a group commit. `seq` is the owner's next number: tail + 1, tail + 2 … without gaps. */
export interface Slice {
  readonly partition: number
  readonly epoch: number
  readonly seq: number
  readonly record: Uint8Array
}

/**
 * The answer to a batch that named itself (I4): `sequence` for frames, a 63-bit hash of the Idempotency-Key for
 * requests; `sender` is a 63-bit hash of token and sender. `rejected` is the JSON of the rejected points, or null.
 */
export interface Receipt {
  readonly sender: bigint
  readonly sequence: bigint
  readonly bodyHash: bigint
  readonly accepted: number
  readonly rejected: string | null
}

export interface JournalRow {
  readonly seq: number
  readonly record: Uint8Array
}

/** Below which position a partition's records are no longer needed, by any of its folds. */
export interface SafePosition {
  readonly partition: number
  readonly seq: number
}

export class Journal extends Context.Service<
  Journal,
  {
    readonly claim: (partition: number) => Effect.Effect<Claim, StoreUnavailable>
    /** All of it, durably, or nothing. */
    readonly append: (
      slices: ReadonlyArray<Slice>,
      receipts: ReadonlyArray<Receipt>
    ) => Effect.Effect<void, Fenced | StoreUnavailable>
    /** Up to `limit` rows with seq > afterSeq, in order. */
    readonly read: (
      partition: number,
      afterSeq: number,
      limit: number
    ) => Effect.Effect<ReadonlyArray<JournalRow>, StoreUnavailable>
    /** The receipt of a batch, if it was answered in the last 24 h. */
    readonly findReceipt: (sender: bigint, sequence: bigint) => Effect.Effect<Receipt | null, StoreUnavailable>
    /** The highest sequence of a sender in the last 24 h. */
    readonly lastSequence: (sender: bigint) => Effect.Effect<bigint | null, StoreUnavailable>
    /** Makes room ahead and drops what no fold needs and no promise covers any more. */
    readonly maintain: (safe: ReadonlyArray<SafePosition>) => Effect.Effect<void, StoreUnavailable>
  }
>()("lumina/store/Journal") {}

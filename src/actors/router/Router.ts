/**
 * The way in for points, whatever they came by: resolve series to their places, then submit columns.
 * An answered submit is durable (I3).
 */
import { Context, type Effect } from "effect"
import type { Unavailable } from "../partition/Partitions.ts"

/** A batch that named itself, for I4. Hashes are 63-bit, made by `Receipts`. */
export interface BatchReceipt {
  readonly sender: bigint
  readonly sequence: bigint
  readonly bodyHash: bigint
  /** Accepted points and JSON of the rejected ones as answered; null where none. */
  readonly accepted: number
  readonly rejected: string | null
}

/** Columns of resolved points; only the first `count` of each count. The router does not keep the arrays. */
export interface ResolvedBatch {
  /** At most `limits.pointsPerRequest`. */
  readonly count: number
  readonly partitions: Uint16Array
  readonly series: Uint32Array
  /** One for each point, or a single one for all. */
  readonly timestamps: Float64Array
  readonly values: Float64Array
}

/** Where series live, by index. Only good while `Router.generation` is what it was when they were resolved. */
export interface Places {
  readonly partitions: Uint16Array
  readonly series: Uint32Array
}

/** The series cannot take points: final, and stable for the sender. */
export interface Refusal {
  readonly code: "series_limit" | "new_series_limit" | "missing_label"
  readonly message: string
}

export class Router extends Context.Service<
  Router,
  {
    /**
     * Changes when places handed out so far may have become invalid (a partition was lost before it committed them).
     */
    readonly generation: () => number
    /** Changes when refusals may have changed (metric definitions): resolve again before the next submit. */
    readonly catalogueVersion: () => number
    /**
     * Finds the places of series, declaring new ones, and writes them into `places` at the same indexes. Labels come as
     * canonical dimension keys. Answers the refused ones by index.
     */
    readonly resolve: (
      workspaceNumber: number,
      metrics: ReadonlyArray<string>,
      dimensionKeys: ReadonlyArray<string>,
      places: Places
    ) => Effect.Effect<ReadonlyMap<number, Refusal>, Unavailable>
    /** Journals the batch; answers when it is durable. Nothing of it is kept on failure. */
    readonly submit: (batch: ResolvedBatch, receipt: BatchReceipt | null) => Effect.Effect<void, Unavailable>
  }
>()("lumina/actors/Router") {}

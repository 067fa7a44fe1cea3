/** Moving what the partitions of this node have evaluated into the history tiers. */
import { Context, type Effect } from "effect"
import type { Unavailable } from "../partition/Partitions.ts"

export interface TieringStatus {
  /**
   * `stopped`: nothing is moved, and `message` says why; the journal keeps the points meanwhile. `diskLow`: it will be
   * so, soon.
   */
  readonly state: "moving" | "diskLow" | "stopped"
  readonly message: string | null
  /** Points in all moves of this process, how many of them were late, and late ones that changed nothing. */
  readonly points: number
  readonly late: number
  readonly repeated: number
}

export class Tiering extends Context.Service<
  Tiering,
  {
    /**
     * Answers when all that these partitions have evaluated by now is in the tiers: for each of which it is not, why.
     * That may be that it is not on this node or not ready, that it is lost meanwhile, or that its journal is damaged.
     */
    readonly moveEach: (partitions: ReadonlyArray<number>) => Effect.Effect<ReadonlyMap<number, string>>
    /** The same; Unavailable where it is not so of all of them. */
    readonly moveNow: (partitions: ReadonlyArray<number>) => Effect.Effect<void, Unavailable>
    readonly status: Effect.Effect<TieringStatus>
  }
>()("lumina/actors/Tiering") {}

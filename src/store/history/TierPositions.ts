/** What the journal must keep for the history tiers. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import type { SafePosition, StoreUnavailable } from "../Journal.ts"
import { orUnavailable } from "../PgErrors.ts"

/**
 * Up to where the tiers have each partition's records; of one that is not named they have nothing. Null where there are
 * no tiers, as in a simulation of partitions alone: then nothing is kept for them.
 */
export const TierPositions = Context.Reference<Effect.Effect<ReadonlyArray<SafePosition>, StoreUnavailable> | null>(
  "lumina/store/TierPositions",
  { defaultValue: () => null }
)

export const TierPositionsPg = Layer.effect(
  TierPositions,
  Effect.map(PgClient.PgClient, (sql) =>
    sql<{ partition_id: number; seq: bigint }>`SELECT partition_id, seq FROM tier_position`.pipe(
      Effect.map((rows) => rows.map((row) => ({ partition: row.partition_id, seq: Number(row.seq) }))),
      orUnavailable
    )
  )
)

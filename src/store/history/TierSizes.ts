/** What the history tiers take on disk. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer } from "effect"
import type { StoreUnavailable } from "../Journal.ts"
import { orUnavailable } from "../PgErrors.ts"
import type { FileTier } from "./Manifest.ts"

export interface TierSize {
  readonly tier: "hot" | FileTier
  readonly bytes: number
  /** Live ones; of the hot tier, which is in the database, tables. */
  readonly files: number
}

export class TierSizes extends Context.Service<
  TierSizes,
  {
    readonly sizes: Effect.Effect<ReadonlyArray<TierSize>, StoreUnavailable>
  }
>()("lumina/store/TierSizes") {}

export const TierSizesPg = Layer.effect(
  TierSizes,
  Effect.map(PgClient.PgClient, (sql) => ({
    sizes: sql<TierSize>`
      SELECT 'hot' AS tier, coalesce(sum(pg_total_relation_size(inhrelid)), 0)::float8 AS bytes, count(*)::int AS files
      FROM pg_inherits WHERE inhparent = 'hot_block'::regclass
      UNION ALL
      SELECT tier, coalesce(sum(bytes), 0)::float8, count(bytes)::int
      FROM unnest(ARRAY['rollup-5m', 'raw', 'control']) AS named(tier)
      LEFT JOIN (SELECT tier, bytes FROM tier_file WHERE state = 'live') AS live USING (tier)
      GROUP BY tier ORDER BY tier`.pipe(
      Effect.map((rows) => rows.map(({ bytes, files, tier }): TierSize => ({ tier, bytes, files }))),
      orUnavailable
    )
  }))
)

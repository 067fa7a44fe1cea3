/** The tiers' writer where it runs: in the hub's worker process, or in a test. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, Semaphore } from "effect"
import { orUnavailable } from "../PgErrors.ts"
import { compactBlocks, HOT_TABLE_SECONDS } from "./BlockCompaction.ts"
import { compactFiles } from "./Compaction.ts"
import { DuckDb } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { move } from "./Move.ts"
import { retain } from "./Retention.ts"
import { TierWriter } from "./TierWriter.ts"

export const TierWriterLive = Layer.effect(
  TierWriter,
  Effect.gen(function* () {
    const context = Context.pick(
      PgClient.PgClient,
      HistoryFolder
    )(yield* Effect.context<PgClient.PgClient | HistoryFolder>())
    const sql = yield* PgClient.PgClient
    const duck = yield* DuckDb
    // A merge may take minutes; no move waits for it.
    const moves = yield* duck.connect
    const merges = yield* duck.connect
    const oneMove = Semaphore.makeUnsafe(1)
    const oneUpkeep = Semaphore.makeUnsafe(1)
    const roll = sql`SELECT roll_table('hot_block', make_interval(secs => ${HOT_TABLE_SECONDS}), 2)`
    return TierWriter.of({
      move: (partitions) =>
        Effect.andThen(orUnavailable(roll), move(moves, partitions)).pipe(
          oneMove.withPermits(1),
          Effect.provide(context)
        ),
      compact: Effect.gen(function* () {
        // Blocks are in the database: no full disk, or whatever else is wrong with files, is in their way.
        const files = yield* Effect.exit(compactFiles(merges))
        const blocks = yield* compactBlocks
        return (yield* files) + blocks
      }).pipe(oneUpkeep.withPermits(1), Effect.provide(context)),
      retain: (retention) => retain(retention).pipe(oneUpkeep.withPermits(1), Effect.provide(context))
    })
  })
)

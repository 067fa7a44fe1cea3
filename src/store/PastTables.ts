import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"

/**
 * Drops a table that is past its time, but not at any price: whoever comes while a lock is waited for waits too, behind
 * a backup for its whole length. Answers whether it is gone; if not, it goes another time.
 */
export const dropPastTable = (sql: PgClient.PgClient, name: string): Effect.Effect<boolean> =>
  Effect.andThen(sql`SET LOCAL lock_timeout = '1s'`, sql`DROP TABLE ${sql(name)}`).pipe(
    sql.withTransaction,
    Effect.as(true),
    Effect.catch((error) => Effect.as(Effect.logInfo("a past table goes another time", { name, error }), false))
  )

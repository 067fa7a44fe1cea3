/** The transaction that makes files visible which were written before it. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { StoreUnavailable } from "../Journal.ts"

/**
 * It is given up when the files were begun so long ago: the sweep takes files that nobody knows for left-overs, when
 * they are older still.
 */
const PUBLISH_MINUTES_MOST = 30
export const LEFT_OVER_MINUTES = 60

/** Seconds on the database's clock. */
export const databaseTime = (sql: PgClient.PgClient) =>
  Effect.map(sql<{ at: number }>`SELECT extract(epoch FROM now())::float8 AS at`, ([row]) => row!.at)

/** `begunAt`: the database's time before the first of the files was begun. */
export const makeVisible = <E, R>(sql: PgClient.PgClient, begunAt: number, statements: Effect.Effect<void, E, R>) =>
  sql.withTransaction(
    Effect.gen(function* () {
      // A hub that stands still in here is thrown out by the server, long before its files are swept.
      yield* sql`SET LOCAL idle_in_transaction_session_timeout = '1min'`
      if ((yield* databaseTime(sql)) - begunAt > PUBLISH_MINUTES_MOST * 60) return yield* tooSlow
      yield* statements
    })
  )

const tooSlow = new StoreUnavailable({ message: `writing files took more than ${PUBLISH_MINUTES_MOST} minutes` })

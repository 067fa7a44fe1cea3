import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { limits } from "../limits.ts"
import { StoreUnavailable } from "./Journal.ts"

/**
 * Every failure of the database is the same to a fold: it does not know whether the write happened, stops, and
 * recovers from the journal. The message keeps the reason for the log; it holds no parameter values.
 */
export const orUnavailable = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>) =>
  Effect.mapError(effect, (error): Exclude<E, SqlError> | StoreUnavailable =>
    isSqlError(error) ? new StoreUnavailable({ message: describe(error) }) : (error as Exclude<E, SqlError>)
  )

/**
 * A database that does not answer is as good as one that is away, and whoever waits must be told. What was asked may
 * still happen, as after any failure.
 */
export const inTime = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.timeoutOrElse(effect, {
    duration: limits.storeTimeoutMillis,
    orElse: () => Effect.fail(new StoreUnavailable({ message: "the database does not answer" }))
  })

const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

/** What Postgres said, at the bottom of what its messengers said. */
const describe = (error: SqlError): string => {
  let message = error.message
  for (let cause: unknown = error.cause, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause.message !== "") message = cause.message
  }
  return message
}

import { Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { StoreUnavailable } from "./Journal.ts"

/**
 * Every failure of the database is the same to a fold: it does not know whether the write happened, stops, and
 * recovers from the journal. The message keeps the reason for the log; it holds no parameter values.
 */
export const orUnavailable = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>) =>
  Effect.mapError(effect, (error): Exclude<E, SqlError> | StoreUnavailable =>
    isSqlError(error) ? new StoreUnavailable({ message: describe(error) }) : (error as Exclude<E, SqlError>)
  )

const isSqlError = (error: unknown): error is SqlError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "SqlError"

const describe = (error: SqlError): string => {
  const cause: unknown = error.reason
  return cause instanceof Error ? `${error.message}: ${cause.message}` : error.message
}

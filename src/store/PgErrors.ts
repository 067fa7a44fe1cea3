import { Cause, Effect } from "effect"
import type { SqlError } from "effect/sql/SqlError"
import { limits } from "../limits.ts"
import { FactsRefused } from "./facts/Facts.ts"
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
 * As `orUnavailable`, for a transaction that would come again: a database that is away, busy or short of something may
 * take it then, and one that found fault with what it was given never will. A transaction whose end failed too, as when
 * the connection was lost, makes a defect of what was wrong in the first place.
 */
export const orRefused = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>) =>
  Effect.catchCause(effect, (cause): Effect.Effect<never, Exclude<E, SqlError> | StoreUnavailable | FactsRefused> => {
    const error = Cause.squash(cause)
    if (error instanceof StoreUnavailable) return Effect.fail(error)
    if (!isSqlError(error)) return Effect.failCause(cause as Cause.Cause<Exclude<E, SqlError>>)
    const message = describe(error)
    return Effect.fail(isPassing(error) ? new StoreUnavailable({ message }) : new FactsRefused({ message }))
  })

/**
 * For stores that answer people: what passes by itself is `StoreUnavailable` and may be asked again; any other failure
 * is a bug of ours, so a defect.
 */
export const unavailableOrDie = <A, E, R>(effect: Effect.Effect<A, E | SqlError, R>) =>
  Effect.catch(effect, (error): Effect.Effect<never, Exclude<E, SqlError> | StoreUnavailable> => {
    if (!isSqlError(error)) return Effect.fail(error as Exclude<E, SqlError>)
    return isPassing(error) ? Effect.fail(new StoreUnavailable({ message: describe(error) })) : Effect.die(error)
  })

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

/**
 * Classes of SQLSTATE that say nothing about what was written: no connection, read-only (the primary is elsewhere now),
 * authentication, another transaction's rollback, no resources, locks, an operator, the disk.
 */
const PASSING = /^(08|25006|28|40|53|55|57|58)/

const isPassing = ({ reason }: SqlError): boolean => {
  const code = (reason.cause as { readonly code?: unknown } | null | undefined)?.code
  return reason.isRetryable || reason.operation === "connect" || (typeof code === "string" && PASSING.test(code))
}

/** What Postgres said, at the bottom of what its messengers said. */
const describe = (error: SqlError): string => {
  let message = error.message
  for (let cause: unknown = error.cause, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (cause.message !== "") message = cause.message
  }
  return message
}

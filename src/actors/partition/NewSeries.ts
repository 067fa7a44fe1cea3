import { Clock, Context, Effect } from "effect"
import { configurable } from "../../limits.ts"
import { TokenBucket } from "../TokenBucket.ts"

/** The limit of new series of a workspace per minute, on each node (I5). */
export const NewSeriesLimit = Context.Reference<number>("lumina/actors/NewSeriesLimit", {
  defaultValue: () => configurable.newSeriesPerMinutePerWorkspace
})

/** A key of more bytes counts for several series: keys stay in memory. */
const KEY_BYTES = 1_024

/** Whether a workspace may have one more series just now, with a key of so many bytes. */
export type AdmitSeries = (workspaceNumber: number, keyBytes: number) => boolean

/**
 * Stops what runs away, such as a label with the id of a request, before it has used up all the series that a workspace
 * may have. What waits for its minute loses points; series that exist are not asked about.
 */
export const makeAdmitSeries = Effect.gen(function* () {
  const perMinute = yield* NewSeriesLimit
  const clock = yield* Clock.Clock
  // One entry per workspace that pushes: they come from verified tokens.
  const buckets = new Map<number, TokenBucket>()
  const admit: AdmitSeries = (workspaceNumber, keyBytes) => {
    const bucket = buckets.get(workspaceNumber) ?? new TokenBucket(perMinute / 60, perMinute)
    buckets.set(workspaceNumber, bucket)
    return bucket.take(Math.ceil(keyBytes / KEY_BYTES), clock.currentTimeMillisUnsafe()) === 0
  }
  return admit
})

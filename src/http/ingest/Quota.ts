import { Clock, Context, Effect, Layer } from "effect"
import { TokenBucket } from "../../actors/TokenBucket.ts"
import { LuminaConfig } from "../../config.ts"
import { limits } from "../../limits.ts"
import { RequestError } from "./RequestError.ts"

/** What a workspace may push (I5), on this node: several hubs admit several times as much. */
export class Quota extends Context.Service<
  Quota,
  {
    /** Takes `count` points from the workspace's rate, valid or not; refuses them all when there is no room. */
    readonly takePoints: (workspaceNumber: number, count: number) => Effect.Effect<void, RequestError>
    /** The same at once: answers whether there was room. */
    readonly tryTakePoints: (workspaceNumber: number, count: number, nowMillis: number) => boolean
  }
>()("lumina/http/ingest/Quota") {
  static readonly layer = Layer.effect(
    Quota,
    Effect.gen(function* () {
      const { pointsPerSecondPerWorkspace: rate } = (yield* LuminaConfig).limits
      // One entry per workspace that pushes: they come from verified tokens.
      const buckets = new Map<number, TokenBucket>()
      const bucketOf = (workspaceNumber: number): TokenBucket => {
        const known = buckets.get(workspaceNumber)
        if (known !== undefined) return known
        const bucket = new TokenBucket(rate, Math.max(rate, limits.pointsPerRequest))
        buckets.set(workspaceNumber, bucket)
        return bucket
      }
      return Quota.of({
        takePoints: (workspaceNumber, count) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) => {
            const waitMillis = bucketOf(workspaceNumber).take(count, now)
            return waitMillis === 0 ? Effect.void : quotaExceeded(rate, waitMillis)
          }),
        tryTakePoints: (workspaceNumber, count, now) => bucketOf(workspaceNumber).take(count, now) === 0
      })
    })
  )
}

const quotaExceeded = (rate: number, retryAfterMillis: number) =>
  new RequestError({
    code: "quota_exceeded",
    message: `this workspace may push ${rate} points a second`,
    retryAfterMillis
  })

/** Room ahead in the rolling tables, and an end to what is past its time. Any node may do it, and several at once. */
import { Effect, Layer, Schedule } from "effect"
import { LuminaConfig } from "../../config.ts"
import { RemovedWorkspaces } from "../../store/catalogue/RemovedWorkspaces.ts"
import { Facts } from "../../store/facts/Facts.ts"
import { TierPositions } from "../../store/history/TierPositions.ts"
import { Journal } from "../../store/Journal.ts"
import { Snapshots } from "../../store/Snapshots.ts"

export const Maintenance = Layer.effectDiscard(
  Effect.gen(function* () {
    const { limits } = yield* LuminaConfig
    const facts = yield* Facts
    const retention = { violationDays: limits.violationRetentionDays, alertDays: limits.alertRetentionDays }
    yield* Effect.forkScoped(repeated(tidyJournal, "1 minute"))
    yield* Effect.forkScoped(repeated(facts.maintain(retention), "1 hour"))
  })
)

/** Not at once: what partitions still had to write when the hub was last stopped, they have written by then. */
export const WorkspaceUpkeep = Layer.effectDiscard(
  Effect.flatMap(RemovedWorkspaces, ({ purge }) =>
    Effect.forkScoped(Effect.delay(repeated(purge, "1 minute"), "1 minute"))
  )
)

const repeated = <E, R>(work: Effect.Effect<void, E, R>, every: "1 minute" | "1 hour") =>
  work.pipe(
    Effect.catchCause((cause) => Effect.logWarning("maintenance failed; it is tried again", cause)),
    Effect.repeat(Schedule.spaced(every))
  )

/** Lets the journal drop what no kept snapshot, of any partition of the cluster, needs behind it, nor any tier. */
export const tidyJournal = Effect.gen(function* () {
  const tiers = yield* TierPositions
  const moved = tiers === null ? null : new Map((yield* tiers).map(({ partition, seq }) => [partition, seq]))
  const positions = yield* (yield* Snapshots).positions
  const safe = new Map<number, { detection: number; raw: number }>()
  for (const { partition, kind, oldestSeq, newestSeq } of positions) {
    const entry = safe.get(partition) ?? { detection: 0, raw: 0 }
    // The RAM tier falls back to nothing, not to an older snapshot with a longer journal: it is minutes of history.
    if (kind === "detection") entry.detection = oldestSeq
    else entry.raw = newestSeq
    safe.set(partition, entry)
  }
  yield* (yield* Journal).maintain(
    [...safe].map(([partition, { detection, raw }]) => {
      const tier = moved === null ? Number.POSITIVE_INFINITY : (moved.get(partition) ?? 0)
      return { partition, seq: Math.min(detection, raw, tier) }
    })
  )
})

/** Merging of small files and blocks, and an end to what is past its retention. One node of the cluster does it. */
import { Effect, Schedule } from "effect"
import { Singleton } from "effect/cluster"
import { LuminaConfig } from "../../config.ts"
import { TierWriter } from "../../store/history/TierWriter.ts"

export const HistoryUpkeep = Singleton.make(
  "history-upkeep",
  Effect.gen(function* () {
    const writer = yield* TierWriter
    const { coldRetentionDays, hotRetentionHours, rawRetentionDays } = yield* LuminaConfig
    const retention = { hotHours: hotRetentionHours, coldDays: coldRetentionDays, rawDays: rawRetentionDays }
    yield* Effect.all([repeated(writer.compact, "5 minutes"), repeated(writer.retain(retention), "1 hour")], {
      concurrency: "unbounded",
      discard: true
    })
  })
)

const repeated = <A, E, R>(work: Effect.Effect<A, E, R>, every: "5 minutes" | "1 hour") =>
  work.pipe(
    Effect.catchCause((cause) => Effect.logWarning("upkeep of the history failed; it is tried again", cause)),
    Effect.repeat(Schedule.spaced(every)),
    Effect.delay("1 minute")
  )

/** Questions to a HistoryReader over tiers in memory. */
import { Effect, Layer } from "effect"
import { HistoryReader } from "../../../src/actors/history/HistoryReader.ts"
import { Partitions } from "../../../src/actors/partition/Partitions.ts"
import type { HistoryRequest } from "../../../src/schema/History.ts"
import { TierReader } from "../../../src/store/history/TierReader.ts"
import type { ModelTiers } from "./ModelTiers.ts"

export const ask = (fromMillis: number, toMillis: number, stepMillis: number | null = null): HistoryRequest => ({
  metric: "m",
  labels: {},
  fromMillis,
  toMillis,
  stepMillis
})

export const read = (tiers: ModelTiers, request: HistoryRequest, series: ReadonlyArray<number> = [0]) =>
  Effect.gen(function* () {
    const reader = yield* HistoryReader
    return yield* reader.read(
      1,
      series.map((local) => ({ partition: 0, series: local })),
      request
    )
  }).pipe(Effect.provide(layerOf(tiers)))

export const layerOf = (tiers: ModelTiers) =>
  HistoryReader.layer.pipe(
    Layer.provide(Layer.succeed(Partitions, tiers.partitions)),
    Layer.provide(Layer.succeed(TierReader, tiers.reader))
  )

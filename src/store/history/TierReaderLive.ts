/** The tiers' reader: blocks from Postgres, files through a DuckDB of its own in this process. */
import { Effect, Layer } from "effect"
import { QuerySql } from "../Sql.ts"
import { hubFiles, hubFilesOptions } from "./HubFiles.ts"
import { TierReader } from "./TierReader.ts"
import { makeFiveMinutes } from "./TierReaderCold.ts"
import { makeMinutes } from "./TierReaderHot.ts"

export const TierReaderLive = Layer.effect(
  TierReader,
  Effect.gen(function* () {
    const query = yield* QuerySql
    return TierReader.of({ ...makeMinutes(query), ...(yield* makeFiveMinutes(query)) })
  })
)

/** As a hub has it. */
export const TierReaderHub = Layer.unwrap(
  Effect.map(hubFilesOptions, (options) => Layer.provide(TierReaderLive, hubFiles("questions", options)))
)

/** The tiers' reader: blocks from Postgres, files through a DuckDB of its own in this process. */
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { LuminaConfig } from "../../config.ts"
import { duckDb } from "../../limits.ts"
import { QuerySql } from "../Sql.ts"
import { DuckDb } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
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
  Effect.map(LuminaConfig, ({ dataDir, historyDir, historyReserveMebibytes }) => {
    const duck = { ...duckDb.questions, temporaryFolder: join(dataDir, "temporary") }
    return TierReaderLive.pipe(
      Layer.provide(DuckDb.layer(duck)),
      Layer.provide(HistoryFolder.layer(historyDir, historyReserveMebibytes * 2 ** 20))
    )
  })
)

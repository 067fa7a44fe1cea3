/** The tiers' reader: blocks from Postgres, files through a DuckDB of its own in this process. */
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { LuminaConfig } from "../../config.ts"
import { QuerySql } from "../Sql.ts"
import { DuckDb } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { TierReader } from "./TierReader.ts"
import { makeFiveMinutes } from "./TierReaderCold.ts"
import { makeMinutes } from "./TierReaderHot.ts"

/** DuckDB's threads are not the event loop's. */
const THREADS = 2
const MEMORY_MEBIBYTES = 256

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
    const duck = { threads: THREADS, memoryMebibytes: MEMORY_MEBIBYTES, temporaryFolder: join(dataDir, "temporary") }
    return TierReaderLive.pipe(
      Layer.provide(DuckDb.layer(duck)),
      Layer.provide(HistoryFolder.layer(historyDir, historyReserveMebibytes * 2 ** 20))
    )
  })
)

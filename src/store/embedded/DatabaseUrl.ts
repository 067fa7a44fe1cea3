import { Effect, Option } from "effect"
import { LuminaConfig } from "../../config.ts"
import { holdDataFolder } from "./DataFolder.ts"
import { startEmbeddedPostgres } from "./EmbeddedPostgres.ts"

/**
 * The hub's database: the one of DATABASE_URL, else the embedded Postgres, which runs until the scope closes. Either
 * way the data folder is this hub's until then; the folder's second hub fails with EmbeddedPostgresError.
 */
export const databaseUrl = Effect.gen(function* () {
  const config = yield* LuminaConfig
  yield* holdDataFolder(config.dataDir)
  if (Option.isSome(config.databaseUrl)) return config.databaseUrl.value
  const { url, port, takenOver } = yield* startEmbeddedPostgres({ dataFolder: config.dataDir })
  yield* Effect.logInfo(
    `Embedded Postgres ${takenOver ? "taken over from a hub that was killed" : "started"}: ` +
      `127.0.0.1:${port}, user and database lumina, password in ${config.dataDir}/postgres/password`
  )
  return url
})

/** The database of an installation whose hub may be running, or not. */
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Effect, Option, Redacted } from "effect"
import { LuminaConfig } from "../../config.ts"
import { DATABASE } from "../../store/embedded/Cluster.ts"
import { databaseUrl } from "../../store/embedded/DatabaseUrl.ts"
import { parsePidFile } from "../../store/embedded/Postmaster.ts"
import { CommandFailed } from "../Failure.ts"

/**
 * That of DATABASE_URL, else the embedded Postgres: the one that runs for the hub, or one that is started until the
 * scope closes, which keeps a hub from starting meanwhile.
 */
export const installedDatabase = Effect.gen(function* () {
  const config = yield* LuminaConfig
  if (Option.isSome(config.databaseUrl)) return config.databaseUrl.value
  const home = join(config.dataDir, "postgres")
  const found = yield* Effect.try({
    try: () => readdirSync(home).find((name) => /^\d+$/.test(name)),
    catch: () => noData(config.dataDir)
  })
  if (found === undefined) return yield* noData(config.dataDir)
  return yield* Effect.catchTag(databaseUrl, "EmbeddedPostgresError", (error) =>
    Option.match(runningUrl(home, join(home, found)), { onNone: () => Effect.fail(error), onSome: Effect.succeed })
  )
})

const noData = (folder: string) =>
  new CommandFailed({ message: `there is no installation in ${folder}: name its folder in LUMINA_DATA_DIR` })

/** Of the server that a hub started; its port is in the file that says that it runs. */
const runningUrl = (home: string, cluster: string): Option.Option<Redacted.Redacted> => {
  try {
    const file = parsePidFile(readFileSync(join(cluster, "postmaster.pid"), "utf8"))
    const password = readFileSync(join(home, "password"), "utf8")
    if (file?.status !== "ready") return Option.none()
    return Option.some(Redacted.make(`postgres://${DATABASE}:${password}@127.0.0.1:${file.port}/${DATABASE}`))
  } catch {
    return Option.none()
  }
}

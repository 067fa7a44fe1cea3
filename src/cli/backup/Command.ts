import { resolve } from "node:path"
import { Clock, Console, Effect, Layer, References } from "effect"
import { Argument, Command } from "effect/cli"
import manifest from "../../../package.json" with { type: "json" }
import { CommandFailed } from "../Failure.ts"
import { paragraphs } from "../Output.ts"

export const backup = Command.make(
  "backup",
  { folder: Argument.String("folder").pipe(Argument.withDescription("A new folder, or an empty one")) },
  Effect.fnUntraced(function* ({ folder }) {
    const { backUp, installedDatabase, LuminaConfig } = yield* libraries
    const run = Effect.gen(function* () {
      const { dataDir, historyDir } = yield* LuminaConfig
      const target = resolve(folder)
      const databaseUrl = yield* installedDatabase
      const nowMillis = yield* Clock.currentTimeMillis
      const report = yield* backUp({ databaseUrl, dataDir, historyDir, target, nowMillis, version: manifest.version })
      for (const warning of report.warnings) yield* Console.error(`the history lacks a file: ${warning}`)
      const counts = `${report.rows.toLocaleString("en")} rows and ${report.historyFiles.toLocaleString("en")} files`
      yield* Console.log(`${target} has ${counts} of the history. It holds secrets: only you can read it.`)
    })
    yield* run.pipe(
      Effect.scoped,
      Effect.provide(LuminaConfig.layer),
      Effect.provide(quiet),
      Effect.catchTag("BackupFailed", ({ message }) => new CommandFailed({ message }))
    )
  })
).pipe(
  Command.withDescription(
    paragraphs(
      "Write everything of this installation into a folder, while its hub runs or not: database, history, secrets.",
      "Run it on the hub's machine, as the same user and with the same settings (LUMINA_DATA_DIR, DATABASE_URL)."
    )
  ),
  Command.withShortDescription("Write everything of this installation into a folder"),
  Command.withExamples([{ command: "lumina backup /backups/$(date +%F)" }])
)

/** Loaded when it runs, as the hub is. */
const libraries = Effect.promise(async () => {
  const [{ backUp }, { installedDatabase }, { LuminaConfig }] = await Promise.all([
    import("../../store/backup/Backup.ts"),
    import("./Database.ts"),
    import("../../config.ts")
  ])
  return { backUp, installedDatabase, LuminaConfig }
})

/** What a hub would log of its database is nobody's concern here. */
export const quiet = Layer.succeed(References.MinimumLogLevel, "Warn")

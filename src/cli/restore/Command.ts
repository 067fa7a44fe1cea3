import { resolve } from "node:path"
import { Console, Effect } from "effect"
import { Argument, Command, Flag } from "effect/cli"
import { quiet } from "../backup/Command.ts"
import { CommandFailed } from "../Failure.ts"
import { paragraphs } from "../Output.ts"

export const restore = Command.make(
  "restore",
  {
    folder: Argument.String("folder").pipe(Argument.withDescription("What lumina backup wrote")),
    check: Flag.Boolean("check").pipe(
      Flag.withDescription("Only check that the backup is whole and undamaged"),
      Flag.withDefault(false)
    )
  },
  Effect.fnUntraced(function* ({ check, folder }) {
    const { databaseUrl, LuminaConfig, readBackup, restore } = yield* libraries
    const run = Effect.gen(function* () {
      const source = resolve(folder)
      const manifest = yield* readBackup(source)
      const about = `the backup of ${manifest.createdAt} (Lumina ${manifest.version})`
      if (check) return yield* Console.log(`${source}: ${about} is whole and undamaged.`)
      const { dataDir, historyDir } = yield* LuminaConfig
      yield* restore({ source, manifest, dataDir, historyDir, database: databaseUrl })
      yield* Console.log(`${dataDir} has ${about}. Start the hub with LUMINA_DATA_DIR=${dataDir}.`)
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
      "Make an installation of a backup, in an empty folder (LUMINA_DATA_DIR), or with an empty database",
      "(DATABASE_URL). Everything is checked before anything is written."
    )
  ),
  Command.withShortDescription("Make an installation of a backup"),
  Command.withExamples([{ command: "LUMINA_DATA_DIR=/srv/lumina lumina restore /backups/2026-11-22" }])
)

const libraries = Effect.promise(async () => {
  const [{ readBackup, restore }, { databaseUrl }, { LuminaConfig }] = await Promise.all([
    import("../../store/backup/Restore.ts"),
    import("../../store/embedded/DatabaseUrl.ts"),
    import("../../config.ts")
  ])
  return { readBackup, restore, databaseUrl, LuminaConfig }
})

import { Effect, FileSystem, Option, Path, type PlatformError, Schema } from "effect"
import { EmbeddedPostgresError, explain, saidBy } from "./EmbeddedPostgresError.ts"
import { identify, isRunning } from "./Processes.ts"

/**
 * Makes the data folder if need be and holds it for this process until the scope closes. Another live hub on it is
 * an error. What is held is a file with the hub's process number and start time, so that one left by kill -9, or by
 * a process whose number was given to another since, does not count.
 *
 * Two hubs that find the same stale file in the same instant could both pass. That is accepted: one Postgres serves a
 * folder whatever happens, and the epochs of the journal keep two writers apart.
 */
export const holdDataFolder = Effect.fnUntraced(
  function* (folder: string) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    yield* makeFolder(folder)
    const file = path.join(folder, "hub.lock")
    const mine = JSON.stringify(identify(process.pid))
    yield* Effect.acquireRelease(take(fs, folder, file, mine), () => release(fs, file, mine))
  },
  (effect, folder) =>
    Effect.catchTag(effect, "PlatformError", (error) =>
      Effect.fail(explain("Opening the data folder", folder, saidBy(error), ""))
    )
)

/**
 * Makes a folder and its parents where they are missing, whatever the umask: others may pass, not list, because
 * Postgres runs as another user than root's hub. Folders that exist stay as they are.
 */
export const makeFolder: (
  folder: string
) => Effect.Effect<void, PlatformError.PlatformError, FileSystem.FileSystem | Path.Path> = Effect.fnUntraced(
  function* (folder) {
    const fs = yield* FileSystem.FileSystem
    const path = yield* Path.Path
    if (yield* fs.exists(folder)) return
    yield* makeFolder(path.dirname(path.resolve(folder)))
    yield* fs.makeDirectory(folder)
    yield* fs.chmod(folder, 0o711)
  }
)

const Holder = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, startTime: Schema.String }))

const take = Effect.fnUntraced(function* (fs: FileSystem.FileSystem, folder: string, file: string, mine: string) {
  const holder = yield* fs.readFileString(file).pipe(
    Effect.flatMap(Schema.decodeEffect(Holder)),
    Effect.option // no file, or one that a crash cut short
  )
  if (Option.isSome(holder) && isRunning(holder.value)) {
    return yield* new EmbeddedPostgresError({
      message:
        `Another Lumina (process ${holder.value.pid}) runs on the data folder ${folder}.\n` +
        "Stop it, or give this one a folder of its own: LUMINA_DATA_DIR=…"
    })
  }
  yield* fs.remove(file, { force: true })
  yield* fs.writeFileString(file, mine, { flag: "wx" })
})

const release = (fs: FileSystem.FileSystem, file: string, mine: string) =>
  fs.readFileString(file).pipe(
    Effect.flatMap((content) => (content === mine ? fs.remove(file) : Effect.void)),
    Effect.ignore
  )

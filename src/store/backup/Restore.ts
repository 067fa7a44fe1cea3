/** An installation out of a backup: everything is checked before anything is touched. */
import { mkdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, type Redacted, Schema } from "effect"
import { TOKEN_FILE } from "../history/HistoryFolder.ts"
import { knownMigrations } from "../Sql.ts"
import { type BackupFailed, failed } from "./BackupFailed.ts"
import { attempt, checksumOf, copyFile, isEmptyFolder, PLAIN, syncFolders, writeText } from "./Files.ts"
import { checkUnused, load } from "./Load.ts"
import { FOLDERS, FORMAT, filesOf, MANIFEST_FILE, Manifest, parseSums, SUMS_FILE } from "./Manifest.ts"

/** Checks a backup, every byte of it. */
export const readBackup = Effect.fn("readBackup")(function* (source: string) {
  const text = yield* readOr(join(source, SUMS_FILE), () =>
    failed(`${source} is not a backup, or one that was not finished: it has no ${SUMS_FILE}`)
  )
  const sums = parseSums(text)
  yield* checkFile(source, MANIFEST_FILE, sums)
  const content = yield* readOr(join(source, MANIFEST_FILE), () => failed(`${source} has no ${MANIFEST_FILE}`))
  const manifest = yield* Effect.mapError(decodeManifest(content), () => otherFormat)
  if (manifest.format !== FORMAT) return yield* otherFormat
  const unknown = manifest.migrations.find((name) => !knownMigrations.includes(name))
  if (unknown !== undefined) {
    return yield* failed(
      `the backup is of Lumina ${manifest.version}, whose database this version does not know (${unknown}): ` +
        "restore it with that version, or a newer one"
    )
  }
  for (const path of filesOf(manifest)) yield* checkFile(source, path, sums)
  return manifest
})

const decodeManifest = Schema.decodeEffect(Schema.fromJsonString(Manifest))

const otherFormat = failed("the backup is of a kind that this version does not know: restore it with a newer Lumina")

const readOr = (path: string, missing: () => BackupFailed) =>
  Effect.flatMap(
    attempt(`${path} cannot be read`, () =>
      readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "ENOTDIR") return null
        throw error
      })
    ),
    (text) => (text === null ? Effect.fail(missing()) : Effect.succeed(text))
  )

const checkFile = Effect.fnUntraced(function* (source: string, path: string, sums: ReadonlyMap<string, string>) {
  const expected = sums.get(path)
  if (expected === undefined) return yield* failed(`the backup is damaged: ${SUMS_FILE} does not have ${path}`)
  const sum = yield* attempt(`the backup is damaged: ${path} cannot be read`, () => checksumOf(join(source, path)))
  if (sum !== expected) return yield* failed(`the backup is damaged: ${path} is not the file that was written`)
})

export interface RestoreOptions<E, R> {
  readonly source: string
  readonly manifest: Manifest
  readonly dataDir: string
  readonly historyDir: string
  /** Gives an empty database, until the scope closes. Asked for when the folders were found empty. */
  readonly database: Effect.Effect<Redacted.Redacted, E, R>
}

/**
 * Folders must be empty, or not be there. What makes an installation of it comes last, so that a restore that was cut
 * short is refused by a hub: the history folder has files, and no token.
 */
export const restore = Effect.fn("restore")(function* <E, R>(options: RestoreOptions<E, R>) {
  const { dataDir, database, historyDir, manifest, source } = options
  for (const folder of [dataDir, historyDir]) {
    if (!(yield* attempt(`${folder} cannot be read`, () => isEmptyFolder(folder))))
      return yield* failed(`${folder} is not empty: a backup is restored into an empty folder (LUMINA_DATA_DIR)`)
  }
  const url = yield* database
  yield* checkUnused(url)
  yield* attempt("the history cannot be restored", async () => {
    await mkdir(historyDir, { recursive: true })
    await writeText(join(historyDir, RESTORING_FILE), "lumina restore has not finished\n", PLAIN)
    for (const path of manifest.historyFiles) {
      await copyFile(join(source, FOLDERS.history, path), join(historyDir, path), PLAIN)
    }
    await syncFolders(historyDir)
  })
  const { historyToken } = yield* load(url, source, manifest)
  yield* attempt("the data folder cannot be restored", async () => {
    for (const path of manifest.dataFiles) await copyFile(join(source, FOLDERS.data, path), join(dataDir, path))
    await writeText(join(historyDir, TOKEN_FILE), `${historyToken}\n`, PLAIN)
    await rm(join(historyDir, RESTORING_FILE))
    await syncFolders(historyDir)
  })
})

/** Makes the folder one that no new installation takes for its own. */
const RESTORING_FILE = "restoring"

/** A backup of a whole installation, while its hubs run: database, history and the secrets of the data folder. */
import { chmod, mkdir, open, readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect, type Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { failed } from "./BackupFailed.ts"
import { dump } from "./Dump.ts"
import { attempt, ignoreMissing, isEmptyFolder, syncFolders, writeFileOf, writeText } from "./Files.ts"
import { checkFolder, makeHeldFiles } from "./HistoryCopy.ts"
import { FOLDERS, FORMAT, MANIFEST_FILE, type Manifest, SUMS_FILE, sumsText } from "./Manifest.ts"

export interface BackupOptions {
  readonly databaseUrl: Redacted.Redacted
  readonly historyDir: string
  readonly dataDir: string
  /** Must be empty, or not be there. */
  readonly target: string
  /** Of Lumina. */
  readonly version: string
  readonly nowMillis: number
}

export interface BackupReport {
  readonly rows: number
  readonly historyFiles: number
  /** What the history lacks already. */
  readonly warnings: ReadonlyArray<string>
}

/** Files of the data folder that say where a hub runs, and are of no use elsewhere. */
const NOT_KEPT: ReadonlySet<string> = new Set(["hub.lock", "cluster-port"])

/** The target is a whole backup, or it is empty again. */
export const backUp = Effect.fn("backUp")(function* (options: BackupOptions) {
  const { target } = options
  yield* attempt(`${target} cannot be used`, async () => {
    await mkdir(target, { recursive: true, mode: 0o700 })
  })
  if (!(yield* attempt(`${target} cannot be read`, () => isEmptyFolder(target))))
    return yield* failed(`${target} is not empty: name a new folder`)
  yield* attempt(`${target} cannot be used`, () => chmod(target, 0o700))
  return yield* Effect.onError(write(options), () => Effect.promise(() => emptied(target)))
})

const write = Effect.fnUntraced(
  function* ({ dataDir, databaseUrl, historyDir, nowMillis, target, version }: BackupOptions) {
    yield* onlyOne(databaseUrl)
    const held = yield* makeHeldFiles(historyDir)
    const { historyToken, sums: tableSums, ...tables } = yield* dump(databaseUrl, target, held.hold)
    yield* checkFolder(historyDir, historyToken)
    const history = yield* held.copy(target)
    const data = yield* attempt("the data folder cannot be read", () => copyData(dataDir, join(target, FOLDERS.data)))
    const manifest: Manifest = {
      format: FORMAT,
      version,
      createdAt: new Date(nowMillis).toISOString(),
      ...tables,
      historyFiles: history.paths,
      dataFiles: [...data.keys()].map((path) => path.slice(FOLDERS.data.length + 1))
    }
    yield* attempt("the backup cannot be finished", async () => {
      const sum = await writeText(join(target, MANIFEST_FILE), `${JSON.stringify(manifest, undefined, 1)}\n`)
      await syncFolders(target)
      const sums = new Map([[MANIFEST_FILE, sum], ...tableSums, ...history.sums, ...data])
      await writeText(join(target, SUMS_FILE), sumsText(sums))
      await syncFolders(target)
    })
    const parts = tables.tables.flatMap((table) => table.parts)
    return {
      rows: parts.reduce((sum, { rows }) => sum + rows, 0),
      historyFiles: history.paths.length,
      warnings: history.warnings
    } satisfies BackupReport
  },
  Effect.scoped,
  Effect.provide(Reactivity.layer)
)

/** Until the scope closes; a second backup would take the second names of files from the first. */
const onlyOne = Effect.fnUntraced(
  function* (url: Redacted.Redacted) {
    const sql = yield* PgClient.make({ url, maxConnections: 1, applicationName: "lumina-backup" })
    const connection = yield* sql.reserve
    const lock = "SELECT pg_try_advisory_lock(hashtext('lumina-backup')) AS taken"
    const [row] = yield* connection.execute(lock, [], undefined)
    if (row.taken !== true) return yield* failed("another backup of this installation is being made: wait for its end")
  },
  Effect.catchTag("SqlError", (error) => failed(`the database cannot be read: ${error.message}`))
)

/** Keys, tokens, and whatever else lies in the data folder as a file. */
const copyData = async (dataDir: string, target: string): Promise<ReadonlyMap<string, string>> => {
  const sums = new Map<string, string>()
  for (const name of (await readdir(dataDir)).sort()) {
    if (NOT_KEPT.has(name)) continue
    const sum = await copyIfFile(join(dataDir, name), join(target, name))
    if (sum !== null) sums.set(`${FOLDERS.data}/${name}`, sum)
  }
  return sums
}

/** Null where there is no such file, or no longer: the hub goes on meanwhile. */
const copyIfFile = async (from: string, to: string): Promise<string | null> => {
  const found = await stat(from).catch(ignoreMissing)
  if (found === null || !found.isFile()) return null
  const file = await open(from).catch(ignoreMissing)
  return file === null ? null : await writeFileOf(to, [file.createReadStream()])
}

const emptied = async (folder: string): Promise<void> => {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true })
}

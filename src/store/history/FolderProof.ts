/**
 * Several hubs of one database must see one history folder, else each would miss what the others moved. A hub proves
 * that it does when it starts: the folder has a token, and the database knows which.
 */
import { constants } from "node:fs"
import { access, mkdir, open, readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { orUnavailable } from "../PgErrors.ts"
import { TOKEN_FILE } from "./HistoryFolder.ts"
import { HistoryFailed } from "./TierWriter.ts"

/** Fails with what a person should do. A new installation takes an empty folder for its own. */
export const proveFolder = Effect.fnUntraced(function* (folder: string) {
  const sql = yield* PgClient.PgClient
  yield* attempt(folder, async () => {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  })
  yield* sql.withTransaction(
    Effect.gen(function* () {
      // Of hubs that start at the same time the first one makes the token; the others wait for it here.
      const made = yield* sql<{ token: string }>`
        INSERT INTO history_folder DEFAULT VALUES ON CONFLICT DO NOTHING RETURNING token`
      const known = yield* sql<{ token: string }>`SELECT token FROM history_folder`
      const found = yield* attempt(folder, () => tokenIn(folder))
      const token = known[0]!.token
      if (made.length === 0 && found !== token) return yield* notShared(folder)
      if (made.length > 0) {
        if (yield* attempt(folder, () => hasOthers(folder))) return yield* foreign(folder)
        yield* attempt(folder, () => writeToken(folder, token))
      }
    })
  )
}, orUnavailable)

const tokenIn = async (folder: string): Promise<string | null> => {
  try {
    return (await readFile(join(folder, TOKEN_FILE), "utf8")).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null
    throw error
  }
}

/** A token alone may be of a hub that was killed in here. */
const hasOthers = async (folder: string): Promise<boolean> =>
  (await readdir(folder)).some((name) => name !== TOKEN_FILE)

const writeToken = async (folder: string, token: string): Promise<void> => {
  const handle = await open(join(folder, TOKEN_FILE), "w")
  try {
    await handle.writeFile(`${token}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const notShared = (folder: string) =>
  new HistoryFailed({
    message:
      `${folder} is not the history folder of this installation. All hubs of one database must share that folder: ` +
      "mount it, and name it in LUMINA_HISTORY_DIR. If it is lost for good, docs/history.md says how to go on without."
  })

const foreign = (folder: string) =>
  new HistoryFailed({
    message: `${folder} is not empty, and not this installation's history folder: name another in LUMINA_HISTORY_DIR`
  })

const attempt = <A>(folder: string, work: () => Promise<A>): Effect.Effect<A, HistoryFailed> =>
  Effect.tryPromise({
    try: work,
    catch: (error) =>
      new HistoryFailed({
        message: `the history folder ${folder} cannot be used: ${reasonOf(error)}`
      })
  })

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

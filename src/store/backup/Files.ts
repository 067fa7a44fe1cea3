/** Files of a backup: only their owner reads them, and each has its checksum. */
import { createHash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { mkdir, open, readdir, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { type Readable, Transform } from "node:stream"
import { pipeline } from "node:stream/promises"
import { Effect } from "effect"
import { failed, reasonOf } from "./BackupFailed.ts"

/** Who may read what is in a backup: it has keys, and everything else. */
const SECRET = 0o600
/** As the history folder has its files; the umask takes from it. */
export const PLAIN = 0o644

/** Makes a file of a stream that goes through `transforms`; answers its SHA-256, when it is on the disk. */
export const writeFileOf = async (
  path: string,
  stages: readonly [Readable, ...Array<Transform>],
  mode: number = SECRET
): Promise<string> => {
  // Whoever may read a file may enter its folder.
  await mkdir(dirname(path), { recursive: true, mode: mode | ((mode & 0o444) >> 2) })
  const hash = createHash("sha256")
  const hashing = new Transform({
    transform: (chunk, _, done) => {
      hash.update(chunk)
      done(null, chunk)
    }
  })
  await pipeline([...stages, hashing, createWriteStream(path, { flags: "wx", mode, flush: true })])
  return hash.digest("hex")
}

export const copyFile = (from: string, to: string, mode?: number): Promise<string> =>
  writeFileOf(to, [createReadStream(from)], mode)

export const checksumOf = async (path: string): Promise<string> => {
  const hash = createHash("sha256")
  await pipeline(createReadStream(path), hash)
  return hash.digest("hex")
}

export const writeText = async (path: string, text: string, mode: number = SECRET): Promise<string> => {
  await writeFile(path, text, { flag: "wx", mode, flush: true })
  return createHash("sha256").update(text).digest("hex")
}

/** Names in folders are durable when these are synced. */
export const syncFolders = async (root: string): Promise<void> => {
  const entries = await readdir(root, { withFileTypes: true, recursive: true })
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  for (const folder of [...folders, root, dirname(root)]) {
    const handle = await open(folder, "r")
    await handle.sync().finally(() => handle.close())
  }
}

/** Whether there is nothing there: no folder, or an empty one. */
export const isEmptyFolder = (path: string): Promise<boolean> =>
  readdir(path).then(
    (names) => names.length === 0,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return true
      throw error
    }
  )

/** For a rejected promise: null where there is no such file. */
export const ignoreMissing = (error: NodeJS.ErrnoException): null => {
  if (error.code === "ENOENT") return null
  throw error
}

/** `what` could not be done, and why. */
export const attempt = <A>(what: string, work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: (error) => failed(`${what}: ${reasonOf(error)}`) })

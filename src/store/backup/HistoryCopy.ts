/**
 * Files of the history as they were at one moment. Whatever a hub does with them meanwhile: they get second names at
 * once, which the sweep of old files does not know, and are copied from these. Files are never changed, only removed.
 */
import { randomUUID } from "node:crypto"
import { link, mkdir, readdir, readFile, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import { TOKEN_FILE } from "../history/HistoryFolder.ts"
import { failed } from "./BackupFailed.ts"
import type { HistoryEntry } from "./Dump.ts"
import { attempt, copyFile, ignoreMissing } from "./Files.ts"
import { FOLDERS } from "./Manifest.ts"

/** Where second names are, below the history folder; what a killed backup left goes with the next one. */
const HELD = ".backup-"

export interface HeldFiles {
  /** Gives the files second names; again, those of other files. */
  readonly hold: (entries: ReadonlyArray<HistoryEntry>) => Effect.Effect<void, ReturnType<typeof failed>>
  /** Copies them into a backup. Answers their checksums, by their path there, and what is wrong with which. */
  readonly copy: (folder: string) => Effect.Effect<CopiedFiles, ReturnType<typeof failed>>
}

export interface CopiedFiles {
  readonly paths: ReadonlyArray<string>
  readonly sums: ReadonlyMap<string, string>
  readonly warnings: ReadonlyArray<string>
}

/** Second names go with the scope. */
export const makeHeldFiles = Effect.fnUntraced(function* (root: string) {
  const place = join(root, `${HELD}${randomUUID()}`)
  yield* Effect.addFinalizer(() => Effect.promise(() => rm(place, { recursive: true, force: true }).catch(() => {})))
  let held: ReadonlyArray<HistoryEntry> = []
  let missing: ReadonlySet<string> = new Set()
  return {
    hold: (entries) =>
      attempt(`the history folder ${root} cannot be read`, async () => {
        await forget(root)
        held = entries
        for (const { path } of entries) await secondName(join(root, path), join(place, path))
        missing = await missingOf(root, entries)
      }),
    copy: (folder) =>
      attempt("the files of the history cannot be copied", () =>
        copyAll(root, place, { entries: held, missing }, join(folder, FOLDERS.history))
      )
  } satisfies HeldFiles
})

/** Fails where the folder is not the one of the database. */
export const checkFolder = (root: string, token: string | null) =>
  Effect.flatMap(
    attempt(`the history folder ${root} cannot be read`, () =>
      readFile(join(root, TOKEN_FILE), "utf8").then((text) => text.trim(), ignoreMissing)
    ),
    (found) =>
      token === null || found === token
        ? Effect.void
        : failed(`${root} is not the history folder of this database: name that in LUMINA_HISTORY_DIR`)
  )

/** Where there are no links, the file itself is copied. */
const secondName = async (from: string, to: string): Promise<void> => {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 }).catch(() => {})
  await link(from, to).catch(() => {})
}

/** What the history had lost before the backup began. */
const missingOf = async (root: string, entries: ReadonlyArray<HistoryEntry>): Promise<ReadonlySet<string>> => {
  const missing = new Set<string>()
  for (const { path } of entries) if ((await sizeOf(join(root, path))) === null) missing.add(path)
  return missing
}

const forget = async (root: string): Promise<void> => {
  for (const name of await readdir(root)) {
    if (name.startsWith(HELD)) await rm(join(root, name), { recursive: true, force: true })
  }
}

const copyAll = async (
  root: string,
  place: string,
  { entries, missing }: { readonly entries: ReadonlyArray<HistoryEntry>; readonly missing: ReadonlySet<string> },
  target: string
): Promise<CopiedFiles> => {
  const sums = new Map<string, string>()
  const warnings: Array<string> = []
  for (const { bytes, path, state } of entries) {
    const name = (await sizeOf(join(place, path))) === null ? join(root, path) : join(place, path)
    const size = await sizeOf(name)
    if (size === null) {
      if (!missing.has(path)) throw new Error(`${path} was removed before it was copied: try again`)
      warnings.push(`${path} is missing`)
    } else sums.set(`${FOLDERS.history}/${path}`, await copyFile(name, join(target, path)))
    if (size !== null && size !== bytes && state === "live") warnings.push(`${path} is not the file that was written`)
  }
  return { sums, warnings, paths: [...sums.keys()].map((path) => path.slice(FOLDERS.history.length + 1)) }
}

const sizeOf = (path: string): Promise<number | null> => stat(path).then(({ size }) => size, ignoreMissing)

/**
 * The history folder: where Parquet files are. All that the tiers do with files goes through here, so that this is the
 * place where another kind of storage would come in (S3 needs DuckDB's `httpfs`, which cannot be loaded offline).
 */
import { randomUUID } from "node:crypto"
import { mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises"
import { dirname, join, relative, sep } from "node:path"
import { crc32 } from "node:zlib"
import { Context, Effect, Layer } from "effect"
import { TierFaults } from "./TierFaults.ts"
import { DiskFull, HistoryFailed, type Room } from "./TierWriter.ts"

/** Bytes at the end of a file of which the manifest has the checksum: the footer, or its end. */
const TAIL_BYTES = 4_096

/** Says of which installation the folder is (FolderProof.ts). */
export const TOKEN_FILE = "installation"

/** What is being written has this suffix, so that no reader takes it for a file. */
const WRITING = ".writing"

export interface StoredFile {
  /** Below the folder, with slashes. */
  readonly path: string
  readonly bytes: number
  readonly tailChecksum: number
}

export interface NewFile<E, R> {
  /** Its folder, below the history folder, with slashes. */
  readonly folder: string
  readonly write: (absolute: string) => Effect.Effect<void, E, R>
}

export class HistoryFolder extends Context.Service<
  HistoryFolder,
  {
    readonly absolute: (path: string) => string
    /** Fails where the folder is not there, or its disk has less room than must be left. */
    readonly checkRoom: Effect.Effect<Room, DiskFull | HistoryFailed>
    /**
     * New files, each there whole or not at all: `write` makes one under a temporary name; when all are made they are
     * synced, and renamed. Answers in the same order.
     */
    readonly publish: <E, R>(
      files: ReadonlyArray<NewFile<E, R>>
    ) => Effect.Effect<ReadonlyArray<StoredFile>, E | HistoryFailed, R>
    /** Whether the file is the one that was published. Fails where not even its tier's folder is there. */
    readonly check: (file: StoredFile) => Effect.Effect<"intact" | "missing" | "replaced", HistoryFailed>
    /** No error where it is gone already. */
    readonly remove: (path: string) => Effect.Effect<void, HistoryFailed>
    /** Files of the tiers, unfinished ones included. */
    readonly list: Effect.Effect<
      ReadonlyArray<{ readonly path: string; readonly changedMillis: number }>,
      HistoryFailed
    >
  }
>()("lumina/store/HistoryFolder") {
  /** `reserveBytes`: what is left free on the disk, whatever happens. */
  static readonly layer = (root: string, reserveBytes: number) =>
    Layer.effect(
      HistoryFolder,
      Effect.sync(() =>
        HistoryFolder.of({
          absolute: (path) => join(root, path),
          checkRoom: Effect.flatMap(
            // Without its token it is another folder: what was to be mounted here is not.
            attempt(() => stat(join(root, TOKEN_FILE)).then(() => statfs(root))),
            ({ bavail, bsize }) => {
              const freeBytes = bavail * bsize
              if (freeBytes >= reserveBytes) return Effect.succeed({ freeBytes, neededBytes: reserveBytes })
              return Effect.fail(new DiskFull({ folder: root, freeBytes, neededBytes: reserveBytes }))
            }
          ),
          publish: (files) => publish(root, files),
          check: (file) => attempt(() => check(root, file)),
          remove: (path) => attempt(() => rm(join(root, path), { force: true })),
          list: attempt(() => list(root))
        })
      )
    )
}

/** A disk takes syncs together that come at the same time. */
const SYNCS_AT_ONCE = 8

const publish = Effect.fnUntraced(function* <E, R>(root: string, files: ReadonlyArray<NewFile<E, R>>) {
  const fault = yield* TierFaults
  const folders = [...new Set(files.map(({ folder }) => join(root, folder)))]
  yield* attempt(() => Promise.all(folders.map(makeFolders)))
  const paths = files.map(({ folder }) => `${folder}/${randomUUID()}.parquet`)
  for (const [i, { write }] of files.entries()) {
    yield* write(join(root, paths[i]!) + WRITING)
    yield* fault("file.written")
  }
  const stored = yield* Effect.forEach(
    paths,
    (path) =>
      Effect.gen(function* () {
        const absolute = join(root, path)
        const seen = yield* attempt(() => sync(absolute + WRITING))
        yield* attempt(() => rename(absolute + WRITING, absolute))
        yield* fault("file.published")
        return { path, ...seen } satisfies StoredFile
      }),
    { concurrency: SYNCS_AT_ONCE }
  )
  yield* attempt(() => Promise.all(folders.map(syncFolder)))
  return stored
})

/** The folders of the tiers, and what is in them. */
const TIER_FOLDERS = ["raw", "rollup-5m", "control"]

const list = async (root: string) => {
  const found: Array<{ path: string; changedMillis: number }> = []
  for (const tier of TIER_FOLDERS) {
    const entries = await readdir(join(root, tier), { withFileTypes: true, recursive: true }).catch(ignoreMissing)
    for (const entry of entries ?? []) {
      if (!entry.isFile()) continue
      const absolute = join(entry.parentPath, entry.name)
      const status = await stat(absolute).catch(ignoreMissing)
      if (status === null) continue
      found.push({ path: relative(root, absolute).split(sep).join("/"), changedMillis: status.mtimeMs })
    }
  }
  return found
}

const ignoreMissing = (error: NodeJS.ErrnoException): null => {
  if (error.code === "ENOENT") return null
  throw error
}

/** A folder's name is durable when the folder that holds it is synced. */
const makeFolders = async (folder: string): Promise<void> => {
  const first = await mkdir(folder, { recursive: true })
  if (first === undefined) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made))
}

const sync = async (file: string) => {
  const handle = await open(file, "r+")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  return look(file)
}

const look = async (file: string): Promise<{ readonly bytes: number; readonly tailChecksum: number }> => {
  const handle = await open(file, "r")
  try {
    const { size } = await handle.stat()
    const tail = new Uint8Array(Math.min(size, TAIL_BYTES))
    await handle.read(tail, 0, tail.length, size - tail.length)
    return { bytes: size, tailChecksum: crc32(tail) }
  } finally {
    await handle.close()
  }
}

const check = async (root: string, { bytes, path, tailChecksum }: StoredFile) => {
  const seen = await look(join(root, path)).catch(ignoreMissing)
  if (seen === null) {
    // A folder that is not mounted has no files, and none of them is lost.
    await stat(join(root, path.split("/")[0]!))
    return "missing"
  }
  return seen.bytes === bytes && seen.tailChecksum === tailChecksum ? "intact" : "replaced"
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const attempt = <A>(work: () => Promise<A>): Effect.Effect<A, HistoryFailed> =>
  Effect.tryPromise({
    try: work,
    catch: (error) => new HistoryFailed({ message: error instanceof Error ? error.message : String(error) })
  })

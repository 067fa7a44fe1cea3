import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { findBinaries, installedPackage } from "../../../src/store/embedded/Binaries.ts"
import { type Account, run } from "../../../src/store/embedded/Processes.ts"

const asRoot = process.getuid?.() === 0
const account: Account | undefined = asRoot ? { name: "nobody", uid: 65534, gid: 65534 } : undefined

const temporaryFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "lumina-" }))

/** The package as npm leaves it where no install script may run: without its links. */
const packageIn = Effect.fnUntraced(function* (folder: string) {
  const fs = yield* FileSystem.FileSystem
  const { folder: native, version } = yield* installedPackage
  const copy = `${folder}/native`
  for (const part of ["bin", "lib", "pg-symlinks.json"]) yield* fs.copy(`${native}/${part}`, `${copy}/${part}`)
  const list = JSON.parse(yield* fs.readFileString(`${native}/pg-symlinks.json`)) as ReadonlyArray<{ target: string }>
  for (const { target } of list) yield* fs.remove(`${folder}/${target}`)
  return { folder: copy, version }
})

const versionOf = (postgres: string) =>
  Effect.map(run(postgres, ["--version"], { account, descriptors: [] }), ({ said }) => said)

describe("the programs of Postgres (O1)", () => {
  it.live("are used in place, with the links that npm's script would have made", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.chmod(folder, 0o755)
      const source = yield* packageIn(folder)
      assert.notMatch(yield* versionOf(`${source.folder}/bin/postgres`), /PostgreSQL/, "it does not run without links")
      const binaries = yield* findBinaries(source, [`${folder}/copies`], account)
      assert.strictEqual(binaries.postgres, `${source.folder}/bin/postgres`)
      assert.strictEqual(binaries.major, 18)
      assert.match(yield* versionOf(binaries.postgres), /PostgreSQL\) 18\./)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live.skipIf(!asRoot)(
    "are copied, whole and under their version, from a checkout that the account cannot enter",
    () =>
      Effect.gen(function* () {
        const fs = yield* FileSystem.FileSystem
        const [closed, open] = [yield* temporaryFolder, yield* temporaryFolder]
        yield* fs.chmod(closed, 0o700)
        yield* fs.chmod(open, 0o711)
        const source = yield* packageIn(closed)
        const homes = [`${closed}/copies`, `${open}/a/copies`]
        const binaries = yield* findBinaries(source, homes, account)
        assert.strictEqual(binaries.postgres, `${open}/a/copies/${source.version}/bin/postgres`)
        assert.match(yield* versionOf(binaries.postgres), /PostgreSQL\) 18\./)
        assert.deepStrictEqual(yield* fs.readDirectory(`${open}/a/copies`), [source.version])
        assert.deepStrictEqual(yield* findBinaries(source, homes, account), binaries, "the copy is found again")
      }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("that do not run are told with the reason", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.chmod(folder, 0o755)
      const source = { folder: `${folder}/native`, version: "18.0" }
      const error = yield* Effect.flip(findBinaries(source, [`${folder}/copies`], account))
      assert.match(error.message, /^Postgres does not run here: .*ENOENT.*DATABASE_URL/s)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

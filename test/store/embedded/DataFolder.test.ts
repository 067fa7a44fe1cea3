import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { holdDataFolder, makeFolder } from "../../../src/store/embedded/DataFolder.ts"
import { identify } from "../../../src/store/embedded/Processes.ts"

const temporaryFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "lumina-" }))

describe("data folder (O1)", () => {
  it.effect("is held by one, and free again when its scope closes", () =>
    Effect.gen(function* () {
      const folder = `${yield* temporaryFolder}/data`
      const refused = Effect.scoped(
        Effect.andThen(holdDataFolder(folder), Effect.flip(Effect.scoped(holdDataFolder(folder))))
      )
      assert.include(
        (yield* refused).message,
        `Another Lumina (process ${process.pid}) runs on the data folder ${folder}`
      )
      yield* holdDataFolder(folder)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("is taken from a holder that is gone, whose number is another's by now, or who was cut short", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      const gone = { pid: 2 ** 22 + 1, startTime: "1" }
      const other = { pid: process.pid, startTime: "1" }
      for (const left of [JSON.stringify(gone), JSON.stringify(other), '{"pid":', "", "null"]) {
        yield* fs.writeFileString(`${folder}/hub.lock`, left)
        yield* Effect.scoped(
          Effect.gen(function* () {
            yield* holdDataFolder(folder)
            assert.deepStrictEqual(JSON.parse(yield* fs.readFileString(`${folder}/hub.lock`)), identify(process.pid))
          })
        )
        assert.isFalse(yield* fs.exists(`${folder}/hub.lock`))
      }
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("a lock that is another's by now is not removed at the end", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      const held = Effect.andThen(holdDataFolder(folder), fs.writeFileString(`${folder}/hub.lock`, "another's"))
      yield* Effect.scoped(held)
      assert.strictEqual(yield* fs.readFileString(`${folder}/hub.lock`), "another's")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("new folders can be passed by other users and not listed, existing ones stay as they are", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const root = yield* temporaryFolder
      yield* fs.chmod(root, 0o700)
      yield* makeFolder(`${root}/a/b`)
      const modes = yield* Effect.forEach([root, `${root}/a`, `${root}/a/b`], (folder) =>
        Effect.map(fs.stat(folder), ({ mode }) => mode & 0o777)
      )
      assert.deepStrictEqual(modes, [0o700, 0o711, 0o711])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect("says what to do about a place nobody can write to", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.scoped(holdDataFolder("/proc/lumina")))
      assert.match(error.message, /^Opening the data folder failed: ENOENT/)
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { proveFolder } from "../../../src/store/history/FolderProof.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

const newFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-history-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const refusal = (folder: string) => Effect.map(Effect.flip(proveFolder(folder)), ({ message }) => message)

layer(Layer.fresh(Database))("the history folder of an installation", (it) => {
  it.effect("O2: every hub of a database must see the folder of the first", () =>
    Effect.gen(function* () {
      const [shared, other] = [yield* newFolder, yield* newFolder]
      const folder = join(shared, "history")
      yield* Effect.all([proveFolder(folder), proveFolder(folder), proveFolder(folder)], { concurrency: "unbounded" })
      yield* proveFolder(folder)
      const message = yield* refusal(other)
      assert.include(message, `${other} is not the history folder of this installation`)
      assert.include(message, "LUMINA_HISTORY_DIR")
      writeFileSync(join(other, "installation"), "another\n")
      assert.strictEqual(yield* refusal(other), message)
      writeFileSync(join(other, "installation"), readFileSync(join(folder, "installation")))
      yield* proveFolder(other)
    })
  )

  it.effect("a folder that cannot be used is named, with the reason", () =>
    Effect.gen(function* () {
      const folder = yield* newFolder
      const file = join(folder, "file")
      writeFileSync(file, "")
      assert.include(yield* refusal(join(file, "history")), `the history folder ${file}/history cannot be used`)
    })
  )
})

layer(Layer.fresh(Database))("the history folder of a new installation", (it) => {
  it.effect("is empty, or as a hub left it that was killed when it began", () =>
    Effect.gen(function* () {
      const [foreign, begun] = [yield* newFolder, yield* newFolder]
      writeFileSync(join(foreign, "family.jpg"), "")
      assert.include(yield* refusal(foreign), "is not empty")
      writeFileSync(join(begun, "installation"), "of a transaction that was not committed\n")
      yield* proveFolder(begun)
      assert.include(yield* refusal(foreign), "is not the history folder of this installation")
    })
  )
})

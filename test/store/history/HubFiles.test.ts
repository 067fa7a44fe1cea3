import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { duckDb } from "../../../src/limits.ts"
import { DuckDb } from "../../../src/store/history/DuckDb.ts"
import { type DuckDbUse, hubFiles } from "../../../src/store/history/HubFiles.ts"

const uses = Object.keys(duckDb) as ReadonlyArray<DuckDbUse>

const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-temporary-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

it.effect("each DuckDB of a hub has a temporary folder of its own, which is empty at first", () =>
  Effect.gen(function* () {
    const temporaryFolder = yield* temporary
    const options = { folder: temporaryFolder, reserveBytes: 0, temporaryFolder }
    for (const use of uses) {
      mkdirSync(join(temporaryFolder, use))
      writeFileSync(join(temporaryFolder, use, "duckdb_temp_storage_DEFAULT-0.tmp"), "of one that was killed")
    }
    mkdirSync(join(temporaryFolder, "compile-cache"))
    const folderOf = Effect.gen(function* () {
      const duck = yield* (yield* DuckDb).connect
      const [row] = yield* duck.rows<{ folder: string }>("SELECT current_setting('temp_directory') AS folder")
      assert.deepStrictEqual(readdirSync(row!.folder), [])
      return row!.folder
    })
    const folders = yield* Effect.forEach(uses, (use) =>
      Effect.scoped(Effect.provide(folderOf, hubFiles(use, options)))
    )
    assert.deepStrictEqual(
      folders,
      ["questions", "exports", "moves"].map((use) => join(temporaryFolder, use))
    )
    assert.isTrue(existsSync(join(temporaryFolder, "compile-cache")), "what is not DuckDB's stays")
  }).pipe(Effect.scoped)
)

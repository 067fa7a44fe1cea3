/** What a hub does while it is backed up: it drops old tables, and removes old files. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { mkdir, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Reactivity } from "effect/reactivity"
import { dump } from "../../../src/store/backup/Dump.ts"
import { makeHeldFiles } from "../../../src/store/backup/HistoryCopy.ts"
import { Partition, Tiers } from "../history/tiers.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-backup-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

layer(Layer.fresh(Tiers), { timeout: 60_000, excludeTestServices: true })("a backup of a hub that goes on", (it) => {
  it.effect("a rolling table that goes before it was read makes it begin again; none of them is locked", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const partition = new Partition(1)
      yield* partition.claim
      yield* partition.append([])
      const [first] = yield* sql<{ name: string }>`SELECT tableoid::regclass::text AS name FROM journal`
      const target = yield* folder
      let begun = 0
      const { tables } = yield* dump(sql.config.url!, target, () =>
        Effect.gen(function* () {
          begun++
          if (begun > 2) return
          // As the hub does it. It would wait for a lock, and whoever appends to the journal would wait for it.
          yield* sql`SET lock_timeout = '1s'`
          yield* sql`DROP TABLE ${sql(first!.name)}`
          // Another one of that name has nothing that the snapshot sees.
          if (begun === 1) yield* sql`SELECT roll_table('journal', interval '10 minutes', 3)`
        })
      )
      assert.strictEqual(begun, 3)
      assert.isFalse(tables.some(({ parts }) => parts.some(({ name }) => name === first!.name)))
      assert.sameMembers(
        readdirSync(join(target, "tables")),
        tables.flatMap(({ parts }) => parts.map(({ name }) => `${name}.ndjson.zst`))
      )
    }).pipe(Effect.scoped, Effect.provide(Reactivity.layer))
  )
})

it.effect("files of the history that go after they were listed are copied all the same; missing ones are named", () =>
  Effect.gen(function* () {
    const [root, target] = [yield* folder, yield* folder]
    yield* Effect.promise(async () => {
      for (const name of ["a", "b"]) {
        await mkdir(join(root, "raw", name), { recursive: true })
        await writeFile(join(root, "raw", name, "1.parquet"), name.repeat(10))
      }
    })
    const entry = (name: string, bytes = 10) => ({ path: `raw/${name}/1.parquet`, bytes, state: "live" as const })
    yield* Effect.scoped(
      Effect.gen(function* () {
        const held = yield* makeHeldFiles(root)
        yield* held.hold([entry("b")])
        yield* held.hold([entry("a"), entry("b", 9), entry("c")])
        rmSync(join(root, "raw"), { recursive: true })
        const { paths, warnings } = yield* held.copy(target)
        assert.deepStrictEqual(paths, ["raw/a/1.parquet", "raw/b/1.parquet"])
        assert.deepStrictEqual(warnings, [
          "raw/b/1.parquet is not the file that was written",
          "raw/c/1.parquet is missing"
        ])
      })
    )
    assert.strictEqual(readFileSync(join(target, "history/raw/a/1.parquet"), "utf8"), "aaaaaaaaaa")
    assert.deepStrictEqual(readdirSync(root), [])
  }).pipe(Effect.scoped)
)

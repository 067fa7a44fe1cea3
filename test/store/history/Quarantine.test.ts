import { renameSync } from "node:fs"
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { liveFiles } from "../../../src/store/history/Manifest.ts"
import { readEach } from "../../../src/store/history/Quarantine.ts"
import { HistoryFailed } from "../../../src/store/history/TierWriter.ts"
import type { Point } from "./points.ts"
import { Partition, Root, Tiers } from "./tiers.ts"

const DAY = Date.UTC(2026, 10, 21)

const PASSING = [
  "DuckDB: Out of Memory Error: could not allocate block",
  'DuckDB: IO Error: Could not read from file "a.parquet": Input/output error',
  'DuckDB: Invalid Input Error: Failed to read file "a.parquet": IO Error: Could not read enough bytes',
  'DuckDB: IO Error: Cannot open file "a.parquet": No such device',
  "DuckDB: FATAL Error: database has been invalidated because of a previous fatal error"
]

layer(Layer.fresh(Tiers))("files that cannot be read", (it) => {
  it.effect("K9: what is no file's fault puts none into quarantine", () =>
    Effect.gen(function* () {
      const partition = new Partition(1)
      yield* partition.claim
      yield* partition.declare([{ workspaceNumber: 1, metric: "cpu", labels: {} }])
      for (let move = 0; move < 3; move++) {
        const point: Point = [0, DAY + move, 1]
        yield* partition.push([point], DAY)
        yield* partition.move
      }
      const sql = yield* PgClient.PgClient
      const files = yield* liveFiles(sql)
      for (const message of PASSING) {
        const error = yield* Effect.flip(readEach(sql, files, () => Effect.fail(new HistoryFailed({ message }))))
        assert.strictEqual(error.message, message)
        assert.deepStrictEqual(yield* liveFiles(sql), files)
      }

      // As a share that is not mounted any more.
      const root = yield* Root
      for (const tier of ["raw", "rollup-5m"]) renameSync(join(root, tier), join(root, `${tier}-elsewhere`))
      yield* Effect.flip(readEach(sql, files, () => Effect.void))
      assert.deepStrictEqual(yield* liveFiles(sql), files)
      for (const tier of ["raw", "rollup-5m"]) renameSync(join(root, `${tier}-elsewhere`), join(root, tier))
      assert.deepStrictEqual(yield* readEach(sql, files, (some) => Effect.succeed(some.length)), [files.length])
    })
  )
  it.effect("K9: what Parquet's reader makes no sense of is quarantined, and the rest is read", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const files = yield* liveFiles(sql)
      const message = 'DuckDB: Invalid Input Error: Failed to read file "a.parquet": ZSTD Decompression failure'
      const read = yield* readEach(sql, files, (some) =>
        some.includes(files[0]!) ? Effect.fail(new HistoryFailed({ message })) : Effect.succeed(some.length)
      )
      assert.deepStrictEqual(
        read,
        files.slice(1).map(() => 1)
      )
      assert.deepStrictEqual(yield* liveFiles(sql), files.slice(1))
    })
  )
})

/** What DuckDB takes alone for what the tiers' writer makes it do. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { DuckDBInstance } from "@duckdb/node-api"
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { hotGroupOf } from "../../src/store/history/HotBlock.ts"
import { quantile } from "./Quantile.ts"
import type { Places } from "./Tiers.ts"

/** CPU seconds for writing so many raw points into one sorted file, from a table that has them. */
export const rawFloor = (points: number) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-floor-"))),
    (folder) =>
      Effect.promise(async () => {
        const instance = await DuckDBInstance.create(":memory:", { threads: "1" })
        const connection = await instance.connect()
        await connection.run(`CREATE TABLE point AS SELECT (i // 60000)::INTEGER AS partition,
          (i // 60)::INTEGER AS series,
          'bench.value' AS metric, '{"host":"host-' || (i // 6000) || '","sensor":"' || (i // 60 % 100)
            || '"}' AS labels,
          make_timestamp_ms(1700000000000 + (i % 60) * 5000)::TIMESTAMP_MS AS timestamp,
          round(50 + 30 * sin(i / 100), 2) AS value FROM range(${points}) t(i)`)
        const before = process.cpuUsage()
        await connection.run(`COPY point TO '${join(folder, "floor.parquet")}' (FORMAT parquet, COMPRESSION zstd)`)
        const { system, user } = process.cpuUsage(before)
        connection.closeSync()
        instance.closeSync()
        return (system + user) / 1e6
      }),
    (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
  )

/** The longest that the event loop of this process is held up by others while it has nothing to do, for so long. */
export const idleDelayMillis = (millis: number) =>
  Effect.gen(function* () {
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    yield* Effect.sleep(Math.min(millis, IDLE_MILLIS_MOST))
    delay.disable()
    return delay.max / 1e6
  })

const IDLE_MILLIS_MOST = 20_000

/** Milliseconds that DuckDB takes alone to read a month of one series, when it is told which files to look at. */
export const monthFloor = (files: ReadonlyArray<string>, partition: number, series: number) =>
  Effect.promise(async () => {
    const instance = await DuckDBInstance.create(":memory:", { threads: "2" })
    const connection = await instance.connect()
    const millis: Array<number> = []
    for (let i = 0; i < QUESTIONS; i++) {
      const start = performance.now()
      await connection.runAndReadAll(
        `SELECT bucket, min, max, sum, count FROM read_parquet([${files.map((file) => `'${file}'`).join()}])
         WHERE partition = ${partition} AND series = ${series}`
      )
      millis.push(performance.now() - start)
    }
    connection.closeSync()
    instance.closeSync()
    return quantile(Float64Array.from(millis).sort(), 0.99)
  })

const QUESTIONS = 50

/** Milliseconds that Postgres takes alone for the blocks of one series and day. */
export const blocksFloor = Effect.fnUntraced(function* (sql: PgClient.PgClient, places: Places) {
  const millis: Array<number> = []
  for (let i = 0; i < QUESTIONS; i++) {
    const one = (i * 7_919) % places.series
    const start = performance.now()
    yield* sql`SELECT hour, payload FROM hot_block WHERE partition_id = ${places.partitions[one]!}
      AND series_group = ${hotGroupOf(places.locals[one]!)} AND hour >= now() - interval '24 hours'`
    millis.push(performance.now() - start)
  }
  return quantile(Float64Array.from(millis).sort(), 0.99)
})

/** What DuckDB takes alone for what the tiers' writer makes it do. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { monitorEventLoopDelay } from "node:perf_hooks"
import { DuckDBInstance } from "@duckdb/node-api"
import { Effect } from "effect"

/** CPU seconds for writing so many raw points into one sorted file, from a table that has them. */
export const rawFloor = (points: number) =>
  Effect.acquireUseRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-floor-"))),
    (folder) =>
      Effect.promise(async () => {
        const instance = await DuckDBInstance.create(":memory:", { threads: "1" })
        const connection = await instance.connect()
        await connection.run(`CREATE TABLE point AS SELECT (i // 60000)::INTEGER AS partition, (i // 60)::INTEGER AS series,
          'bench.value' AS metric, '{"host":"host-' || (i // 6000) || '","sensor":"' || (i // 60 % 100) || '"}' AS labels,
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

/** Any reader opens the files and finds the documented columns: DuckDB's own, and one in JavaScript. */
import { DuckDBInstance } from "@duckdb/node-api"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet"
import { compressors } from "hyparquet-compressors"
import type { FileTier } from "../../../src/store/history/Manifest.ts"
import { control, NOW, rule, workspace } from "../../actors/partition/fixtures.ts"
import type { Point } from "./points.ts"
import { livePaths, Partition, Tiers } from "./tiers.ts"

const DAY = Date.UTC(2026, 10, 21)
const LABELS = { host: "wéb-1", region: "e,u=\\", __proto: "x" }

const written = Effect.gen(function* () {
  const partition = new Partition(1)
  yield* partition.claim
  yield* partition.declare([{ workspaceNumber: 1, metric: "CpuUsageRate(%)", labels: LABELS }])
  yield* partition.append([control(workspace(1), rule(2))])
  const points: ReadonlyArray<Point> = [
    [0, DAY + 1_000, 0.1],
    [0, DAY + 2_000, 0.2],
    [0, DAY + 1_500, 1e300]
  ]
  yield* partition.push(points, DAY + 5_000)
  yield* partition.move
})

/** Rows of the only file of a tier. */
const withHyparquet = Effect.fnUntraced(function* (tier: FileTier) {
  const [path] = yield* livePaths(tier)
  return yield* Effect.promise(async () => {
    const file = await asyncBufferFromFile(path!)
    const metadata = await parquetMetadataAsync(file)
    const codecs = new Set(metadata.row_groups.flatMap(({ columns }) => columns.map((one) => one.meta_data?.codec)))
    return { codecs: [...codecs], rows: await parquetReadObjects({ file, compressors }) }
  })
})

const withDuckDb = Effect.fnUntraced(function* (tier: FileTier) {
  const [path] = yield* livePaths(tier)
  return yield* Effect.promise(async () => {
    // By its path DuckDB would know workspace and day too.
    const file = `read_parquet('${path}', hive_partitioning = false)`
    const connection = await (await DuckDBInstance.create(":memory:")).connect()
    const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file}`)
    const read = await connection.runAndReadAll(`SELECT * FROM ${file}`)
    return {
      columns: described.getRowObjects().map((row) => `${row.column_name} ${row.column_type}`),
      rows: read.getRowObjectsJson()
    }
  })
})

const labels = '{"__proto":"x","host":"wéb-1","region":"e,u=\\\\"}'

layer(Layer.fresh(Tiers))("files of the history", (it) => {
  it.effect("written", () => written)

  it.effect("H4 H6: raw points", () =>
    Effect.gen(function* () {
      const { codecs, rows } = yield* withHyparquet("raw")
      assert.deepStrictEqual(codecs, ["ZSTD"])
      const row = { partition: 1, series: 0, metric: "CpuUsageRate(%)", labels }
      const received = new Date(DAY + 5_000)
      assert.deepStrictEqual(rows, [
        { ...row, timestamp: new Date(DAY + 1_000), value: 0.1, received, seq: 3n, ordinal: 0, late: false },
        { ...row, timestamp: new Date(DAY + 1_500), value: 1e300, received, seq: 3n, ordinal: 2, late: true },
        { ...row, timestamp: new Date(DAY + 2_000), value: 0.2, received, seq: 3n, ordinal: 1, late: false }
      ])
      const duck = yield* withDuckDb("raw")
      assert.deepStrictEqual(duck.columns, [
        "partition INTEGER",
        "series INTEGER",
        "metric VARCHAR",
        "labels VARCHAR",
        "timestamp TIMESTAMP",
        "value DOUBLE",
        "received TIMESTAMP",
        "seq BIGINT",
        "ordinal INTEGER",
        "late BOOLEAN"
      ])
      assert.deepStrictEqual(duck.rows[1], {
        ...row,
        timestamp: "2026-11-21 00:00:01.5",
        value: 1e300,
        received: "2026-11-21 00:00:05",
        seq: "3",
        ordinal: 2,
        late: true
      })
    })
  )

  it.effect("H3 H6: five-minute rollups", () =>
    Effect.gen(function* () {
      const { codecs, rows } = yield* withHyparquet("rollup-5m")
      assert.deepStrictEqual(codecs, ["ZSTD"])
      assert.deepStrictEqual(rows, [
        {
          ...{ partition: 1, series: 0, metric: "CpuUsageRate(%)", labels, bucket: new Date(DAY) },
          ...{ min: 0.1, max: 1e300, sum: 1e300, count: 3n, last: 0.2, last_timestamp: new Date(DAY + 2_000) }
        }
      ])
      assert.deepStrictEqual((yield* withDuckDb("rollup-5m")).columns, [
        "partition INTEGER",
        "series INTEGER",
        "metric VARCHAR",
        "labels VARCHAR",
        "bucket TIMESTAMP",
        "min DOUBLE",
        "max DOUBLE",
        "sum DOUBLE",
        "count BIGINT",
        "last DOUBLE",
        "last_timestamp TIMESTAMP"
      ])
    })
  )

  it.effect("H4 H6: control records", () =>
    Effect.gen(function* () {
      const { rows } = yield* withHyparquet("control")
      assert.deepStrictEqual(
        rows.map(({ document, ...row }) => [...Object.values(row), JSON.parse(document).kind]),
        [
          [1, 2n, 0, "change", new Date(NOW), "workspace"],
          [1, 2n, 1, "change", new Date(NOW), "rule"]
        ]
      )
      assert.deepStrictEqual((yield* withDuckDb("control")).columns, [
        "partition INTEGER",
        "seq BIGINT",
        "ordinal INTEGER",
        "kind VARCHAR",
        "time TIMESTAMP",
        "document VARCHAR"
      ])
    })
  )
})

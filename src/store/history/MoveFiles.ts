/** A batch of a move as Parquet files: its rows go into tables of DuckDB, and from there, sorted, into a file each. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { parseDimensionKey } from "../../schema/Identity.ts"
import type { AppendColumn, DuckDbConnection } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { type FileTier, folderOf, type TierFile } from "./Manifest.ts"
import type { ControlRow, PointRows } from "./MovedPoints.ts"
import { copyTo } from "./Parquet.ts"
import type { RollupColumns } from "./Rollups.ts"

/** What one partition brings to a batch. */
export interface PartitionRows {
  readonly partition: number
  readonly points: PointRows
  /** Of five minutes. */
  readonly rollups: RollupColumns
  readonly controls: ReadonlyArray<ControlRow>
  /** When the newest of its points arrived, epoch milliseconds. */
  readonly newestArrivalMillis: number
}

/** Writes all files of the batch. Answers what to list in the manifest. */
export const writeFiles = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  duck: DuckDbConnection,
  parts: ReadonlyArray<PartitionRows>
) {
  yield* Effect.forEach(TABLES, duck.run, { discard: true })
  yield* appendSeries(sql, duck, parts)
  yield* appendRows(duck, parts)
  const workspaces = yield* sql<{ number: number; key: string }>`SELECT number, key FROM workspace`
  const files: Array<TierFile> = []
  for (const tier of ["raw", "rollup-5m", "control"] as const) {
    const groups = yield* duck.rows<Group>(groupsOf(tier))
    for (const group of groups) {
      const workspace = workspaces.find(({ number }) => number === group.workspace)
      if (workspace !== undefined) files.push(yield* writeFile(duck, tier, workspace.key, group))
    }
  }
  yield* Effect.forEach(TABLES, duck.run, { discard: true })
  return files
})

/** Rows of one workspace and day. */
interface Group {
  readonly workspace: number
  readonly day: number
  readonly rows: bigint
  readonly first_partition: number
  readonly last_partition: number
  readonly first: number
  readonly last: number
  readonly arrival: number
}

const writeFile = Effect.fnUntraced(function* (
  duck: DuckDbConnection,
  tier: FileTier,
  workspaceKey: string,
  { arrival, day, first, first_partition, last, last_partition, rows, workspace }: Group
) {
  const folder = yield* HistoryFolder
  const where = `workspace = ${workspace} AND day = ${day}`
  const stored = yield* folder.publish(folderOf(tier, workspaceKey, day), (file) =>
    duck.run(copyTo(tier, SOURCES[tier], where, file))
  )
  return {
    ...stored,
    tier,
    day,
    workspaceNumber: workspace,
    rows: Number(rows),
    firstPartition: first_partition,
    lastPartition: last_partition,
    firstMillis: first,
    lastMillis: last,
    newestArrivalMillis: arrival
  } satisfies TierFile
})

/** Times are doubles in epoch milliseconds here, as the hub has them; that of TIMESTAMP_MS would be a bigint each. */
const TABLES = [
  `CREATE OR REPLACE TEMP TABLE moved_series
    (partition INTEGER, series INTEGER, workspace INTEGER, metric VARCHAR, labels VARCHAR)`,
  `CREATE OR REPLACE TEMP TABLE moved_raw (partition INTEGER, series INTEGER, timestamp DOUBLE, value DOUBLE,
    received DOUBLE, seq DOUBLE, ordinal INTEGER, late UTINYINT)`,
  `CREATE OR REPLACE TEMP TABLE moved_rollup (partition INTEGER, series INTEGER, bucket DOUBLE, min DOUBLE, max DOUBLE,
    sum DOUBLE, count INTEGER, last DOUBLE, last_timestamp DOUBLE, arrival DOUBLE)`,
  `CREATE OR REPLACE TEMP TABLE moved_control (partition INTEGER, seq DOUBLE, ordinal INTEGER, kind VARCHAR,
    time DOUBLE, document VARCHAR, workspace INTEGER, series INTEGER)`
]

const time = (millis: string): string => `make_timestamp_ms(${millis}::BIGINT)::TIMESTAMP_MS`
const day = (millis: string): string => `floor(${millis} / 86400000)::INTEGER`

/** Rows as in the files, and of which workspace and day they are, and when they arrived. */
const SOURCES: Readonly<Record<FileTier, string>> = {
  raw: `(SELECT r.* REPLACE (${time("r.timestamp")} AS timestamp, ${time("r.received")} AS received,
      r.seq::BIGINT AS seq, r.late = 1 AS late), r.timestamp AS millis, r.received AS arrival, ${day("r.timestamp")} AS day,
      s.metric, s.labels, s.workspace
    FROM moved_raw r JOIN moved_series s USING (partition, series))`,
  "rollup-5m": `(SELECT r.* REPLACE (${time("r.bucket")} AS bucket, ${time("r.last_timestamp")} AS last_timestamp,
      r.count::BIGINT AS count), r.bucket AS millis, ${day("r.bucket")} AS day, s.metric, s.labels, s.workspace
    FROM moved_rollup r JOIN moved_series s USING (partition, series))`,
  control: `(SELECT r.partition, r.seq::BIGINT AS seq, r.ordinal, r.kind, ${time("r.time")} AS time, r.document,
      r.time AS millis, r.time AS arrival, ${day("r.time")} AS day,
      CASE WHEN r.workspace >= 0 THEN r.workspace ELSE s.workspace END AS workspace
    FROM moved_control r LEFT JOIN moved_series s USING (partition, series))`
}

const groupsOf = (tier: FileTier): string =>
  `SELECT workspace, day, count(*) AS rows, min(partition) AS first_partition, max(partition) AS last_partition,
    min(millis) AS first, max(millis) AS last, max(arrival) AS arrival
  FROM ${SOURCES[tier]} WHERE workspace IS NOT NULL GROUP BY workspace, day ORDER BY workspace, day`

/** The series of these partitions by their numbers: metric, and labels as a JSON object with its names sorted. */
const appendSeries = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  duck: DuckDbConnection,
  parts: ReadonlyArray<PartitionRows>
) {
  for (const { partition } of parts) {
    const rows = yield* sql<{ series: number; workspace_number: number; metric: string; dimension_key: string }>`
      SELECT series, workspace_number, metric, dimension_key FROM series WHERE partition_id = ${partition}`
    const columns: ReadonlyArray<AppendColumn> = [
      { integers: new Int32Array(rows.length).fill(partition) },
      { integers: Int32Array.from(rows, (row) => row.series) },
      { integers: Int32Array.from(rows, (row) => row.workspace_number) },
      { texts: rows.map((row) => row.metric) },
      { texts: rows.map((row) => JSON.stringify(parseDimensionKey(row.dimension_key) ?? {})) }
    ]
    yield* duck.append("moved_series", columns, rows.length)
  }
})

const appendRows = Effect.fnUntraced(function* (duck: DuckDbConnection, parts: ReadonlyArray<PartitionRows>) {
  for (const { controls, newestArrivalMillis, partition, points, rollups } of parts) {
    const partitions = new Int32Array(Math.max(points.count, rollups.count, controls.length)).fill(partition)
    const arrivals = new Float64Array(rollups.count).fill(newestArrivalMillis)
    yield* duck.append("moved_raw", [{ integers: partitions }, ...rawColumns(points)], points.count)
    yield* duck.append(
      "moved_rollup",
      [{ integers: partitions }, ...rollupColumns(rollups), { doubles: arrivals }],
      rollups.count
    )
    yield* duck.append("moved_control", [{ integers: partitions }, ...controlColumns(controls)], controls.length)
  }
})

const rawColumns = (points: PointRows): ReadonlyArray<AppendColumn> => [
  { integers: points.series },
  { doubles: points.timestamps },
  { doubles: points.values },
  { doubles: points.arrivals },
  { doubles: points.seqs },
  { integers: points.ordinals },
  { bytes: points.late }
]

const rollupColumns = (rollups: RollupColumns): ReadonlyArray<AppendColumn> => [
  { integers: rollups.series },
  { doubles: rollups.starts },
  { doubles: rollups.mins },
  { doubles: rollups.maxs },
  { doubles: rollups.sums },
  { integers: rollups.counts },
  { doubles: rollups.lasts },
  { doubles: rollups.lastTimestamps }
]

const controlColumns = (controls: ReadonlyArray<ControlRow>): ReadonlyArray<AppendColumn> => [
  { doubles: Float64Array.from(controls, (row) => row.seq) },
  { integers: Int32Array.from(controls, (row) => row.ordinal) },
  { texts: controls.map((row) => row.kind) },
  { doubles: Float64Array.from(controls, (row) => row.timeMillis) },
  { texts: controls.map((row) => JSON.stringify(row.document)) },
  { integers: Int32Array.from(controls, (row) => row.workspaceNumber ?? -1) },
  { integers: Int32Array.from(controls, (row) => row.series ?? -1) }
]

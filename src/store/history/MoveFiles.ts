/** A batch of a move as Parquet files: its rows go into tables of DuckDB, and from there, sorted, into a file each. */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { parseDimensionKey } from "../../schema/Identity.ts"
import { DayRows } from "./DayRows.ts"
import type { AppendColumn, DuckDbConnection } from "./DuckDb.ts"
import { HistoryFolder, type StoredFile } from "./HistoryFolder.ts"
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
  const workspaces = yield* sql<{ number: number; key: string }>`SELECT number, key FROM any_workspace`
  const planned: Array<Planned> = []
  for (const tier of ["raw", "rollup-5m", "control"] as const) {
    for (const group of yield* duck.rows<Group>(groupsOf(tier))) {
      const workspace = workspaces.find(({ number }) => number === group.workspace)
      if (workspace !== undefined) planned.push({ ...group, tier, folder: folderOf(tier, workspace.key, group.day) })
    }
  }
  const stored = yield* (yield* HistoryFolder).publish(
    planned.map(({ day, folder, tier, workspace }) => ({
      folder,
      write: (file) => duck.run(copyTo(tier, SOURCES[tier], `workspace = ${workspace} AND day = ${day}`, file))
    }))
  )
  yield* Effect.forEach(TABLES, duck.run, { discard: true })
  return planned.map((file, i) => listed(file, stored[i]!))
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

interface Planned extends Group {
  readonly tier: FileTier
  readonly folder: string
}

const listed = (planned: Planned, stored: StoredFile): TierFile => ({
  ...stored,
  tier: planned.tier,
  day: planned.day,
  workspaceNumber: planned.workspace,
  rows: Number(planned.rows),
  firstPartition: planned.first_partition,
  lastPartition: planned.last_partition,
  firstMillis: planned.first,
  lastMillis: planned.last,
  newestArrivalMillis: planned.arrival
})

/** Times are doubles in epoch milliseconds here, as the hub has them; that of TIMESTAMP_MS would be a bigint each. */
const TABLES = [
  `CREATE OR REPLACE TEMP TABLE moved_series
    (partition INTEGER, series INTEGER, workspace INTEGER, metric VARCHAR, labels VARCHAR)`,
  `CREATE OR REPLACE TEMP TABLE moved_raw (day INTEGER, partition INTEGER, series INTEGER, timestamp DOUBLE,
    value DOUBLE, received DOUBLE, seq DOUBLE, ordinal INTEGER, late UTINYINT)`,
  `CREATE OR REPLACE TEMP TABLE moved_rollup (day INTEGER, partition INTEGER, series INTEGER, bucket DOUBLE,
    min DOUBLE, max DOUBLE, sum DOUBLE, count INTEGER, last DOUBLE, last_timestamp DOUBLE, arrival DOUBLE)`,
  `CREATE OR REPLACE TEMP TABLE moved_control (day INTEGER, partition INTEGER, seq DOUBLE, ordinal INTEGER,
    kind VARCHAR, time DOUBLE, document VARCHAR, workspace INTEGER, series INTEGER)`
]

const time = (millis: string): string => `make_timestamp_ms(${millis}::BIGINT)::TIMESTAMP_MS`

/** Rows as in the files, and of which workspace and day they are, and when they arrived. */
const SOURCES: Readonly<Record<FileTier, string>> = {
  raw: `(SELECT r.* REPLACE (${time("r.timestamp")} AS timestamp, ${time("r.received")} AS received,
      r.seq::BIGINT AS seq, r.late = 1 AS late), r.timestamp AS millis, r.received AS arrival,
      s.metric, s.labels, s.workspace
    FROM moved_raw r JOIN moved_series s USING (partition, series))`,
  "rollup-5m": `(SELECT r.* REPLACE (${time("r.bucket")} AS bucket, ${time("r.last_timestamp")} AS last_timestamp,
      r.count::BIGINT AS count), r.bucket AS millis, s.metric, s.labels, s.workspace
    FROM moved_rollup r JOIN moved_series s USING (partition, series))`,
  control: `(SELECT r.day, r.partition, r.seq::BIGINT AS seq, r.ordinal, r.kind, ${time("r.time")} AS time, r.document,
      r.time AS millis, r.time AS arrival, CASE WHEN r.workspace >= 0 THEN r.workspace ELSE s.workspace END AS workspace
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

type Rows = DayRows<PartitionRows>

const appendRows = Effect.fnUntraced(function* (duck: DuckDbConnection, parts: ReadonlyArray<PartitionRows>) {
  const raw: Rows = new DayRows(
    parts,
    ({ points }) => points.count,
    ({ points }, i) => points.timestamps[i]!
  )
  yield* duck.append("moved_raw", rawColumns(raw), raw.count)
  const rollups: Rows = new DayRows(
    parts,
    ({ rollups }) => rollups.count,
    ({ rollups }, i) => rollups.starts[i]!
  )
  yield* duck.append("moved_rollup", rollupColumns(rollups), rollups.count)
  const controls: Rows = new DayRows(
    parts,
    ({ controls }) => controls.length,
    ({ controls }, i) => controls[i]!.timeMillis
  )
  yield* duck.append("moved_control", controlColumns(controls), controls.count)
})

const rawColumns = (rows: Rows): ReadonlyArray<AppendColumn> => [
  { integers: rows.days },
  { integers: rows.integers(({ partition }) => partition) },
  { integers: rows.integers(({ points }, i) => points.series[i]!) },
  { doubles: rows.doubles(({ points }, i) => points.timestamps[i]!) },
  { doubles: rows.doubles(({ points }, i) => points.values[i]!) },
  { doubles: rows.doubles(({ points }, i) => points.arrivals[i]!) },
  { doubles: rows.doubles(({ points }, i) => points.seqs[i]!) },
  { integers: rows.integers(({ points }, i) => points.ordinals[i]!) },
  { bytes: rows.bytes(({ points }, i) => points.late[i]!) }
]

const rollupColumns = (rows: Rows): ReadonlyArray<AppendColumn> => [
  { integers: rows.days },
  { integers: rows.integers(({ partition }) => partition) },
  { integers: rows.integers(({ rollups }, i) => rollups.series[i]!) },
  { doubles: rows.doubles(({ rollups }, i) => rollups.starts[i]!) },
  { doubles: rows.doubles(({ rollups }, i) => rollups.mins[i]!) },
  { doubles: rows.doubles(({ rollups }, i) => rollups.maxs[i]!) },
  { doubles: rows.doubles(({ rollups }, i) => rollups.sums[i]!) },
  { integers: rows.integers(({ rollups }, i) => rollups.counts[i]!) },
  { doubles: rows.doubles(({ rollups }, i) => rollups.lasts[i]!) },
  { doubles: rows.doubles(({ rollups }, i) => rollups.lastTimestamps[i]!) },
  { doubles: rows.doubles(({ newestArrivalMillis }) => newestArrivalMillis) }
]

const controlColumns = (rows: Rows): ReadonlyArray<AppendColumn> => [
  { integers: rows.days },
  { integers: rows.integers(({ partition }) => partition) },
  { doubles: rows.doubles(({ controls }, i) => controls[i]!.seq) },
  { integers: rows.integers(({ controls }, i) => controls[i]!.ordinal) },
  { texts: rows.texts(({ controls }, i) => controls[i]!.kind) },
  { doubles: rows.doubles(({ controls }, i) => controls[i]!.timeMillis) },
  { texts: rows.texts(({ controls }, i) => JSON.stringify(controls[i]!.document)) },
  { integers: rows.integers(({ controls }, i) => controls[i]!.workspaceNumber ?? -1) },
  { integers: rows.integers(({ controls }, i) => controls[i]!.series ?? -1) }
]

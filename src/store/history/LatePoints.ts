/**
 * Late points of a move that the raw archive has already: where a series has a timestamp, its first value stays (I4).
 * Points of one move are compared with each other in MovedPoints.ts.
 */
import type { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import type { DuckDbConnection } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { DAY_MILLIS, filesWithin, type ListedFile } from "./Manifest.ts"
import { filterRows, type PointRows } from "./MovedPoints.ts"
import { readFiles } from "./Parquet.ts"
import { readEach } from "./Quarantine.ts"

export interface PartitionPoints {
  readonly partition: number
  readonly points: PointRows
}

/** The points without those that are there already, in the same order of partitions. */
export const withoutArchived = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  duck: DuckDbConnection,
  parts: ReadonlyArray<PartitionPoints>
) {
  const late = lateOf(parts)
  if (late.rows.length === 0) return parts
  yield* duck.run("CREATE OR REPLACE TEMP TABLE late (id INTEGER, partition INTEGER, series INTEGER, time DOUBLE)")
  yield* duck.append(
    "late",
    [
      { integers: Int32Array.from(late.rows, (_, i) => i) },
      { integers: Int32Array.from(late.rows, ({ part }) => parts[part]!.partition) },
      { integers: Int32Array.from(late.rows, ({ part, row }) => parts[part]!.points.series[row]!) },
      { doubles: Float64Array.from(late.rows, ({ part, row }) => parts[part]!.points.timestamps[row]!) }
    ],
    late.rows.length
  )
  const archived = parts.map(() => new Set<number>())
  for (const day of late.days) {
    for (const { id } of yield* archivedOf(sql, duck, parts, day)) {
      const { part, row } = late.rows[id]!
      archived[part]!.add(row)
    }
  }
  yield* duck.run("DROP TABLE late")
  return parts.map((part, i) =>
    archived[i]!.size === 0 ? part : { ...part, points: filterRows(part.points, (row) => !archived[i]!.has(row)) }
  )
})

const lateOf = (parts: ReadonlyArray<PartitionPoints>) => {
  const rows: Array<{ readonly part: number; readonly row: number }> = []
  const days = new Set<number>()
  for (const [part, { points }] of parts.entries()) {
    for (let row = 0; row < points.count; row++) {
      if (points.late[row] === 0) continue
      rows.push({ part, row })
      days.add(Math.floor(points.timestamps[row]! / DAY_MILLIS))
    }
  }
  return { rows, days: [...days].sort((a, b) => a - b) }
}

/** Those late points of a day that a raw file of that day has. A file that cannot be read counts as not there. */
const archivedOf = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  duck: DuckDbConnection,
  parts: ReadonlyArray<PartitionPoints>,
  day: number
) {
  const folder = yield* HistoryFolder
  const window = { fromMillis: day * DAY_MILLIS, toMillis: (day + 1) * DAY_MILLIS }
  const listed = yield* filesWithin(sql, "raw", { ...window, partitions: parts.map(({ partition }) => partition) })
  const look = (files: ReadonlyArray<ListedFile>) =>
    duck.rows<{ id: number }>(
      `SELECT DISTINCT l.id FROM ${readFiles(files.map(({ path }) => folder.absolute(path)))} r
       JOIN late l ON r.partition = l.partition AND r.series = l.series
         AND r.timestamp = make_timestamp_ms(l.time::BIGINT)::TIMESTAMP_MS
       WHERE l.time >= ${window.fromMillis} AND l.time < ${window.toMillis}`
    )
  return (yield* readEach(sql, listed, look)).flat()
})

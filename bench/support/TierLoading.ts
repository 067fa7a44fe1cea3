/**
 * Tiers as they stand after a month of points every 30 s, loaded by the functions of their writer: a walk for each
 * series, five-minute rows of all days in files as merges leave them, one-minute rows of the last day in blocks.
 */
import { PgClient } from "@effect/sql-pg"
import { Effect } from "effect"
import { PARTITIONS } from "../../src/limits.ts"
import type { DuckDbConnection } from "../../src/store/history/DuckDb.ts"
import { blocksOf } from "../../src/store/history/HotBlocks.ts"
import { insertFiles } from "../../src/store/history/Manifest.ts"
import { type PartitionRows, writeFiles } from "../../src/store/history/MoveFiles.ts"
import { byteas } from "../../src/store/history/Positions.ts"
import {
  addUp,
  FIVE_MINUTES_MILLIS,
  MINUTE_MILLIS,
  type RollupColumns,
  rollUp,
  selectRows
} from "../../src/store/history/Rollups.ts"
import { float8s, ints } from "../../src/store/JournalPg.ts"
import type { Places } from "./Tiers.ts"

export const POINT_MILLIS = 30_000
const DAY_MILLIS = 86_400_000
const HOUR_MILLIS = 3_600_000
/** What the hot tier has at least, and more, since it goes by whole tables. */
const HOT_MILLIS = DAY_MILLIS + 2 * HOUR_MILLIS
/** Rows of one file, about. */
const FILE_ROWS = 1_000_000

/** Random walks of all series in steps of hundredths. */
export class MonthOfWalks {
  readonly #places: Places
  readonly #walks: Int32Array
  /** Series by partition, in order of their local ids. */
  readonly #members: ReadonlyArray<ReadonlyArray<number>>
  #seed = 20_261_122

  constructor(places: Places) {
    this.#places = places
    this.#walks = new Int32Array(places.series).fill(5_000)
    const all = Array.from({ length: places.series }, (_, i) => i)
    this.#members = Array.from({ length: PARTITIONS }, (_, id) => all.filter((i) => places.partitions[i] === id))
  }

  /** One-minute rows of a partition; times come in order. */
  minutes(partition: number, fromMillis: number, toMillis: number): RollupColumns {
    const members = this.#members[partition]!
    const each = Math.floor((toMillis - fromMillis) / POINT_MILLIS)
    const count = members.length * each
    const points = {
      count,
      series: new Uint32Array(count),
      timestamps: new Float64Array(count),
      values: new Float64Array(count)
    }
    let at = 0
    for (const member of members) {
      for (let i = 0; i < each; i++, at++) {
        points.series[at] = this.#places.locals[member]!
        points.timestamps[at] = fromMillis + i * POINT_MILLIS
        points.values[at] = this.#step(member) / 100
      }
    }
    return rollUp(points, MINUTE_MILLIS)
  }

  #step(member: number): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) >>> 0
    this.#walks[member]! += (this.#seed >>> 24) - 127
    return this.#walks[member]!
  }
}

/**
 * Loads so many days and what there is of the one of `toMillis`; of the last 24 h the hot tier too. Answers its points.
 */
export const loadDays = Effect.fnUntraced(function* (
  duck: DuckDbConnection,
  places: Places,
  days: number,
  toMillis: number
) {
  const sql = yield* PgClient.PgClient
  const walks = new MonthOfWalks(places)
  const today = Math.floor(toMillis / DAY_MILLIS) * DAY_MILLIS
  let points = 0
  for (let dayMillis = today - days * DAY_MILLIS; dayMillis <= today; dayMillis += DAY_MILLIS) {
    const endMillis = Math.min(dayMillis + DAY_MILLIS, toMillis)
    let parts: Array<PartitionRows> = []
    let rows = 0
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const minutes = walks.minutes(partition, dayMillis, endMillis)
      yield* loadBlocks(sql, partition, minutes, toMillis - HOT_MILLIS)
      const rollups = addUp([minutes], FIVE_MINUTES_MILLIS)
      points += rollups.counts.reduce((sum, count) => sum + count, 0)
      parts.push({ partition, points: NO_POINTS, rollups, controls: [], newestArrivalMillis: endMillis })
      rows += rollups.count
      if (rows < FILE_ROWS && partition < PARTITIONS - 1) continue
      yield* insertFiles(sql, yield* writeFiles(sql, duck, parts))
      parts = []
      rows = 0
    }
  }
  return points
})

const NO_POINTS: PartitionRows["points"] = {
  count: 0,
  series: new Uint32Array(),
  timestamps: new Float64Array(),
  values: new Float64Array(),
  seqs: new Float64Array(),
  ordinals: new Uint32Array(),
  arrivals: new Float64Array(),
  late: new Uint8Array()
}

/** As merges leave them: an hour's rows in the table of the hour in which they were moved. */
const loadBlocks = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  partition: number,
  minutes: RollupColumns,
  fromMillis: number
) {
  const hourOf = (row: number): number => Math.floor(minutes.starts[row]! / HOUR_MILLIS) * HOUR_MILLIS
  const rows: Array<number> = []
  for (let row = 0; row < minutes.count; row++) if (minutes.starts[row]! >= fromMillis) rows.push(row)
  for (const [hour, some] of Map.groupBy(rows, hourOf)) {
    const lower = hour / 1_000
    // The hub's clock is in the last one, which is not merged yet.
    const name = rows.at(-1)! === some.at(-1)! ? `hot_block_${lower}` : `hot_block_${lower}_merged`
    yield* sql.unsafe(`CREATE TABLE IF NOT EXISTS ${name} PARTITION OF hot_block
      FOR VALUES FROM (to_timestamp(${lower})) TO (to_timestamp(${lower + 3_600}))
      WITH (toast_tuple_target = 8160, autovacuum_enabled = false)`)
    const blocks = blocksOf(selectRows(minutes, some))
    yield* sql`INSERT INTO hot_block (partition_id, series_group, hour, moved_at, payload)
      SELECT ${partition}, series_group, to_timestamp(hour / 1000), to_timestamp(${lower}), payload
      FROM unnest(${ints(blocks.map(({ group }) => group))}, ${float8s(blocks.map(({ hourMillis }) => hourMillis))},
        ${byteas(blocks.map(({ payload }) => payload))}) AS block(series_group, hour, payload)`
  }
})

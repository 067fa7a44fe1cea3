/**
 * The hot tier's many small blocks, one for each group of series and move, become one for each hour: when an hour is
 * over, its table is replaced by one with merged blocks. So nothing is ever deleted row by row, and vacuumed.
 */
import { PgClient } from "@effect/sql-pg"
import { Effect, Schedule } from "effect"
import { float8s, ints } from "../JournalPg.ts"
import { orUnavailable } from "../PgErrors.ts"
import { type HotBlock, mergeBlocks } from "./HotBlocks.ts"
import { byteas } from "./Positions.ts"
import { TierFaults } from "./TierFaults.ts"

export const HOT_TABLE_SECONDS = 3_600
/** Moves that began in the hour are over by then, or they are waited for. */
const SETTLED_MINUTES = 70

/** Answers how many blocks went into others. */
export const compactBlocks = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const settled = yield* sql<{ name: string }>`
    SELECT past_tables AS name FROM past_tables('hot_block', make_interval(mins => ${SETTLED_MINUTES}))
    WHERE past_tables NOT LIKE '%_merged'`
  let merged = 0
  for (const { name } of settled) merged += yield* mergeTable(sql, name)
  return merged
}).pipe(orUnavailable)

const mergeTable = Effect.fnUntraced(function* (sql: PgClient.PgClient, name: string) {
  const fault = yield* TierFaults
  const lower = Number(name.split("_").at(-1))
  const upper = lower + HOT_TABLE_SECONDS
  const target = `${name}_merged`
  const count = yield* sql.withTransaction(
    Effect.gen(function* () {
      yield* sql`SET LOCAL lock_timeout = '10s'`
      yield* sql`LOCK TABLE ${sql(name)} IN SHARE MODE`
      yield* sql.unsafe(`CREATE TABLE ${target} (LIKE hot_block INCLUDING DEFAULTS INCLUDING STORAGE)
        WITH (toast_tuple_target = 8160, autovacuum_enabled = false)`)
      const partitions = yield* sql.unsafe<{ id: number }>(
        `SELECT DISTINCT partition_id AS id FROM ${name} ORDER BY id`
      )
      let blocks = 0
      for (const { id } of partitions) {
        const before = yield* sql.unsafe<BlockRow>(
          `SELECT series_group, (extract(epoch FROM hour) * 1000)::float8 AS hour, payload FROM ${name}
           WHERE partition_id = $1 ORDER BY series_group, hour, moved_at`,
          [id]
        )
        yield* insertBlocks(sql, target, id, lower, mergeBlocks(before.map(blockOf)))
        blocks += before.length
      }
      // Whoever comes while this lock is waited for waits too: better often than long.
      const replace = Effect.gen(function* () {
        yield* sql`SET LOCAL lock_timeout = '300ms'`
        yield* sql`DROP TABLE ${sql(name)}`
        yield* sql.unsafe(`ALTER TABLE hot_block ATTACH PARTITION ${target}
          FOR VALUES FROM (to_timestamp(${lower})) TO (to_timestamp(${upper}))`)
      })
      yield* Effect.retry(sql.withTransaction(replace), { schedule: Schedule.spaced("1 second"), times: 20 })
      yield* fault("blocks.statements")
      return blocks
    })
  )
  yield* fault("blocks.after")
  return count
})

/** `movedAt` in seconds, of all of them. */
const insertBlocks = (
  sql: PgClient.PgClient,
  table: string,
  partition: number,
  movedAt: number,
  blocks: ReadonlyArray<HotBlock>
) =>
  sql.unsafe(
    `INSERT INTO ${table} (partition_id, series_group, hour, moved_at, payload)
     SELECT $1, series_group, to_timestamp(hour / 1000), to_timestamp($2), payload
     FROM unnest($3, $4, $5) AS block(series_group, hour, payload)`,
    [
      partition,
      movedAt,
      ints(blocks.map(({ group }) => group)),
      float8s(blocks.map(({ hourMillis }) => hourMillis)),
      byteas(blocks.map(({ payload }) => payload))
    ]
  )

interface BlockRow {
  readonly series_group: number
  readonly hour: number
  readonly payload: Uint8Array
}

const blockOf = ({ hour, payload, series_group }: BlockRow): HotBlock => ({
  group: series_group,
  hourMillis: hour,
  payload
})

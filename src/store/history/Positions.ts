/** Up to where the tiers have the journal of each partition, and the newest timestamp of each series there. */
import { zstdCompressSync, zstdDecompressSync } from "node:zlib"
import { type PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Result } from "effect"
import { StoreUnavailable } from "../Journal.ts"
import { bigints, ints } from "../JournalPg.ts"

export interface TierPosition {
  readonly partition: number
  /** 0: nothing was moved yet. */
  readonly seq: number
  readonly newest: Float64Array
}

/** A position that a batch moves from one record to another. */
export interface PositionStep {
  readonly partition: number
  readonly from: number
  readonly to: number
  readonly newest: Float64Array
}

export const readPositions = Effect.fnUntraced(function* (sql: PgClient.PgClient, partitions: ReadonlyArray<number>) {
  yield* sql`
    INSERT INTO tier_position SELECT id, 0, '' FROM unnest(${ints(partitions)}) AS t(id) ON CONFLICT DO NOTHING`
  const rows = yield* sql<{ partition_id: number; seq: bigint; newest: Uint8Array }>`
    SELECT partition_id, seq, newest FROM tier_position WHERE partition_id = ANY (${ints(partitions)})`
  return rows.map(
    (row): TierPosition => ({ partition: row.partition_id, seq: Number(row.seq), newest: unpack(row.newest) })
  )
})

/** All of them, or a failure: a position that is not where a step begins was moved by somebody else meanwhile. */
export const stepPositions = Effect.fnUntraced(function* (sql: PgClient.PgClient, steps: ReadonlyArray<PositionStep>) {
  const moved = yield* sql<{ partition_id: number }>`
    UPDATE tier_position SET seq = step.seq_to, newest = step.newest
    FROM unnest(
      ${ints(steps.map(({ partition }) => partition))},
      ${bigints(steps.map(({ from }) => BigInt(from)))},
      ${bigints(steps.map(({ to }) => BigInt(to)))},
      ${byteas(steps.map(({ newest }) => pack(newest)))}
    ) AS step(id, seq_from, seq_to, newest)
    WHERE partition_id = step.id AND seq = step.seq_from
    RETURNING partition_id`
  if (moved.length < steps.length) {
    return yield* new StoreUnavailable({ message: "another move of the same partitions came first" })
  }
})

export const byteas = (values: ReadonlyArray<Uint8Array>) => Result.getOrThrow(PgTypes.array(values, PgTypes.OID.bytea))

const pack = (newest: Float64Array): Uint8Array =>
  zstdCompressSync(new Uint8Array(newest.buffer, newest.byteOffset, newest.byteLength))

const unpack = (bytes: Uint8Array): Float64Array =>
  bytes.length === 0 ? new Float64Array() : new Float64Array(new Uint8Array(zstdDecompressSync(bytes)).buffer)

/** Reads what a move takes: records of one partition after a position, in pages of bounded size. */
import type { PgClient } from "@effect/sql-pg"
import { Effect, Schema } from "effect"
import { decodeRecord } from "../../actors/partition/Record.ts"
import { MovedPoints } from "./MovedPoints.ts"
import type { TierPosition } from "./Positions.ts"

/** Bytes of journal that are read at once, about; the first page is a guess. */
const PAGE_BYTES = 16 * 2 ** 20
const FIRST_PAGE_ROWS = 16
const PAGE_ROWS_MOST = 65_536

/** A batch has memory for so many bytes of changes and commands instead of a point. */
const CONTROL_BYTES_OF_POINT = 60

/** Records of one partition: from the tiers' position to `to`. */
export interface Gathered {
  /** What its rows take of a batch, in points. */
  readonly weight: number
  readonly points: MovedPoints
  readonly from: number
  readonly to: number
}

/** Takes whole records until `upTo`, or until they weigh as much as `pointsMost`. */
export const gather = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  position: TierPosition,
  upTo: number,
  pointsMost: number
) {
  const { partition, seq: from } = position
  const points = new MovedPoints(partition, position.newest)
  let to = from
  let rows = FIRST_PAGE_ROWS
  let controlWeight = 0
  while (to < upTo && points.count + controlWeight < pointsMost) {
    const page = yield* readPage(sql, partition, to, upTo, rows)
    // What was journalled before there were tiers may be gone from its beginning.
    if (page === null || (page.first !== to + 1 && from + to > 0)) return yield* hole(partition, to)
    if (from === 0 && page.first > 1 && points.declared === 0) yield* declareKnown(sql, points)
    let offset = 0
    for (const [i, length] of page.lengths.entries()) {
      const seq = page.first + i
      const record = page.payloads.subarray(offset, offset + length)
      const entries = yield* Effect.try({
        try: () => decodeRecord(record),
        catch: (error) => unreadable(partition, seq, error)
      })
      const controls = points.controls.length
      points.take(seq, entries)
      if (points.controls.length > controls) controlWeight += length / CONTROL_BYTES_OF_POINT
      offset += length
      // A record may be the last that fits; those behind it are read again.
      to = seq
      if (points.count + controlWeight >= pointsMost) break
    }
    rows = Math.min(PAGE_ROWS_MOST, Math.max(1, Math.floor((PAGE_BYTES * page.lengths.length) / page.payloads.length)))
    yield* Effect.yieldNow
  }
  return { points, from, to, weight: points.count + controlWeight } satisfies Gathered
})

/** Consecutive records, their bytes one after the other: a value of two instead of a row for each. */
const readPage = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  partition: number,
  after: number,
  upTo: number,
  limit: number
) {
  const [page] = yield* sql<{
    first: bigint | null
    last: bigint
    lengths: ReadonlyArray<number>
    payloads: Uint8Array
  }>`
    SELECT min(seq) AS first, max(seq) AS last, array_agg(length(payload) ORDER BY seq) AS lengths,
      string_agg(payload, ''::bytea ORDER BY seq) AS payloads
    FROM (
      SELECT seq, payload FROM journal
      WHERE partition_id = ${partition} AND seq > ${after} AND seq <= ${upTo} ORDER BY seq LIMIT ${limit}
    ) AS page`
  if (page === undefined || page.first === null) return null
  const { lengths, payloads } = page
  const first = Number(page.first)
  if (Number(page.last) - first + 1 !== lengths.length) return yield* hole(partition, after)
  // Records are multiples of 8 bytes: aligned once, their columns are views.
  return { first, lengths, payloads: payloads.byteOffset % 8 === 0 ? payloads : payloads.slice() }
})

/** Series of records that are gone; how new their points were, nobody knows any more. */
const declareKnown = Effect.fnUntraced(function* (sql: PgClient.PgClient, points: MovedPoints) {
  const [row] = yield* sql<{ declared: number }>`
    SELECT coalesce(max(series), -1) + 1 AS declared FROM series WHERE partition_id = ${points.partition}`
  points.assumeDeclared(row!.declared)
})

/** Moving cannot go on behind this. */
export class DamagedJournal extends Schema.TaggedError<DamagedJournal>()("DamagedJournal", {
  message: Schema.String
}) {}

const hole = (partition: number, after: number) =>
  new DamagedJournal({
    message: `the journal of partition ${partition} lacks records after ${after}: restore a backup`
  })

const unreadable = (partition: number, seq: number, error: unknown) =>
  new DamagedJournal({ message: `record ${seq} of partition ${partition}: ${error}` })

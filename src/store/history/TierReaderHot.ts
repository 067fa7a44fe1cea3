/** One-minute rows out of the hot tier's blocks. */
import type { PgClient } from "@effect/sql-pg"
import { Clock, Effect } from "effect"
import { limits } from "../../limits.ts"
import type { StoreUnavailable } from "../Journal.ts"
import { float8s, ints } from "../JournalPg.ts"
import { unavailableOrDie } from "../PgErrors.ts"
import { HOT_TABLE_SECONDS } from "./BlockCompaction.ts"
import { HOT_BLOCK_MILLIS, hotGroupOf, readHotBlock, UnreadableBlock } from "./HotBlock.ts"
import {
  addUp,
  adjacent,
  bucketStart,
  concatenate,
  emptyRows,
  MINUTE_MILLIS,
  type RollupColumns,
  sliceRows
} from "./Rollups.ts"
import type { Gap, Minutes, TierPlace, TierRows } from "./TierReader.ts"

/** Groups of one statement: of a day some 3 MB. */
const GROUPS_AT_ONCE = 32
/** Rows for which there is room at once, until it is used up: some days of a series. */
const ROOM_ROWS = 8_192
const ROWS_OF_BLOCK = HOT_BLOCK_MILLIS / MINUTE_MILLIS
/** The clocks of the hubs and that of the database agree this well. */
const CLOCKS_MILLIS = 5 * MINUTE_MILLIS
/** What is known of the oldest table is forgotten after so long: tables go while nobody reads minutes, too. */
const KNOWN_MILLIS = MINUTE_MILLIS
/** Synchronous work between two turns of the event loop. */
const SLICE_MILLIS = 8

/** `sql` asks; several at once are fine. */
export const makeMinutes = (sql: PgClient.PgClient) => {
  let known = { from: Number.POSITIVE_INFINITY, atMillis: Number.NEGATIVE_INFINITY }

  const minutesFrom: Effect.Effect<number, StoreUnavailable> = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    if (now - known.atMillis < KNOWN_MILLIS && known.from < Number.POSITIVE_INFINITY) return known.from
    const [row] = yield* sql.unsafe<{ lower: number | null }>(`SELECT ${OLDEST_TABLE} AS lower`)
    known = { from: completeFrom(row?.lower ?? null), atMillis: now }
    return known.from
  }).pipe(unavailableOrDie)

  const minutes = Effect.fn("TierReader.minutes")(function* (places: ReadonlyArray<TierPlace>) {
    const groups = groupsOf(places)
    const found = places.map((): { parts: Array<RollupColumns>; gaps: Array<Gap> } => ({ parts: [], gaps: [] }))
    // A table that goes while this reads takes its rows with it: the newest of the bounds is true of all statements.
    let from = Number.NEGATIVE_INFINITY
    const room = makeRoom()
    const readGroups = Effect.fnUntraced(function* (some: ReadonlyArray<Group>) {
      const rows = yield* readBlocks(sql, some)
      from = rows.reduce((newest, { lower }) => Math.max(newest, completeFrom(lower)), from)
      let started = yield* Clock.currentTimeMillis
      for (const [group, blocks] of Map.groupBy(rows.filter(isBlock), (row) => row.group)) {
        for (const index of some[group - 1]!.indexes) {
          room.expect(blocks.length * ROWS_OF_BLOCK)
          for (const { hour, payload } of blocks) readPlace(places[index]!, hour, payload, found[index]!, room.take)
        }
        const now = yield* Clock.currentTimeMillis
        if (now - started < SLICE_MILLIS) continue
        yield* Effect.yieldNow
        started = now
      }
    })
    const chunks = Array.from({ length: Math.ceil(groups.length / GROUPS_AT_ONCE) }, (_, i) =>
      groups.slice(i * GROUPS_AT_ONCE, (i + 1) * GROUPS_AT_ONCE)
    )
    // While one is decoded, Postgres reads the next.
    yield* Effect.forEach(chunks, readGroups, { concurrency: 2, discard: true })
    if (groups.length > 0) known = { from, atMillis: yield* Clock.currentTimeMillis }
    const series = found.map(({ gaps, parts }, i): TierRows => ({ rows: rowsOf(places[i]!, parts, gaps), gaps }))
    for (const reason of new Set(series.flatMap(({ gaps }) => gaps.map((gap) => gap.reason)))) {
      yield* Effect.logError("a block of the hot tier is left out", reason)
    }
    return { completeFrom: from, series } satisfies Minutes
  }, unavailableOrDie)

  return { minutes, minutesFrom }
}

/** Columns cut from larger ones: those of one series, one behind the other, so that they need not be put together. */
const makeRoom = () => {
  let columns = emptyRows(0)
  let used = 0
  const expect = (rows: number): void => {
    if (used + rows <= columns.count) return
    columns = emptyRows(Math.max(rows, ROOM_ROWS))
    used = 0
  }
  const take = (rows: number): RollupColumns => {
    expect(rows)
    used += rows
    return sliceRows(columns, used - rows, used)
  }
  return { expect, take }
}

/** Places of which the rows are in the same blocks. */
interface Group {
  readonly partition: number
  readonly group: number
  readonly fromMillis: number
  readonly toMillis: number
  readonly indexes: ReadonlyArray<number>
}

const groupsOf = (places: ReadonlyArray<TierPlace>): ReadonlyArray<Group> => {
  const indexes = Map.groupBy(places.keys(), (i) => `${places[i]!.partition} ${hotGroupOf(places[i]!.series)}`)
  return [...indexes.values()].map((same) => ({
    partition: places[same[0]!]!.partition,
    group: hotGroupOf(places[same[0]!]!.series),
    fromMillis: bucketStart(Math.min(...same.map((i) => places[i]!.fromMillis)), HOT_BLOCK_MILLIS),
    toMillis: Math.max(...same.map((i) => places[i]!.toMillis)),
    indexes: same
  }))
}

interface BlockRow {
  /** Start of the oldest table there is, in seconds. */
  readonly lower: number | null
  /** From 1. The rest is null in a row for all groups that have no block. */
  readonly group: number
  readonly hour: number
  readonly payload: Uint8Array | null
}

/** The oldest table is looked for in the statement that reads: it has the rows of all that there are. */
const OLDEST_TABLE = `(SELECT min(substring(child.relname FROM '_([0-9]+)')::float8)
  FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = 'hot_block'::regclass)`

const isBlock = (row: BlockRow): row is BlockRow & { readonly payload: Uint8Array } => row.payload !== null

/** LATERAL with OFFSET: each group is looked up in the index, whatever the planner knows of tables that are new. */
const READ_BLOCKS = `
  SELECT oldest.lower, block.* FROM (SELECT ${OLDEST_TABLE} AS lower) AS oldest
  LEFT JOIN (
    SELECT wanted.ordinal::int AS "group", (extract(epoch FROM found.hour) * 1000)::float8 AS hour, found.payload
    FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS wanted(partition_id, series_group, from_millis, to_millis, ordinal),
    LATERAL (
      SELECT hour, payload FROM hot_block
      WHERE partition_id = wanted.partition_id AND series_group = wanted.series_group
        AND hour >= to_timestamp(wanted.from_millis / 1000) AND hour < to_timestamp(wanted.to_millis / 1000)
        AND moved_at >= to_timestamp($5::float8 / 1000)
      OFFSET 0
    ) AS found
  ) AS block ON true`

const readBlocks = (sql: PgClient.PgClient, groups: ReadonlyArray<Group>) =>
  sql.unsafe<BlockRow>(READ_BLOCKS, [
    ints(groups.map(({ partition }) => partition)),
    ints(groups.map(({ group }) => group)),
    float8s(groups.map(({ fromMillis }) => fromMillis)),
    float8s(groups.map(({ toMillis }) => toMillis)),
    movedFrom(Math.min(...groups.map(({ fromMillis }) => fromMillis)))
  ])

/** Rows of a time were moved at that time or later: in older tables there are none of them. */
const movedFrom = (fromMillis: number): number =>
  bucketStart(fromMillis - limits.futureMillis - CLOCKS_MILLIS, HOT_TABLE_SECONDS * 1_000)

/**
 * Rows are in the table of when they were moved, so after they arrived; and a point is at most so much newer than its
 * arrival.
 */
const completeFrom = (lowerSeconds: number | null): number =>
  lowerSeconds === null ? Number.POSITIVE_INFINITY : lowerSeconds * 1_000 + limits.futureMillis + CLOCKS_MILLIS

const readPlace = (
  { fromMillis, series, toMillis }: TierPlace,
  hour: number,
  payload: Uint8Array,
  into: { readonly parts: Array<RollupColumns>; readonly gaps: Array<Gap> },
  room: (rows: number) => RollupColumns
): void => {
  if (hour + HOT_BLOCK_MILLIS <= fromMillis || hour >= toMillis) return
  try {
    into.parts.push(readHotBlock(payload, series, room))
  } catch (error) {
    if (!(error instanceof UnreadableBlock)) throw error
    into.gaps.push({ fromMillis: hour, toMillis: hour + HOT_BLOCK_MILLIS, reason: error.message })
  }
}

/** The parts one after the other, where no minute is in two of them: mostly nothing has to be added up. */
const inOrder = (parts: ReadonlyArray<RollupColumns>): RollupColumns | null => {
  const filled = parts.filter(({ count }) => count > 0).toSorted((a, b) => a.starts[0]! - b.starts[0]!)
  const rows = adjacent(filled) ?? concatenate(filled)
  for (let i = 1; i < rows.count; i++) if (rows.starts[i]! <= rows.starts[i - 1]!) return null
  return rows
}

/** Those of the parts that are wanted, one for each minute. */
const rowsOf = (place: TierPlace, parts: ReadonlyArray<RollupColumns>, gaps: ReadonlyArray<Gap>): RollupColumns => {
  const isOut = (start: number) => gaps.some(({ fromMillis, toMillis }) => start >= fromMillis && start < toMillis)
  const readable = gaps.length === 0 ? parts : parts.filter(({ starts, count }) => count > 0 && !isOut(starts[0]!))
  const rows = inOrder(readable) ?? addUp(readable, MINUTE_MILLIS)
  let from = 0
  while (from < rows.count && rows.starts[from]! < place.fromMillis) from++
  let to = rows.count
  while (to > from && rows.starts[to - 1]! >= place.toMillis) to--
  return sliceRows(rows, from, to)
}

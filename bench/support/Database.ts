/** What is durable, as the database has it: the hub's own counters are not asked. */
import { PgClient } from "@effect/sql-pg"
import { Effect, type Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { decodeRecord } from "../../src/actors/partition/Record.ts"
import { BenchFailed } from "./BenchFailed.ts"

export const connect = (url: Redacted.Redacted) =>
  PgClient.make({ url, maxConnections: 4 }).pipe(Effect.provide(Reactivity.layer), Effect.mapError(asFailure))

export const asFailure = (error: { readonly message: string }) =>
  new BenchFailed({ message: `the database: ${error.message}` })

/** Points of the journal, and those up to the position that the hub says it has evaluated. */
export interface JournalCounts {
  readonly points: number
  readonly evaluated: number
  readonly commits: number
  /** No partition lacks a record. */
  readonly isWhole: boolean
}

/** `applied`: by partition, the position of the last evaluated record. */
export const countJournal = Effect.fnUntraced(function* (sql: PgClient.PgClient, applied: ReadonlyMap<number, number>) {
  let points = 0
  let evaluated = 0
  let isWhole = true
  for (const [partition, position] of applied) {
    const rows = yield* sql<HeadRow>`
      SELECT seq, substring(payload FROM 1 FOR ${HEAD_BYTES}) AS head, octet_length(payload) AS length
      FROM journal WHERE partition_id = ${partition} ORDER BY seq`
    let expected = 1
    for (const { seq, head, length } of rows) {
      const count = pointsOfHead(head, length) ?? (yield* pointsOfRecord(sql, partition, seq))
      points += count
      if (Number(seq) <= position) evaluated += count
      isWhole &&= Number(seq) === expected++
    }
  }
  const [row] = yield* sql<{ commits: bigint }>`SELECT count(DISTINCT flushed_at) AS commits FROM journal`
  return { points, evaluated, commits: Number(row!.commits), isWhole } satisfies JournalCounts as JournalCounts
}, Effect.mapError(asFailure))

/** Records as they were committed together, oldest first, until there are `points` of them. */
export interface JournalledCommit {
  readonly slices: ReadonlyArray<{ readonly partition: number; readonly seq: number; readonly record: Uint8Array }>
  readonly points: number
}

export const readCommits = Effect.fnUntraced(function* (sql: PgClient.PgClient, points: number) {
  const commits: Array<JournalledCommit> = []
  let left = points
  let after = "-infinity"
  while (left > 0) {
    const rows = yield* sql<RecordRow>`
      SELECT partition_id, seq, payload, flushed_at::text AS flushed_at FROM journal
      WHERE flushed_at = (SELECT min(flushed_at) FROM journal WHERE flushed_at > ${after}::timestamptz)
      ORDER BY partition_id`
    if (rows.length === 0) break
    after = rows[0]!.flushed_at
    const slices = rows.map((row) => ({
      partition: row.partition_id,
      seq: Number(row.seq),
      // A driver's buffer is part of a larger one, which must not be held for it.
      record: new Uint8Array(row.payload)
    }))
    const count = slices.reduce((sum, { record }) => sum + pointsIn(record), 0)
    if (count > 0 || commits.length === 0 || slices.length > 0) commits.push({ slices, points: count })
    left -= count
  }
  return commits
}, Effect.mapError(asFailure))

export const countRows = (sql: PgClient.PgClient, table: "violation" | "alert" | "incident" | "series") =>
  sql.unsafe<{ count: bigint }>(`SELECT count(*) AS count FROM ${table}`).pipe(
    Effect.map(([row]) => Number(row!.count)),
    Effect.mapError(asFailure)
  )

export const versionOf = (sql: PgClient.PgClient) =>
  Effect.map(sql<{ version: string }>`SHOW server_version`, ([row]) => {
    const shown = row as { readonly server_version?: string } | undefined
    return shown?.server_version ?? ""
  }).pipe(Effect.mapError(asFailure))

interface HeadRow {
  readonly seq: bigint
  readonly head: Uint8Array
  readonly length: number
}

interface RecordRow {
  readonly partition_id: number
  readonly seq: bigint
  readonly payload: Uint8Array
  readonly flushed_at: string
}

/** A record's header, and the entry header and first fields of its first entry (Record.ts). */
const HEAD_BYTES = 28
const ENTRY_AT = 8
const POINTS_KIND = 2

/** Points of a record that is nothing but one entry of points, from its head alone; null for others. */
const pointsOfHead = (head: Uint8Array, length: number): number | null => {
  if (head[ENTRY_AT] !== POINTS_KIND) return null
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const body = view.getUint32(ENTRY_AT + 4, true)
  const isOnly = ENTRY_AT + 8 + Math.ceil(body / 8) * 8 === length
  return isOnly ? view.getUint32(ENTRY_AT + 16, true) : null
}

const pointsOfRecord = (sql: PgClient.PgClient, partition: number, seq: bigint) =>
  Effect.map(
    sql<{ payload: Uint8Array }>`SELECT payload FROM journal WHERE partition_id = ${partition} AND seq = ${seq}`,
    ([row]) => pointsIn(row!.payload)
  )

const pointsIn = (record: Uint8Array): number =>
  decodeRecord(record).reduce((sum, entry) => sum + (entry._tag === "Points" ? entry.points.count : 0), 0)

/** The journal in Postgres. The schema and the fencing argument are in migrations/0001_journal.ts. */
import { PgClient, PgTypes } from "@effect/sql-pg"
import { Effect, Layer, Result } from "effect"
import { limits } from "../limits.ts"
import { Fenced, Journal, type Receipt, type Slice } from "./Journal.ts"
import { dropPastTable } from "./PastTables.ts"
import { inTime, orUnavailable } from "./PgErrors.ts"

/** Journal tables of 10 minutes: small enough that what is not needed any more goes soon, as a whole table. */
const JOURNAL_TABLE_MINUTES = 10
const RECEIPT_TABLE_HOURS = 6
const RECEIPT_SECONDS = limits.receiptMillis / 1_000

const APPEND = "SELECT append_journal($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS fenced"

export const JournalPg = Layer.effect(
  Journal,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient

    const roll = sql`SELECT
      roll_table('journal', make_interval(mins => ${JOURNAL_TABLE_MINUTES}), 3),
      roll_table('receipt', make_interval(hours => ${RECEIPT_TABLE_HOURS}), 2)`
    yield* roll

    return Journal.of({
      claim: Effect.fnUntraced(
        function* (partition) {
          const [row] = yield* sql<ClaimRow>`SELECT * FROM claim_partitions(ARRAY[${partition}]::int[])`
          const { epoch, applied_seq, tail } = row!
          return { partition, epoch: Number(epoch), appliedSeq: Number(applied_seq), tail: Number(tail) }
        },
        orUnavailable,
        inTime
      ),

      append: Effect.fnUntraced(
        function* (slices, receipts) {
          const [row] = yield* sql.unsafe<{ fenced: ReadonlyArray<number> }>(APPEND, [
            ...sliceParameters(slices),
            ...receiptParameters(receipts)
          ])
          if (row!.fenced.length > 0) return yield* new Fenced({ partitions: row!.fenced })
        },
        orUnavailable,
        inTime
      ),

      read: Effect.fnUntraced(function* (partition, afterSeq, limit) {
        const rows = yield* sql<{ seq: bigint; payload: Uint8Array }>`
          SELECT seq, payload FROM journal
          WHERE partition_id = ${partition} AND seq > ${afterSeq} ORDER BY seq LIMIT ${limit}`
        return rows.map((row) => ({ seq: Number(row.seq), record: row.payload }))
      }, orUnavailable),

      findReceipt: Effect.fnUntraced(function* (sender, sequence) {
        const [row] = yield* sql<ReceiptRow>`
          SELECT body_hash, accepted, rejected FROM receipt
          WHERE sender = ${sender} AND sequence = ${sequence}
            AND received_at > now() - make_interval(secs => ${RECEIPT_SECONDS})
          ORDER BY received_at LIMIT 1`
        if (row === undefined) return null
        return { sender, sequence, bodyHash: row.body_hash, accepted: row.accepted, rejected: row.rejected }
      }, orUnavailable),

      lastSequence: Effect.fnUntraced(function* (sender) {
        const [row] = yield* sql<{ last: bigint | null }>`
          SELECT max(sequence) AS last FROM receipt
          WHERE sender = ${sender} AND received_at > now() - make_interval(secs => ${RECEIPT_SECONDS})`
        return row?.last ?? null
      }, orUnavailable),

      maintain: Effect.fnUntraced(function* (safe) {
        yield* roll
        const expired = yield* sql<{ name: string }>`
          SELECT past_tables AS name
          FROM past_tables('receipt', make_interval(hours => ${RECEIPT_TABLE_HOURS}, secs => ${RECEIPT_SECONDS}))`
        for (const { name } of expired) yield* dropPastTable(sql, name)
        const past = yield* sql<{ name: string }>`
          SELECT past_tables AS name FROM past_tables('journal', make_interval(mins => ${JOURNAL_TABLE_MINUTES}))`
        const ids = ints(safe.map((position) => position.partition))
        const seqs = float8s(safe.map((position) => position.seq))
        for (const { name } of past) {
          const needed = yield* sql.unsafe<{ one: number }>(
            `SELECT 1 AS one FROM ${name} j LEFT JOIN unnest($1, $2) AS safe(id, seq) ON safe.id = j.partition_id
             WHERE j.seq > coalesce(safe.seq, -1) LIMIT 1`,
            [ids, seqs]
          )
          if (needed.length > 0) break
          // One after the other: a hole would look like damage to whoever reads it from its front.
          if (!(yield* dropPastTable(sql, name))) break
        }
      }, orUnavailable)
    })
  })
)

interface ClaimRow {
  readonly epoch: bigint
  readonly applied_seq: bigint
  readonly tail: bigint
}

interface ReceiptRow {
  readonly body_hash: bigint
  readonly accepted: number
  readonly rejected: string | null
}

const array = (values: ReadonlyArray<unknown>, oid: number) => Result.getOrThrow(PgTypes.array(values, oid))
export const ints = (values: ReadonlyArray<number>) => array(values, PgTypes.OID.int4)
export const float8s = (values: ReadonlyArray<number | null>) => array(values, PgTypes.OID.float8)
export const bigints = (values: ReadonlyArray<bigint>) => array(values, PgTypes.OID.int8)
export const texts = (values: ReadonlyArray<string | null>) => array(values, PgTypes.OID.text)

/** One behind the other: as they are where they lie so already. */
const joined = (records: ReadonlyArray<Uint8Array>): Uint8Array => {
  const first = records[0] ?? new Uint8Array()
  let end = first.byteOffset
  const isOne = records.every((record) => {
    const follows = record.buffer === first.buffer && record.byteOffset === end
    end += record.length
    return follows
  })
  if (!isOne) return Buffer.concat(records)
  return new Uint8Array(first.buffer, first.byteOffset, end - first.byteOffset)
}

const sliceParameters = (slices: ReadonlyArray<Slice>): ReadonlyArray<unknown> => {
  return [
    ints(slices.map((slice) => slice.partition)),
    bigints(slices.map((slice) => BigInt(slice.epoch))),
    bigints(slices.map((slice) => BigInt(slice.seq))),
    ints(slices.map((slice) => slice.record.length)),
    PgTypes.bytea(joined(slices.map((slice) => slice.record)))
  ]
}

const receiptParameters = (receipts: ReadonlyArray<Receipt>): ReadonlyArray<unknown> => [
  bigints(receipts.map((receipt) => receipt.sender)),
  bigints(receipts.map((receipt) => receipt.sequence)),
  bigints(receipts.map((receipt) => receipt.bodyHash)),
  ints(receipts.map((receipt) => receipt.accepted)),
  texts(receipts.map((receipt) => receipt.rejected))
]

import { crc32 } from "node:zlib"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer } from "effect"
import { Fenced } from "./Journal.ts"
import { bigints, ints } from "./JournalPg.ts"
import { orUnavailable } from "./PgErrors.ts"
import { type SnapshotKind, Snapshots } from "./Snapshots.ts"

/** Bytes of one stored piece: well below the driver's largest message, large enough to be few. */
const CHUNK_BYTES = 1024 * 1024
/**
 * A partition that has had no new snapshot for so long is idle: its older ones are not worth the journal behind them,
 * which would otherwise be kept, for all partitions, until it wakes up.
 */
const QUIET_MINUTES = 10
/** Kept of each kind: the newest, and two to fall back to. */
const KEPT = 3

export const SnapshotsPg = Layer.effect(
  Snapshots,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient

    const readBytes = Effect.fnUntraced(function* (partition: number, kind: SnapshotKind, header: HeaderRow) {
      const bytes = new Uint8Array(Number(header.byte_length))
      let offset = 0
      for (let ordinal = 0; offset < bytes.length; ordinal++) {
        const [chunk] = yield* sql<{ bytes: Uint8Array }>`
          SELECT bytes FROM snapshot_chunk
          WHERE partition_id = ${partition} AND kind = ${kind} AND seq = ${header.seq} AND ordinal = ${ordinal}`
        if (chunk === undefined || offset + chunk.bytes.length > bytes.length) return null
        bytes.set(chunk.bytes, offset)
        offset += chunk.bytes.length
      }
      return crc32(bytes) === Number(header.checksum) ? bytes : null
    })

    return Snapshots.of({
      save: Effect.fnUntraced(
        function* ({ partition, kind, seq, codecVersion, bytes }, epoch) {
          const [row] = yield* sql<{ fenced: ReadonlyArray<number> }>`
            SELECT fenced_partitions(${ints([partition])}, ${bigints([BigInt(epoch)])}) AS fenced`
          if (row!.fenced.length > 0) return yield* new Fenced({ partitions: row!.fenced })
          yield* sql`DELETE FROM snapshot WHERE partition_id = ${partition} AND kind = ${kind} AND seq = ${seq}`
          yield* sql`INSERT INTO snapshot (partition_id, kind, seq, epoch, codec_version, checksum, byte_length)
            VALUES (${partition}, ${kind}, ${seq}, ${epoch}, ${codecVersion}, ${crc32(bytes)}, ${bytes.length})`
          for (let ordinal = 0; ordinal * CHUNK_BYTES < bytes.length; ordinal++) {
            const chunk = bytes.subarray(ordinal * CHUNK_BYTES, (ordinal + 1) * CHUNK_BYTES)
            yield* sql`INSERT INTO snapshot_chunk (partition_id, kind, seq, ordinal, bytes)
              VALUES (${partition}, ${kind}, ${seq}, ${ordinal}, ${chunk})`
          }
          yield* sql`DELETE FROM snapshot WHERE partition_id = ${partition} AND kind = ${kind} AND seq NOT IN (
            SELECT seq FROM snapshot WHERE partition_id = ${partition} AND kind = ${kind}
            ORDER BY seq DESC LIMIT ${KEPT})`
        },
        sql.withTransaction,
        orUnavailable
      ),

      latest: Effect.fnUntraced(function* (partition, kind, codecVersion) {
        const headers = yield* sql<HeaderRow>`
          SELECT seq, codec_version, checksum, byte_length FROM snapshot
          WHERE partition_id = ${partition} AND kind = ${kind} ORDER BY seq DESC`
        for (const header of headers) {
          if (header.codec_version !== codecVersion) continue
          const bytes = yield* readBytes(partition, kind, header)
          if (bytes !== null) return { partition, kind, seq: Number(header.seq), codecVersion, bytes }
          yield* Effect.logError("damaged snapshot passed over", { partition, kind, seq: Number(header.seq) })
        }
        return null
      }, orUnavailable),

      positions: sql<PositionRow>`
        SELECT partition_id, kind, max(seq) AS newest,
          CASE WHEN max(created_at) < now() - make_interval(mins => ${QUIET_MINUTES}) THEN max(seq) ELSE min(seq) END
            AS oldest
        FROM snapshot GROUP BY partition_id, kind`.pipe(
        Effect.map((rows) =>
          rows.map((row) => ({
            partition: row.partition_id,
            kind: row.kind,
            newestSeq: Number(row.newest),
            oldestSeq: Number(row.oldest)
          }))
        ),
        orUnavailable
      )
    })
  })
)

interface HeaderRow {
  readonly seq: bigint
  readonly codec_version: number
  readonly checksum: bigint
  readonly byte_length: bigint
}

interface PositionRow {
  readonly partition_id: number
  readonly kind: SnapshotKind
  readonly newest: bigint
  readonly oldest: bigint
}

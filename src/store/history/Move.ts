/**
 * A move: records of the journal become rows of all tiers. Files are written first, where nobody sees them; then one
 * transaction, under the epochs of the partitions, makes files, blocks and positions visible together.
 */
import { PgClient } from "@effect/sql-pg"
import { Effect, Result } from "effect"
import { Fenced } from "../Journal.ts"
import { bigints, float8s, ints } from "../JournalPg.ts"
import { orUnavailable } from "../PgErrors.ts"
import type { DuckDbConnection } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { blocksOf } from "./HotBlocks.ts"
import { type Gathered, gather } from "./JournalReading.ts"
import { withoutArchived } from "./LatePoints.ts"
import { insertFiles, type TierFile } from "./Manifest.ts"
import { type PartitionRows, writeFiles } from "./MoveFiles.ts"
import { byteas, readPositions, stepPositions, type TierPosition } from "./Positions.ts"
import { databaseTime, makeVisible } from "./Publication.ts"
import { addUp, FIVE_MINUTES_MILLIS, MINUTE_MILLIS, type RollupColumns, rollUp } from "./Rollups.ts"
import { TierFaults } from "./TierFaults.ts"
import type { MoveReport, MoveRequest } from "./TierWriter.ts"

/** Points of one batch, about: some 60 MB of columns while it is made. */
const BATCH_POINTS = 500_000

interface Batch {
  readonly requests: ReadonlyArray<MoveRequest>
  readonly gathered: ReadonlyArray<Gathered>
}

/** One batch: as many partitions as it takes, the last of them perhaps only in part. */
export const move = Effect.fnUntraced(function* (
  duck: DuckDbConnection,
  requests: ReadonlyArray<MoveRequest>,
  batchPoints: number = BATCH_POINTS
) {
  const sql = yield* PgClient.PgClient
  const fault = yield* TierFaults
  yield* fault("move.before")
  const positions = yield* readPositions(
    sql,
    requests.map(({ partition }) => partition)
  )
  const moved = new Map(positions.map(({ partition, seq }) => [partition, seq]))
  const behind = requests.filter(({ partition, upTo }) => upTo > moved.get(partition)!)
  const { damaged, ...batch } = yield* gatherBatch(sql, positions, behind, batchPoints)
  const counts = batch.gathered.length === 0 ? NOTHING : yield* moveBatch(sql, duck, batch)
  for (const { points, to } of batch.gathered) moved.set(points.partition, to)
  return {
    ...counts,
    damaged,
    moved: Array.from(moved, ([partition, seq]) => ({ partition, seq }))
  } satisfies MoveReport
}, orUnavailable)

const NOTHING = { points: 0, late: 0, repeated: 0, room: null }

const gatherBatch = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  positions: ReadonlyArray<TierPosition>,
  requests: ReadonlyArray<MoveRequest>,
  batchPoints: number
) {
  const gathered: Array<Gathered> = []
  const taken: Array<MoveRequest> = []
  const damaged: Array<MoveReport["damaged"][number]> = []
  let weight = 0
  for (const request of requests) {
    if (weight >= batchPoints) break
    const position = positions.find(({ partition }) => partition === request.partition)!
    const part = yield* Effect.result(gather(sql, position, request.upTo, batchPoints - weight))
    if (Result.isSuccess(part)) {
      gathered.push(part.success)
      taken.push(request)
      weight += part.success.weight
    } else if (part.failure._tag === "DamagedJournal") {
      // The others go on without it.
      damaged.push({ partition: request.partition, message: part.failure.message })
    } else return yield* part.failure
  }
  return { requests: taken, gathered, damaged }
})

const moveBatch = Effect.fnUntraced(function* (
  sql: PgClient.PgClient,
  duck: DuckDbConnection,
  { gathered, requests }: Batch
) {
  const fault = yield* TierFaults
  const folder = yield* HistoryFolder
  const room = yield* folder.checkRoom
  const begunAt = yield* databaseTime(sql)
  const parts = yield* withoutArchived(
    sql,
    duck,
    gathered.map(({ points }) => ({ partition: points.partition, points: points.sorted() }))
  )
  const minutes = parts.map(({ points }) => rollUp(points, MINUTE_MILLIS))
  const rows = parts.map(
    ({ partition, points }, i): PartitionRows => ({
      partition,
      points,
      rollups: addUp([minutes[i]!], FIVE_MINUTES_MILLIS),
      controls: gathered[i]!.points.controls,
      newestArrivalMillis: maximum(points.arrivals, points.count)
    })
  )
  const hasRows = rows.some(({ controls, points }) => points.count > 0 || controls.length > 0)
  const files = hasRows ? yield* writeFiles(sql, duck, rows) : []
  yield* fault("move.files")
  yield* commit(sql, { requests, gathered, files, minutes, begunAt })
  yield* fault("move.after")
  const points = rows.reduce((sum, part) => sum + part.points.count, 0)
  return {
    points,
    late: rows.reduce((sum, part) => sum + part.points.late.reduce((late, one) => late + one, 0), 0),
    repeated: gathered.reduce((sum, part) => sum + part.points.count, 0) - points,
    room
  }
})

interface Written extends Batch {
  readonly files: ReadonlyArray<TierFile>
  /** One-minute rows, by part. */
  readonly minutes: ReadonlyArray<RollupColumns>
  /** When the first of the files was begun, in seconds of the database's clock. */
  readonly begunAt: number
}

const commit = (sql: PgClient.PgClient, { begunAt, files, gathered, minutes, requests }: Written) => {
  const statements = Effect.gen(function* () {
    const ids = ints(requests.map(({ partition }) => partition))
    const epochs = bigints(requests.map(({ epoch }) => BigInt(epoch)))
    const [row] = yield* sql<{ fenced: ReadonlyArray<number> }>`SELECT fenced_partitions(${ids}, ${epochs}) AS fenced`
    if (row!.fenced.length > 0) return yield* new Fenced({ partitions: row!.fenced })
    yield* insertFiles(sql, files)
    for (const [i, { points }] of gathered.entries()) yield* insertBlocks(sql, points.partition, minutes[i]!)
    const steps = gathered.map(({ from, points, to }) => {
      const { newest, partition } = points
      return { partition, from, to, newest }
    })
    yield* stepPositions(sql, steps)
    yield* (yield* TierFaults)("move.statements")
  })
  return makeVisible(sql, begunAt, statements)
}

const insertBlocks = (sql: PgClient.PgClient, partition: number, minutes: RollupColumns) => {
  const blocks = blocksOf(minutes)
  if (blocks.length === 0) return Effect.void
  return sql`INSERT INTO hot_block (partition_id, series_group, hour, payload)
    SELECT ${partition}, series_group, to_timestamp(hour / 1000), payload
    FROM unnest(
      ${ints(blocks.map(({ group }) => group))},
      ${float8s(blocks.map(({ hourMillis }) => hourMillis))},
      ${byteas(blocks.map(({ payload }) => payload))}
    ) AS block(series_group, hour, payload)`
}

const maximum = (values: Float64Array, count: number): number => {
  let most = 0
  for (let i = 0; i < count; i++) if (values[i]! > most) most = values[i]!
  return most
}

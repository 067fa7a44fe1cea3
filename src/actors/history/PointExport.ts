/** All points of series at the finest resolution that is kept, as a stream in bounded memory. */
import { Context, Effect, Fiber, Layer, type Scope, Semaphore, Stream } from "effect"
import { limits, PARTITIONS } from "../../limits.ts"
import type { ExportLine } from "../../schema/Export.ts"
import {
  type ExportRange,
  type ExportSelection,
  type ExportSeries,
  ExportStore,
  type WindowCounts
} from "../../store/export/ExportStore.ts"
import { DAY_MILLIS } from "../../store/history/Manifest.ts"
import { bucketStart, emptyRows, FIVE_MINUTES_MILLIS } from "../../store/history/Rollups.ts"
import { TierReader, type TierRows } from "../../store/history/TierReader.ts"
import type { HistoryFailed } from "../../store/history/TierWriter.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import { Partitions, Unavailable } from "../partition/Partitions.ts"
import { alignUp } from "./Buckets.ts"
import { type ExportWindow, missingLine, rowLines, within } from "./ExportLines.ts"
import { finestOf, lacksPoints } from "./Finest.ts"
import { OnDemandMoves } from "./OnDemandMoves.ts"

export interface ExportRequest extends ExportSelection, ExportWindow {}

type Failure = StoreUnavailable | HistoryFailed

/** Their five-minute rows of so long are in memory at once: half a million at most. */
const RANGE_MILLIS = 30 * DAY_MILLIS

export class PointExport extends Context.Service<
  PointExport,
  {
    /** Unavailable where too many exports run already: each runs until its scope closes. */
    readonly lines: (
      request: ExportRequest
    ) => Effect.Effect<Stream.Stream<ExportLine, Failure>, StoreUnavailable | Unavailable, Scope.Scope>
  }
>()("lumina/actors/PointExport") {
  static readonly layer = Layer.effect(
    PointExport,
    Effect.gen(function* () {
      const store = yield* ExportStore
      const partitions = yield* Partitions
      const readPiece = makeReadPiece(store, yield* TierReader)
      const moves = new OnDemandMoves(partitions, yield* Effect.scope)
      const room = yield* Semaphore.make(limits.exportsAtOnce)
      const admitted = Effect.acquireRelease(
        Effect.flatMap(room.takeIfAvailable(1), (isFree) => (isFree ? Effect.void : busy)),
        () => room.release(1)
      )

      /** What a batch has in a range. */
      const rangeLines = (request: ExportRequest, batch: ReadonlyArray<ExportSeries>, range: ExportRange) =>
        Stream.unwrap(
          Effect.gen(function* () {
            const cold = yield* store.fiveMinutes(request.workspaceNumber, batch, range)
            const counts = yield* store.rawCounts(request.workspaceNumber, batch, range)
            const ofPiece = (piece: Piece) =>
              Effect.map(readPiece(request, batch, cold, piece), (lines) =>
                Stream.fromIterable(lines, { chunkSize: 1 })
              )
            return Stream.flatMap(Stream.fromIterable(piecesOf(range, counts)), (piece) =>
              Stream.unwrap(ofPiece(piece))
            )
          })
        )

      /** All lines but the first and the last. */
      const linesOf = Effect.fnUntraced(function* (request: ExportRequest, moved: Fiber.Fiber<Unmoved>) {
        const unmoved = yield* Effect.timeoutOrElse(Fiber.join(moved), {
          duration: limits.exportMoveMillis,
          orElse: () => Effect.succeed(STILL_MOVING)
        })
        const ranges = rangesOf(request, yield* store.extent(request.workspaceNumber))
        const ofBatch = (batch: ReadonlyArray<ExportSeries>) =>
          Stream.concat(
            Stream.fromIterable(unmovedLines(batch, unmoved)),
            Stream.flatMap(Stream.fromIterable(ranges), (range) => rangeLines(request, batch, range))
          )
        return Stream.flatMap(store.series(request, limits.exportSeries), ofBatch)
      })

      return PointExport.of({
        lines: Effect.fn("PointExport.lines")(function* (request) {
          yield* admitted
          // The tiers alone are read, so all there is must be in them. Mostly that is soon so; where it takes long, who
          // reads has an answer meanwhile, and names of labels are at least as new as what was acknowledged before.
          const moved = yield* Effect.forkScoped(moves.moveNow(ALL))
          yield* Effect.timeoutOption(Fiber.join(moved), limits.historyMoveMillis)
          const labelNames = yield* store.labelNames(request)
          const totals = { points: 0, rollups: 0, missing: 0 }
          return Stream.make<[ExportLine]>({ type: "start", labelNames }).pipe(
            Stream.concat(
              Stream.unwrap(linesOf(request, moved)).pipe(Stream.tap((line) => Effect.sync(() => count(totals, line))))
            ),
            Stream.concat(Stream.sync((): ExportLine => ({ type: "end", ...totals })))
          )
        })
      })
    })
  )
}

type Unmoved = ReadonlyMap<number, string>

const ALL = Array.from({ length: PARTITIONS }, (_, id) => id)

const STILL_MOVING: Unmoved = new Map(ALL.map((id) => [id, "it is still being moved"]))

const busy = new Unavailable({ message: "other exports are running", retryAfterMillis: 10 * limits.retryAfterMillis })

const count = (totals: { points: number; rollups: number; missing: number }, line: ExportLine) => {
  if (line.type === "points") totals.points += line.points.length
  if (line.type === "rollups") totals.rollups += line.rows.length
  if (line.type === "missing") totals.missing++
}

/** What is asked for and there at all, in ranges of whole windows. */
const rangesOf = ({ fromMillis, toMillis }: ExportWindow, extent: ExportRange | null): ReadonlyArray<ExportRange> => {
  if (extent === null) return []
  const first = Math.max(bucketStart(fromMillis ?? extent.fromMillis, FIVE_MINUTES_MILLIS), extent.fromMillis)
  const end = Math.min(alignUp(toMillis ?? extent.toMillis, FIVE_MINUTES_MILLIS), extent.toMillis)
  return Array.from({ length: Math.max(Math.ceil((end - first) / RANGE_MILLIS), 0) }, (_, i) => ({
    fromMillis: first + i * RANGE_MILLIS,
    toMillis: Math.min(first + (i + 1) * RANGE_MILLIS, end)
  }))
}

interface Piece extends ExportRange {
  readonly points: number
}

/** Ranges of so few raw points that they may be in memory. */
const piecesOf = ({ fromMillis, toMillis }: ExportRange, { counts, starts }: WindowCounts): ReadonlyArray<Piece> => {
  const pieces: Array<Piece> = []
  let from = fromMillis
  let points = 0
  for (const [i, start] of starts.entries()) {
    if (points > 0 && points + counts[i]! > limits.exportPoints) {
      pieces.push({ fromMillis: from, toMillis: start, points })
      from = start
      points = 0
    }
    points += counts[i]!
  }
  return [...pieces, { fromMillis: from, toMillis, points }]
}

/** What the batch has in a piece, as lines. */
const makeReadPiece = (store: ExportStore["Service"], tiers: TierReader["Service"]) =>
  Effect.fnUntraced(function* (
    request: ExportRequest,
    batch: ReadonlyArray<ExportSeries>,
    cold: ReadonlyArray<TierRows>,
    piece: Piece
  ) {
    const { points, ...range } = piece
    const raw = points === 0 ? batch.map(() => emptyRows(0)) : yield* store.raw(request.workspaceNumber, batch, range)
    const kept = batch.map((_, i) => ({ raw: raw[i]!, fiveMinutes: within(cold[i]!.rows, range) }))
    const lacking = batch.flatMap(({ partition, series }, i) =>
      lacksPoints(kept[i]!) ? [{ index: i, place: { partition, series, ...range } }] : []
    )
    const found = lacking.length === 0 ? null : yield* tiers.minutes(lacking.map(({ place }) => place))
    const minutes = new Map(lacking.map(({ index }, i) => [index, found!.series[i]!.rows]))
    return (function* (): Generator<ExportLine> {
      for (const [i, { labels, metric }] of batch.entries()) {
        const rows = finestOf({ ...kept[i]!, minutes: minutes.get(i) ?? null })
        const gaps = cold[i]!.gaps.flatMap((gap) => missingLine(gap, range, request))
        const lines = [...gaps, ...rowLines(rows, request)]
        if (lines.length > 0) yield { type: "series", metric, labels }
        yield* lines
      }
    })()
  })

/** Of series whose newest points are not in the tiers, and cannot be brought there. */
const unmovedLines = function* (batch: ReadonlyArray<ExportSeries>, unmoved: Unmoved): Generator<ExportLine> {
  for (const { labels, metric, partition } of batch) {
    const reason = unmoved.get(partition)
    if (reason === undefined) continue
    yield { type: "series", metric, labels }
    yield { type: "missing", from: null, to: null, reason: `what came last is not in the history yet: ${reason}` }
  }
}

/** History of series over all tiers (H5): who is asked for what, and how much of it. */
import { Clock, Context, Effect, Layer, Semaphore } from "effect"
import { limits } from "../../limits.ts"
import { type Invalid, invalid } from "../../schema/Errors.ts"
import type { HistoryRequest } from "../../schema/History.ts"
import { emptyRows, MINUTE_MILLIS } from "../../store/history/Rollups.ts"
import { type TierPlace, TierReader, type TierRows } from "../../store/history/TierReader.ts"
import type { HistoryFailed } from "../../store/history/TierWriter.ts"
import type { StoreUnavailable } from "../../store/Journal.ts"
import type { RawPoints, SeriesPlace } from "../partition/Partitions.ts"
import { Partitions } from "../partition/Partitions.ts"
import { alignUp, RESOLUTION_MILLIS, readTo, STEPS, stepOver } from "./Buckets.ts"
import { OnDemandMoves } from "./OnDemandMoves.ts"
import { type Seams, type SeriesHistory, type SeriesReads, seamsOf, seriesHistory } from "./SeriesHistory.ts"

/** Synchronous work between two turns of the event loop. */
const SLICE_MILLIS = 8

const FIVE_MINUTES = RESOLUTION_MILLIS["5m"]

export class HistoryReader extends Context.Service<
  HistoryReader,
  {
    /** History of series of one workspace, in the same order. */
    readonly read: (
      workspaceNumber: number,
      series: ReadonlyArray<SeriesPlace>,
      request: HistoryRequest
    ) => Effect.Effect<ReadonlyArray<SeriesHistory>, Invalid | StoreUnavailable>
  }
>()("lumina/actors/HistoryReader") {
  static readonly layer = Layer.effect(
    HistoryReader,
    Effect.gen(function* () {
      const partitions = yield* Partitions
      const tiers = yield* TierReader
      const move = yield* makeMove(partitions)
      const room = yield* Semaphore.make(limits.historyRowsAtOnce)

      return HistoryReader.of({
        read: Effect.fn("HistoryReader.read")(function* (workspaceNumber, series, request) {
          const until = readTo(request, limits.historyPoints)
          const places = series.map(({ partition, series }) => ({ partition, series, from: request.fromMillis }))
          const raw = yield* partitions.readRaw(places, until)
          const plan = yield* makePlan(tiers, workspaceNumber, raw, request, until)
          const unmoved = yield* move(raw, plan.seams)
          const reads = yield* room.withPermits(plan.rows)(readTiers(tiers, workspaceNumber, raw, request, plan))
          return yield* answer(reads, unmoved, request, plan.width)
        })
      })
    })
  )
}

interface Plan {
  readonly seams: ReadonlyArray<Seams>
  /** From when on minutes are read. */
  readonly minutesFrom: number
  /** Width of the cold tier's buckets as they are read. */
  readonly width: number
  /** Rows to be read, at most. */
  readonly rows: number
}

/** Minutes in a window of five. */
const MINUTES = FIVE_MINUTES / MINUTE_MILLIS

const makePlan = Effect.fnUntraced(function* (
  tiers: TierReader["Service"],
  workspaceNumber: number,
  raw: ReadonlyArray<RawPoints>,
  request: HistoryRequest,
  until: number
) {
  const onlyRaw = raw.map((one) => seamsOf(one, request, until, 0))
  if (onlyRaw.every(isRaw)) return { seams: onlyRaw, minutesFrom: 0, width: FIVE_MINUTES, rows: 0 } satisfies Plan
  const kept = yield* tiers.minutesFrom
  const byMinutes = raw.map((one) => seamsOf(one, request, until, kept))
  const minutes = rowsOf(byMinutes, ({ minutesFrom, rawFrom }) => (rawFrom - minutesFrom) / MINUTE_MILLIS)
  // So many that five minutes must do.
  const minutesFrom = minutes <= limits.historyRows ? kept : Number.POSITIVE_INFINITY
  const seams = minutes <= limits.historyRows ? byMinutes : raw.map((one) => seamsOf(one, request, until, minutesFrom))
  const oldest = (yield* tiers.oldest(workspaceNumber)) ?? Number.POSITIVE_INFINITY
  const windows = rowsOf(seams, (one) => Math.max(one.minutesFrom - Math.max(one.fromMillis, oldest), 0) / FIVE_MINUTES)
  if (windows > limits.historyScannedRows)
    return yield* tooMuch("from", windows, "take a shorter range, or fewer series")
  const width = widthOf(windows, request.stepMillis)
  const rows = windows / (width / FIVE_MINUTES)
  if (rows > limits.historyRows) return yield* tooMuch("step", rows, "take a longer step, or fewer series")
  const newer = Math.min(minutes, limits.historyRows)
  const fine = MINUTES * finestWindows(request, width, windows, raw.length)
  const older = Math.min(fine, limits.historyRows)
  return { seams, minutesFrom, width, rows: Math.ceil(Math.min(rows + newer + older, limits.historyRowsAtOnce)) }
})

/** Windows of old times that may be read by minutes, where an import has brought them to the hot tier: see `isFine`. */
const finestWindows = (request: HistoryRequest, width: number, windows: number, series: number): number => {
  if (width > FIVE_MINUTES) return 0
  if (request.stepMillis === null) return Math.min(windows, series * limits.historyPoints)
  return request.stepMillis % FIVE_MINUTES === 0 ? 0 : windows
}

/** Whether a series has few enough five-minute windows to be shown by minutes. */
const isFine = (request: HistoryRequest, width: number, windows: number): boolean =>
  windows > 0 && windows <= finestWindows(request, width, windows, 1)

const isRaw = ({ fromMillis, rawFrom }: Seams): boolean => rawFrom <= fromMillis

const rowsOf = (seams: ReadonlyArray<Seams>, rows: (seams: Seams) => number): number =>
  seams.reduce((sum, one) => sum + Math.max(rows(one), 0), 0)

/** As fine as the bound of rows allows: where it does not allow five minutes, no answer would be that fine. */
const widthOf = (windows: number, stepMillis: number | null): number => {
  if (windows <= limits.historyRows) return FIVE_MINUTES
  if (stepMillis !== null) return stepOver("5m", stepMillis)
  const suits = (step: number) => step >= FIVE_MINUTES && windows / (step / FIVE_MINUTES) <= limits.historyRows
  return STEPS.find(suits) ?? STEPS.at(-1)!
}

const tooMuch = (field: string, rows: number, advice: string) =>
  invalid([{ field, reason: `asks for up to ${Math.ceil(rows)} rows of the history, which is too much: ${advice}` }])

/**
 * Sees to it that the tiers have what the RAM tier no longer has. Answers for each series why they have not, or null.
 */
const makeMove = Effect.fnUntraced(function* (partitions: Partitions["Service"]) {
  const moves = new OnDemandMoves(partitions, yield* Effect.scope)
  const movedAt = new Map<number, number>()
  return Effect.fnUntraced(function* (raw: ReadonlyArray<RawPoints>, seams: ReadonlyArray<Seams>) {
    const isWaiting = raw.map((one, i) => {
      if (isRaw(seams[i]!)) return false
      // The last bucket that the tiers are asked for may end behind the seam.
      const end = alignUp(seams[i]!.rawFrom, FIVE_MINUTES)
      return one.missing !== null || (one.untieredFrom !== null && one.untieredFrom < end)
    })
    const now = yield* Clock.currentTimeMillis
    const wanted = new Set(raw.flatMap(({ partition }, i) => (isWaiting[i] ? [partition] : [])))
    for (const id of wanted)
      if (now - (movedAt.get(id) ?? Number.NEGATIVE_INFINITY) < limits.historyMovedMillis) wanted.delete(id)
    if (wanted.size === 0) return raw.map(() => null)
    const failures = yield* Effect.timeoutOrElse(moves.moveNow([...wanted]), {
      duration: limits.historyMoveMillis,
      orElse: () => Effect.succeed(new Map([...wanted].map((id) => [id, STILL_MOVING])))
    })
    for (const id of wanted) if (!failures.has(id)) movedAt.set(id, now)
    return raw.map(({ partition }, i) => (isWaiting[i] ? (failures.get(partition) ?? null) : null))
  })
})

const STILL_MOVING = "points of this time are still being moved into the history"

type Reads = ReadonlyArray<Omit<SeriesReads, "unmoved">>

const readTiers = Effect.fnUntraced(function* (
  tiers: TierReader["Service"],
  workspaceNumber: number,
  raw: ReadonlyArray<RawPoints>,
  request: HistoryRequest,
  plan: Plan
) {
  const until = plan.seams[0]?.toMillis ?? 0
  const newer = placesOf(raw, plan.seams, ({ minutesFrom, rawFrom }) => [minutesFrom, rawFrom])
  const minutes = yield* readPlaces(newer, tiers.minutes)
  // Since the plan was made more of the hot tier may have gone.
  const minutesFrom = Math.max(minutes.answer?.completeFrom ?? 0, plan.minutesFrom)
  const seams = raw.map((one) => seamsOf(one, request, until, minutesFrom))
  const older = placesOf(raw, seams, (one) => [one.fromMillis, one.minutesFrom])
  const cold = yield* readPlaces(older, (places) =>
    Effect.map(
      Effect.catchTag(tiers.fiveMinutes(workspaceNumber, places, plan.width), "HistoryFailed", (error) =>
        Effect.as(Effect.logError("files of the history cannot be read", error), places.map(notReadable(error)))
      ),
      (series) => ({ series })
    )
  )
  // Minutes of old times. Where they would be too many, five minutes must do.
  const windowsOf = ({ index }: IndexedPlace) => cold.series.get(index)?.rows.count ?? 0
  const fine = older.filter((one) => isFine(request, plan.width, windowsOf(one)))
  const rows = fine.reduce((sum, one) => sum + MINUTES * windowsOf(one), 0)
  const imported = yield* readPlaces(rows <= limits.historyRows ? fine : [], tiers.minutes)
  return raw.map((one, index) => ({
    raw: one,
    seams: seams[index]!,
    fiveMinutes: cold.series.get(index) ?? null,
    minutes: minutes.series.get(index) ?? null,
    oldMinutes: imported.series.get(index) ?? null
  })) satisfies Reads
})

/** The rest is served. */
const notReadable =
  ({ message }: HistoryFailed) =>
  ({ fromMillis, toMillis }: TierPlace): TierRows => ({
    rows: emptyRows(0),
    gaps: [{ fromMillis, toMillis, reason: `the history cannot be read just now: ${message}` }]
  })

interface IndexedPlace {
  readonly index: number
  readonly place: TierPlace
}

/** Those places of which a range is wanted that is not empty. */
const placesOf = (
  raw: ReadonlyArray<RawPoints>,
  seams: ReadonlyArray<Seams>,
  range: (seams: Seams) => readonly [from: number, to: number]
): ReadonlyArray<IndexedPlace> =>
  raw.flatMap(({ partition, series }, index) => {
    const [fromMillis, toMillis] = range(seams[index]!)
    return fromMillis < toMillis ? [{ index, place: { partition, series, fromMillis, toMillis } }] : []
  })

const readPlaces = <A extends { readonly series: ReadonlyArray<TierRows> }, E>(
  places: ReadonlyArray<IndexedPlace>,
  read: (places: ReadonlyArray<TierPlace>) => Effect.Effect<A, E>
) =>
  Effect.map(places.length === 0 ? Effect.succeed(null) : read(places.map(({ place }) => place)), (answer) => ({
    answer,
    series: new Map(places.map(({ index }, i) => [index, answer!.series[i]!]))
  }))

/** Puts it all together, with a turn of the event loop now and then. */
const answer = Effect.fnUntraced(function* (
  reads: Reads,
  unmoved: ReadonlyArray<string | null>,
  request: HistoryRequest,
  width: number
) {
  const histories: Array<SeriesHistory> = []
  const finest = width > FIVE_MINUTES ? alignUp(width, FIVE_MINUTES) : 1
  let started = yield* Clock.currentTimeMillis
  for (const [i, read] of reads.entries()) {
    histories.push(seriesHistory({ ...read, unmoved: unmoved[i]! }, request, limits.historyPoints, finest))
    const now = yield* Clock.currentTimeMillis
    if (now - started < SLICE_MILLIS) continue
    yield* Effect.yieldNow
    started = now
  }
  return histories
})

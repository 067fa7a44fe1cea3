/**
 * Claim: 24 h of one series are answered in 30 ms, of a hundred series in 150 ms, 30 days of one in 150 ms (99 of a
 * hundred questions), with 20,000 series stored; a point every 30 s takes at most 1.5 B in the cold tier. The tiers are
 * loaded by their writer's functions; then a hub is started on them and asked over HTTP, one question after the other.
 * `--seconds N` loads N/2 days instead of 30.
 */
import { join } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { Clock, Effect, Layer } from "effect"
import { LuminaConfig } from "../src/config.ts"
import type { HistoryAnswer, HistorySeries } from "../src/schema/History.ts"
import { DuckDb } from "../src/store/history/DuckDb.ts"
import { HistoryFolder } from "../src/store/history/HistoryFolder.ts"
import { hostOf, labelsOf, METRIC, SENSORS_PER_HOST } from "./load/Plan.ts"
import { asFailure, connect, versionOf } from "./support/Database.ts"
import { ask, complaints, dataFolder, type Hub, startHub } from "./support/Hub.ts"
import type { Options } from "./support/Options.ts"
import { quantile } from "./support/Quantile.ts"
import type { Outcome } from "./support/Report.ts"
import { blocksFloor, monthFloor } from "./support/TierFloors.ts"
import { loadDays } from "./support/TierLoading.ts"
import { declareSeries, Places, sizes, tiersOn } from "./support/Tiers.ts"

const SERIES = 20_000
const DAYS = 30
const MINUTE_MILLIS = 60_000
const DAY_MILLIS = 86_400_000
const QUESTIONS = { day: 300, hundred: 100, month: 100 }
/** Before the figures are taken. */
const WARM_UP = 10

export const run = Effect.fnUntraced(function* (options: Options) {
  const folder = yield* dataFolder
  const places = new Places(options.series ?? SERIES)
  const days = Math.min(DAYS, Math.max(1, Math.round(options.seconds / 2)))
  const to = Math.floor((yield* Clock.currentTimeMillis) / (5 * MINUTE_MILLIS)) * 5 * MINUTE_MILLIS
  const loaded = yield* load(places, days, to).pipe(Effect.provide(tiersOn(folder)), Effect.mapError(asFailure))

  const hub = yield* startHub(folder, options)
  const sql = yield* connect(hub.databaseUrl)
  const ofOne = (i: number) => labelsOf((i * 7_919) % places.series)
  const ofHost = (i: number) => ({
    host: hostOf(((i * 37) % Math.floor(places.series / SENSORS_PER_HOST)) * SENSORS_PER_HOST)
  })
  const day = yield* askAll(hub, QUESTIONS.day, ofOne, to - DAY_MILLIS, to)
  const hundred = yield* askAll(hub, QUESTIONS.hundred, ofHost, to - DAY_MILLIS, to)
  const month = yield* askAll(hub, QUESTIONS.month, ofOne, to - days * DAY_MILLIS, to)

  const one = { partition: places.partitions[0]!, series: places.locals[0]! }
  const files = yield* sql<{ path: string }>`SELECT path FROM tier_file WHERE tier = 'rollup-5m' AND state = 'live'
    AND ${one.partition} BETWEEN first_partition AND last_partition`.pipe(Effect.mapError(asFailure))
  const floors = {
    blocksOfOneDayMillis: yield* Effect.mapError(blocksFloor(sql, places), asFailure),
    duckDbMonthMillis: yield* monthFloor(
      files.map(({ path }) => join(folder, "history", path)),
      one.partition,
      one.series
    )
  }
  return {
    bench: "history",
    figures: [
      figure("oneSeriesDayP99Millis", day.millis, 30, ["blocksOfOneDayMillis"]),
      figure("hundredSeriesDayP99Millis", hundred.millis, 150, ["blocksOfOneDayMillis"]),
      figure("oneSeriesMonthP99Millis", month.millis, 150, ["duckDbMonthMillis"]),
      { name: "coldBytesPerPoint", value: loaded.cold / loaded.points, target: 1.5, isBetter: "lower" }
    ],
    floors,
    counts: {
      series: places.series,
      days,
      "points represented": loaded.points,
      "hot bytes per minute and series": loaded.hot / ((places.series * DAY_MILLIS) / MINUTE_MILLIS),
      "live files": loaded.files,
      "points of an answer: a day": day.points,
      "points of an answer: a hundred series": hundred.points,
      "points of an answer: a month": month.points
    },
    valid: [day, hundred, month].every(({ isWhole }) => isWhole),
    notes: complaints(folder),
    postgres: yield* versionOf(sql)
  } satisfies Outcome as Outcome
})

const load = Effect.fnUntraced(function* (places: Places, days: number, to: number) {
  const { dataDir, historyDir } = yield* LuminaConfig
  yield* declareSeries(places)
  const duck = DuckDb.layer({ threads: 1, memoryMebibytes: 512, temporaryFolder: join(dataDir, "temporary") })
  const points = yield* Effect.gen(function* () {
    return yield* loadDays(yield* (yield* DuckDb).connect, places, days, to)
  }).pipe(Effect.provide(Layer.mergeAll(duck, HistoryFolder.layer(historyDir, 0))), Effect.scoped)
  const sql = yield* PgClient.PgClient
  yield* sql`ANALYZE`
  return { points, ...(yield* sizes) }
})

interface Asked {
  /** Of each question, sorted. */
  readonly millis: Float64Array
  /** Of one answer. */
  readonly points: number
  /** No answer lacked anything. */
  readonly isWhole: boolean
}

/** Asks so many questions, one after the other, of which the first are practice. */
const askAll = Effect.fnUntraced(function* (
  hub: Hub,
  count: number,
  labelsAt: (question: number) => Readonly<Record<string, string>>,
  from: number,
  to: number
) {
  const millis = new Float64Array(count)
  let points = 0
  let isWhole = true
  for (let i = -WARM_UP; i < count; i++) {
    const labels = labelsAt(i + WARM_UP)
    const query = new URLSearchParams({ metric: METRIC, labels: JSON.stringify(labels), from: `${from}`, to: `${to}` })
    const start = performance.now()
    const text = yield* ask(hub, "GET", `/api/history?${query}`)
    if (i >= 0) millis[i] = performance.now() - start
    const { series } = JSON.parse(text) as HistoryAnswer
    points = series.reduce((sum, one) => sum + one.points.length, 0)
    isWhole &&=
      series.length === ("sensor" in labels ? 1 : SENSORS_PER_HOST) && series.every((one) => hasAll(one, from, to))
  }
  return { millis: millis.sort(), points, isWhole } satisfies Asked as Asked
})

/** Buckets from the first to the last, with no more between two than the coarsest tier leaves. */
const hasAll = ({ points, spans }: HistorySeries, from: number, to: number): boolean => {
  const [first, second] = points
  if (spans.some(({ missing }) => missing !== undefined) || first === undefined || second === undefined) return false
  const most = Math.max(second[0] - first[0], 5 * MINUTE_MILLIS)
  const times = [from, ...points.map(([time]) => time), to]
  return times.every((time, i) => i === 0 || time - times[i - 1]! <= most)
}

const figure = (name: string, millis: Float64Array, target: number, floors: ReadonlyArray<string>) => ({
  name,
  value: quantile(millis, 0.99),
  target,
  isBetter: "lower" as const,
  floors
})

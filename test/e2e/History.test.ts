/** H1–H5 on the real program: recorded series come back as the rollups of their files, whichever tier has them. */
import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { assert, it } from "@effect/vitest"
import { Console, Effect } from "effect"
import { ask, dataFolder, end, startHub } from "./HubProcess.ts"

const SAMPLES = process.env.LUMINA_SAMPLES ?? join(import.meta.dirname, "..", "..", "..", "shared", "data")
const NAB = join(SAMPLES, "nab", "data")
const NEZHA = join(SAMPLES, "nezha")
const NEZHA_COLUMNS = ["CpuUsageRate(%)", "MemoryUsage(Mi)", "NetworkReceiveBytes"]

/** All series take minutes: some of them, which have every kind of file, unless all are asked for. */
const EVERY = process.env.LUMINA_LONG === "1" ? 1 : 16

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** A step, and what the tiers answer it in where points are too old for the RAM tier. */
const STEPS = [
  [MINUTE, "1m"],
  [7 * MINUTE, "1m"],
  [5 * MINUTE, "5m"],
  [HOUR, "5m"]
] as const

interface Recorded {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  /** In the order of the file. */
  readonly points: ReadonlyArray<readonly [timestamp: number, value: number]>
}

const filesIn = (folder: string, pattern: RegExp): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => pattern.test(name))
    .sort()

const linesOf = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trimEnd().split(","))

const nab = (): ReadonlyArray<Recorded> =>
  filesIn(NAB, /\.csv$/).map((file) => ({
    metric: "nab.value",
    labels: { file },
    points: linesOf(readFileSync(join(NAB, file), "utf8"))
      .slice(1)
      .map(([time, value]) => [Date.parse(`${time!.replace(" ", "T")}Z`), Number(value)] as const)
  }))

const nezha = (): ReadonlyArray<Recorded> =>
  filesIn(NEZHA, /-.*_metric\.csv\.gz$/).flatMap((file) => {
    const [header, ...rows] = linesOf(gunzipSync(readFileSync(join(NEZHA, file))).toString("utf8"))
    const at = (column: string) => header!.indexOf(column)
    return NEZHA_COLUMNS.map((metric) => ({
      metric,
      labels: { pod: rows[0]![at("PodName")]! },
      points: rows.flatMap((row) => {
        const [date, time] = row[at("Time")]!.split(" ")
        const value = row[at(metric)]
        if (value === undefined || value === "" || !Number.isFinite(Number(value))) return []
        return [[Date.parse(`${date}T${time!.slice(0, 12)}Z`), Number(value)] as const]
      })
    }))
  })

const isTaxi = ({ labels }: Recorded): boolean => labels.file?.endsWith("nyc_taxi.csv") === true

/** The first value of a timestamp counts (I4), in order of time. */
const firstOf = ({ points }: Recorded) => {
  const first = new Map<number, number>()
  for (const [timestamp, value] of points) if (!first.has(timestamp)) first.set(timestamp, value)
  return [...first].sort(([a], [b]) => a - b)
}

type Bucket = readonly [start: number, min: number, avg: number, max: number]

const rollupsOf = (points: ReadonlyArray<readonly [number, number]>, step: number): ReadonlyArray<Bucket> =>
  [...Map.groupBy(points, ([timestamp]) => timestamp - (timestamp % step))].map(([start, some]) => {
    const values = some.map(([, value]) => value)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    return [start, Math.min(...values), mean, Math.max(...values)]
  })

/** Times, minima and maxima are exact; a mean is as good as a sum of doubles is. */
const isSame = (a: Bucket | undefined, b: Bucket | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a[0] === b[0] &&
  a[1] === b[1] &&
  a[3] === b[3] &&
  Math.abs(a[2] - b[2]) <= 1e-12 * Math.max(1, Math.abs(b[2]))

/** Many thousand at a time: only the first that differs is compared as a value. */
const assertBuckets = (answered: ReadonlyArray<Bucket>, expected: ReadonlyArray<Bucket>, about: string) => {
  const length = Math.max(answered.length, expected.length)
  for (let i = 0; i < length; i++) {
    if (!isSame(answered[i], expected[i])) assert.deepStrictEqual(answered[i], expected[i], `${about}, bucket ${i}`)
  }
}

const push = Effect.fnUntraced(function* (url: string, series: ReadonlyArray<Recorded>) {
  const points = series.flatMap(({ labels, metric, points }) =>
    points.map(([timestamp, value]) => ({ metric, timestamp, value, labels }))
  )
  for (let at = 0; at < points.length; at += 10_000) {
    const some = points.slice(at, at + 10_000)
    const answer = yield* ask(url, "POST", "/v1/metrics", { points: some })
    assert.deepStrictEqual(answer, { status: 202, body: { accepted: some.length, rejected: [] } })
  }
})

interface Span {
  readonly from: string
  readonly to: string
  readonly resolution: string
  readonly missing?: string
}

interface Answered {
  readonly labels: Recorded["labels"]
  readonly spans: ReadonlyArray<Span>
  readonly points: ReadonlyArray<Bucket>
}

/** What was just pushed may be on its way into the tiers for longer than an answer waits for it, and says so. */
const STILL_MOVING = /still being moved/

const history = (url: string, one: Recorded, from: number, to: number, step?: number) =>
  historyNow(url, one, from, to, step).pipe(
    // Of a hub that has much to do: a series is found when its facts are stored.
    Effect.repeat({
      while: (answered) => answered?.spans.some(({ missing = "" }) => STILL_MOVING.test(missing)) !== false
    }),
    Effect.map((answered) => answered!),
    Effect.timeout("60 seconds")
  )

const historyNow = Effect.fnUntraced(function* (url: string, one: Recorded, from: number, to: number, step?: number) {
  const labels = encodeURIComponent(JSON.stringify(one.labels))
  const metric = encodeURIComponent(one.metric)
  const query = `metric=${metric}&labels=${labels}&from=${from}&to=${to}${step === undefined ? "" : `&step=${step}`}`
  const { body, status } = yield* ask(url, "GET", `/api/history?${query}`)
  assert.strictEqual(status, 200, JSON.stringify(body))
  const [answered] = body.series as ReadonlyArray<Answered>
  assert.isAtMost(body.series.length, 1)
  return answered ?? null
})

const check = Effect.fnUntraced(function* (url: string, series: ReadonlyArray<Recorded>, steps = STEPS.slice()) {
  for (const one of series) {
    const points = firstOf(one)
    if (points.length === 0) continue
    const [from, to] = [points[0]![0] - 2 * HOUR, points.at(-1)![0] + 1]
    for (const [step, resolution] of steps) {
      const { points: answered, spans } = yield* history(url, one, from, to, step)
      assertBuckets(answered, rollupsOf(points, step), `${one.metric} ${JSON.stringify(one.labels)} by ${step}`)
      assert.deepStrictEqual(
        [...new Set(spans.map((span) => span.resolution))].filter((name) => name !== "raw"),
        [resolution]
      )
      assert.isTrue(spans.every(({ missing }) => missing === undefined))
    }
    const recent = points.filter(([timestamp]) => timestamp > to - 14 * MINUTE)
    const raw = yield* history(url, one, to - 14 * MINUTE, to)
    assert.deepStrictEqual(
      raw.points,
      recent.map(([timestamp, value]) => [timestamp, value, value, value])
    )
  }
})

/** Truncates the file of the cold tier that has this day, and asks: that day is missing, the others are there. */
const checkDamaged = Effect.fnUntraced(function* (url: string, folder: string, one: Recorded) {
  const points = firstOf(one)
  const day = (timestamp: number) => new Date(timestamp).toISOString().slice(0, 10)
  const lost = day(points[Math.floor(points.length / 2)]![0])
  const cold = join(folder, "history", "rollup-5m", "workspace=default", `day=${lost}`)
  const files = filesIn(cold, /\.parquet$/)
  assert.isNotEmpty(files)
  for (const file of files) truncateSync(join(cold, file), 100)
  const [from, to] = [points[0]![0] - 2 * HOUR, points.at(-1)![0] + 1]
  for (let i = 0; i < 2; i++) {
    const { points: answered, spans } = yield* history(url, one, from, to, HOUR)
    const kept = points.filter(([timestamp]) => day(timestamp) !== lost)
    assertBuckets(answered, rollupsOf(kept, HOUR), "without the day")
    const missing = spans.filter((span) => span.missing !== undefined)
    assert.deepStrictEqual([...new Set(missing.map((span) => day(Date.parse(span.from))))], [lost])
    for (const span of missing) assert.include(span.missing, `rollup-5m/workspace=default/day=${lost}/`)
  }
  const { body } = yield* ask(url, "GET", "/api/system")
  const unreadable = body.installation.history.unreadable as ReadonlyArray<{ readonly path: string }>
  assert.isNotEmpty(unreadable)
  for (const { path } of unreadable) assert.include(path, `/day=${lost}/`)
})

it.live(
  "H5: nab and nezha come back as rollups of their files, across tiers, a crash, and the same points again",
  () =>
    Effect.gen(function* () {
      if (!existsSync(NAB) || !existsSync(NEZHA)) {
        return yield* Console.log(`SKIPPED: no recorded series at ${SAMPLES}; set LUMINA_SAMPLES`)
      }
      const all = [...nab(), ...nezha()]
      assert.isAbove(all.length, 190)
      const series = all.filter((one, i) => i % EVERY === 0 || isTaxi(one))
      const folder = yield* dataFolder
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { child, url } = yield* startHub(folder)
          yield* push(url, series)
          yield* check(url, series)
          yield* end(child, "SIGKILL")
        })
      )
      const { url } = yield* startHub(folder)
      yield* push(url, series)
      yield* check(url, series, [STEPS[0], STEPS[3]])
      yield* checkDamaged(url, folder, series.find(isTaxi)!)
    }).pipe(Effect.scoped),
  300_000
)

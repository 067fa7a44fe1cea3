/** Recorded series with their own times come back as the rollups of their files, the first value of each timestamp. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import { assert, it, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FIVE_MINUTES_MILLIS, MINUTE_MILLIS } from "../../../src/store/history/Rollups.ts"
import { modelRows, type Point, type Row } from "./points.ts"
import { coldRows, hotRows, Partition, type PartitionRow, query, Tiers } from "./tiers.ts"

const SAMPLES = process.env.LUMINA_SAMPLES ?? join(import.meta.dirname, "..", "..", "..", "..", "shared", "data")
const NAB = join(SAMPLES, "nab", "data")
const NEZHA = join(SAMPLES, "nezha", "online-boutique-2022-08-22", "metric")
const NEZHA_METRICS = ["CpuUsageRate(%)", "MemoryUsage(Mi)", "NetworkReceiveBytes"]

/** All series take a minute: some of them, unless all are asked for. */
const EVERY = process.env.LUMINA_LONG === "1" ? 1 : 4

interface Recorded {
  readonly name: string
  /** In the order of the file. */
  readonly points: ReadonlyArray<readonly [timestamp: number, value: number]>
}

const cellsOf = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(","))

const nab = (): ReadonlyArray<Recorded> =>
  readdirSync(NAB, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".csv"))
    .sort()
    .map((name) => {
      const [, ...rows] = cellsOf(readFileSync(join(NAB, name), "utf8"))
      const points = rows.map(([time, value]) => [Date.parse(`${time!.replace(" ", "T")}Z`), Number(value)] as const)
      return { name, points }
    })

const nezha = (): ReadonlyArray<Recorded> =>
  readdirSync(NEZHA)
    .filter((name) => name.endsWith("_metric.csv.gz"))
    .sort()
    .flatMap((file) => {
      const [header, ...rows] = cellsOf(gunzipSync(readFileSync(join(NEZHA, file))).toString("utf8"))
      return NEZHA_METRICS.map((metric) => {
        const column = header!.indexOf(metric)
        const points = rows.map((row) => {
          const time = `${row[0]!.slice(0, 10)}T${row[0]!.slice(11, 23)}Z`
          return [Date.parse(time), Number(row[column])] as const
        })
        return { name: `${file} ${metric}`, points }
      })
    })

/** Pushes all series, a few hundred points of each at a time; every `moveEvery` pushes they are moved. */
const push = Effect.fnUntraced(function* (partition: Partition, series: ReadonlyArray<Recorded>, moveEvery: number) {
  let pushes = 0
  for (const [id, { points }] of series.entries()) {
    for (let from = 0; from < points.length; from += 400) {
      const some = points.slice(from, from + 400).map(([time, value]): Point => [id, time, value])
      yield* partition.push(some, Date.UTC(2026, 10, 21))
      if (++pushes % moveEvery === 0) yield* partition.move
    }
  }
  yield* partition.move
})

const declared = Effect.fnUntraced(function* (id: number, series: ReadonlyArray<Recorded>) {
  const partition = new Partition(id)
  yield* partition.claim
  yield* partition.declare(series.map(({ name }) => ({ workspaceNumber: 1, metric: "recorded", labels: { name } })))
  return partition
})

/** What must be in a tier: buckets of the first value of each timestamp. */
const expected = (series: ReadonlyArray<Recorded>, widthMillis: number): ReadonlyArray<Row> =>
  modelRows(
    series.flatMap(({ points }, id) => {
      const first = new Map<number, number>()
      for (const [time, value] of points) if (!first.has(time)) first.set(time, value)
      return [...first].map(([time, value]): Point => [id, time, value])
    }),
    widthMillis
  )

/** Sums of recorded doubles are rounded, here and there. Many rows: only those that differ are shown. */
const agrees = (tier: ReadonlyArray<PartitionRow>, model: ReadonlyArray<Row>) => {
  assert.strictEqual(tier.length, model.length)
  for (const [i, [, ...row]] of tier.entries()) {
    const isSame = row.every((value, column) => {
      const wanted = model[i]![column]!
      return value === wanted || (column === 4 && Math.abs(value - wanted) <= Math.abs(wanted) * 1e-12)
    })
    if (!isSame) assert.deepStrictEqual(row, [...model[i]!])
  }
}

const totals = query<{ points: number; sum: number }>(
  "rollup-5m",
  (files) => `SELECT sum(count)::DOUBLE AS points, fsum(sum) AS sum FROM ${files}`
)
const rawCount = query<{ points: number }>("raw", (files) => `SELECT count(*)::DOUBLE AS points FROM ${files}`)

if (existsSync(SAMPLES)) {
  layer(Layer.fresh(Tiers))("recorded series: nab", (it) => {
    it.effect(
      "H2 H3: come back as rollups of their files",
      () =>
        Effect.gen(function* () {
          const all = nab()
          assert.lengthOf(all, 31)
          const series = all.filter((_, i) => i % EVERY === 0)
          yield* push(yield* declared(1, series), series, 300)
          agrees(yield* hotRows, expected(series, MINUTE_MILLIS))
          agrees(yield* coldRows, expected(series, FIVE_MINUTES_MILLIS))
        }),
      120_000
    )
  })

  layer(Layer.fresh(Tiers))("recorded series: nezha", (it) => {
    it.effect(
      "I4: a day that is pushed twice, in other batches, changes nothing",
      () =>
        Effect.gen(function* () {
          const all = nezha()
          assert.lengthOf(all, 30)
          const series = all.filter((_, i) => i % EVERY === 0)
          const partition = yield* declared(1, series)
          yield* push(partition, series, 7)
          const before = { cold: yield* coldRows, hot: yield* hotRows, totals: yield* totals, raw: yield* rawCount }
          agrees(before.hot, expected(series, MINUTE_MILLIS))
          agrees(before.cold, expected(series, FIVE_MINUTES_MILLIS))
          yield* push(
            partition,
            series.map(({ name, points }) => ({ name, points: points.slice(0, 777) })),
            3
          )
          yield* push(partition, series, 1_000)
          const after = { cold: yield* coldRows, hot: yield* hotRows, totals: yield* totals, raw: yield* rawCount }
          assert.deepStrictEqual(after, before)
        }),
      120_000
    )
  })
} else {
  it.skip(`SKIPPED: no recorded series at ${SAMPLES}; set LUMINA_SAMPLES`, () => {})
}

/** The tiers' reader on a real Postgres and a real DuckDB: rows of whatever was moved, and gaps for what is lost. */
import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import {
  bucketStart,
  FIVE_MINUTES_MILLIS,
  MINUTE_MILLIS,
  type RollupColumns
} from "../../../src/store/history/Rollups.ts"
import { TierReader, type TierRows } from "../../../src/store/history/TierReader.ts"
import { TierReaderLive } from "../../../src/store/history/TierReaderLive.ts"
import { TierWriter } from "../../../src/store/history/TierWriter.ts"
import { modelRows, type Point } from "./points.ts"
import { livePaths, makeWorkspaces, Partition, Tiers } from "./tiers.ts"

const DAY = Date.UTC(2026, 10, 21)
const HOUR = 3_600_000
const Reader = Layer.provideMerge(TierReaderLive, Tiers)
const EVER = { fromMillis: 0, toMillis: DAY + 365 * 24 * HOUR }

/** Start, min, max, sum, count: what the reader answers of a row. */
const shown = ({ count, counts, maxs, mins, starts, sums }: RollupColumns) =>
  Array.from({ length: count }, (_, i) => [starts[i], mins[i], maxs[i], sums[i], counts[i]])

const expected = (points: ReadonlyArray<Point>, series: number, width: number, from = 0, to = EVER.toMillis) =>
  modelRows(
    points.filter((point) => point[0] === series),
    width
  )
    .filter(([, start]) => start >= from && start < to)
    .map(([, start, min, max, sum, count]) => [start, min, max, sum, count])

const declared = Effect.fnUntraced(function* (id: number, workspaceNumbers: ReadonlyArray<number>) {
  const partition = new Partition(id)
  yield* partition.claim
  yield* partition.declare(
    workspaceNumbers.map((workspaceNumber, i) => ({ workspaceNumber, metric: `m${i}`, labels: {} }))
  )
  return partition
})

/** Every series has a point each ten seconds from `start` on. */
const pointsFrom = (start: number, count: number, series: ReadonlyArray<number>): ReadonlyArray<Point> =>
  series.flatMap((one) =>
    Array.from({ length: count }, (_, i): Point => [one, start + i * 10_000, ((i * 7 + one * 3) % 113) / 8])
  )

layer(Layer.fresh(Reader), { timeout: 60_000 })("the tiers' reader", (it) => {
  it.effect("adds up what moves, late points and merges have left, for any range; of one workspace (K8)", () =>
    Effect.gen(function* () {
      yield* makeWorkspaces
      const reader = yield* TierReader
      const writer = yield* TierWriter
      const all = new Map<number, ReadonlyArray<Point>>()
      for (const id of [3, 90]) {
        // Three groups of series, of two workspaces.
        const partition = yield* declared(
          id,
          Array.from({ length: 20 }, (_, i) => 1 + (i % 2))
        )
        const late = pointsFrom(DAY - 26 * HOUR + 5_000, 30, [0, 9])
        const moves = [0, 1, 2, 3, 4].map((i) => pointsFrom(DAY - 5_000_000 + i * 1_234_000, 123, [0, 1, 2, 9, 17]))
        for (const [i, points] of [...moves, late].entries()) {
          yield* partition.push(points, DAY + i)
          yield* partition.move
        }
        all.set(id, [...moves, late].flat())
      }
      const check = Effect.fnUntraced(function* () {
        for (const [from, to] of [
          [0, EVER.toMillis],
          [DAY - 4_000_000, DAY],
          [DAY - 4_000_000 + 1, DAY - 3_999_999],
          [DAY - 27 * HOUR, DAY - 25 * HOUR]
        ] as const) {
          // 1 is of the other workspace, 4 has no points, 19 is in a group that has none.
          const places = [3, 90].flatMap((partition) =>
            [0, 2, 4, 17, 19, 9].map((series) => ({ partition, series, fromMillis: from, toMillis: to }))
          )
          const minutes = yield* reader.minutes(places)
          assert.deepStrictEqual(
            minutes.series.map(({ rows }) => shown(rows)),
            places.map(({ partition, series }) => expected(all.get(partition)!, series, MINUTE_MILLIS, from, to))
          )
          const own = places.filter(({ series }) => series % 2 === 0)
          for (const width of [FIVE_MINUTES_MILLIS, HOUR]) {
            const cold = yield* reader.fiveMinutes(1, own, width)
            assert.deepStrictEqual(
              cold.map(({ rows }) => shown(rows)),
              own.map(({ partition, series }) => {
                const inside = all.get(partition)!.filter(([, time]) => {
                  const start = bucketStart(time, FIVE_MINUTES_MILLIS)
                  return start >= from && start < to
                })
                return expected(inside, series, width)
              })
            )
          }
        }
        // Each place its own range, also where rows are added up further.
        const halves = [DAY - 5_000_000, DAY - 3_600_000].map((fromMillis, i) => ({
          ...{ partition: 3, series: 2 * i, fromMillis, toMillis: fromMillis + 1_800_000 }
        }))
        for (const width of [FIVE_MINUTES_MILLIS, HOUR]) {
          const found = yield* reader.fiveMinutes(1, halves, width)
          const counts = halves.map(({ fromMillis, series, toMillis }) => {
            const rows = expected(all.get(3)!, series, FIVE_MINUTES_MILLIS, fromMillis, toMillis)
            return rows.reduce((sum, row) => sum + row[4]!, 0)
          })
          assert.isAbove(Math.min(...counts), 0)
          assert.deepStrictEqual(
            found.map(({ rows }) => rows.counts.reduce((sum, one) => sum + one, 0)),
            counts
          )
        }
        for (const half of halves) {
          const [alone] = yield* reader.fiveMinutes(1, [half], FIVE_MINUTES_MILLIS)
          const rows = expected(all.get(3)!, half.series, FIVE_MINUTES_MILLIS, half.fromMillis, half.toMillis)
          assert.deepStrictEqual(shown(alone!.rows), rows)
        }
        const other = yield* reader.fiveMinutes(2, [{ partition: 3, series: 0, ...EVER }], FIVE_MINUTES_MILLIS)
        assert.strictEqual(other[0]!.rows.count, 0)
      })
      yield* check()
      assert.strictEqual(yield* reader.oldest(1), bucketStart(DAY - 26 * HOUR, FIVE_MINUTES_MILLIS))
      assert.isNull(yield* reader.oldest(7))
      const before = yield* livePaths("rollup-5m")
      while ((yield* writer.compact) > 0) assert.isBelow((yield* livePaths("rollup-5m")).length, before.length)
      yield* check()
    })
  )

  it.effect("says from when on the hot tier is whole: not what was moved long ago", () =>
    Effect.gen(function* () {
      const reader = yield* TierReader
      const sql = yield* PgClient.PgClient
      const [table] = yield* sql<{ lower: number }>`
        SELECT min(substring(relname FROM '_([0-9]+)')::float8) AS lower FROM pg_class
        WHERE relname ~ '^hot_block_[0-9]+$'`
      const from = table!.lower * 1_000 + 600_000
      assert.strictEqual(yield* reader.minutesFrom, from)
      const { completeFrom } = yield* reader.minutes([{ partition: 3, series: 0, ...EVER }])
      assert.strictEqual(completeFrom, from)
      yield* sql.unsafe(`DROP TABLE hot_block_${table!.lower}`)
      const after = yield* reader.minutes([{ partition: 3, series: 0, ...EVER }])
      assert.strictEqual(after.completeFrom, from + HOUR)
      assert.strictEqual(yield* reader.minutesFrom, from + HOUR)
      // Where nobody reads minutes, it is known a minute later.
      yield* sql.unsafe(`DROP TABLE hot_block_${table!.lower + HOUR / 1_000}`)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* reader.minutesFrom, from + HOUR)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* reader.minutesFrom, from + 2 * HOUR)
    })
  )
})

layer(Layer.fresh(Reader), { timeout: 60_000 })("files that cannot be read", (it) => {
  const damages: ReadonlyArray<readonly [what: string, damage: (path: string) => void]> = [
    ["missing", (path) => rmSync(path)],
    ["truncated", (path) => truncateSync(path, 1_000)],
    ["cut to nothing", (path) => truncateSync(path, 0)],
    [
      "replaced by something else of its size",
      (path) => writeFileSync(path, Buffer.alloc(readFileSync(path).length, 7))
    ],
    [
      "damaged inside, where its footer does not tell",
      (path) => {
        const bytes = readFileSync(path)
        writeFileSync(path, bytes.fill(0xff, 4, Math.max(bytes.length - 4_096, 2_000)))
      }
    ]
  ]

  it.effect.each(damages)("%s: quarantined, a gap that says why, and the rest is served", ([what, damage]) =>
    Effect.gen(function* () {
      const reader = yield* TierReader
      const sql = yield* PgClient.PgClient
      yield* sql`TRUNCATE tier_file, tier_position, series, journal`
      const workspaces = yield* sql`SELECT FROM workspace`
      if (workspaces.length === 0) yield* makeWorkspaces
      const partition = yield* declared(
        5,
        Array.from({ length: 40 }, () => 1)
      )
      const other = yield* declared(6, [1])
      const series = Array.from({ length: 40 }, (_, i) => i)
      const first = pointsFrom(DAY + HOUR, 400, series)
      const next = pointsFrom(DAY + 25 * HOUR, 100, series)
      // Also of the first day, and added up with it.
      const last = pointsFrom(DAY + HOUR + 4_001_000, 10, series)
      const elsewhere = pointsFrom(DAY + HOUR, 50, [0])
      yield* partition.push(first, DAY)
      yield* partition.move
      const [broken] = yield* livePaths("rollup-5m")
      for (const points of [next, last]) {
        yield* partition.push(points, DAY)
        yield* partition.move
      }
      yield* other.push(elsewhere, DAY)
      yield* other.move

      damage(broken!)
      const places = [
        { partition: 5, series: 7, ...EVER },
        { partition: 6, series: 0, ...EVER }
      ]
      const check = ([own, rest]: ReadonlyArray<TierRows>) => {
        assert.deepStrictEqual(shown(own!.rows), [
          ...expected(last, 7, FIVE_MINUTES_MILLIS).slice(1),
          ...expected(next, 7, FIVE_MINUTES_MILLIS)
        ])
        assert.deepStrictEqual(
          own!.gaps.map(({ fromMillis, toMillis }) => [fromMillis, toMillis]),
          [[DAY + HOUR, DAY + HOUR + 14 * FIVE_MINUTES_MILLIS]]
        )
        assert.match(
          own!.gaps[0]!.reason,
          /^the file rollup-5m\/workspace=default\/day=2026-11-21\/.* cannot be read: /
        )
        assert.deepStrictEqual(shown(rest!.rows), expected(elsewhere, 0, FIVE_MINUTES_MILLIS))
        assert.deepStrictEqual(rest!.gaps, [])
      }
      check(yield* reader.fiveMinutes(1, places, FIVE_MINUTES_MILLIS))
      const states = yield* sql<{ state: string; path: string }>`SELECT state, path FROM tier_file
        WHERE state <> 'live'`
      assert.strictEqual(states.length, 1, what)
      assert.deepStrictEqual([states[0]!.state, broken!.endsWith(states[0]!.path)], ["quarantined", true])
      check(yield* reader.fiveMinutes(1, places, FIVE_MINUTES_MILLIS))
      const [listed] = yield* reader.unreadable
      assert.deepInclude(listed, { tier: "rollup-5m", path: states[0]!.path })
    })
  )
})

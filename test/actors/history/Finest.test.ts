/** Every point is told of once, by the finest that is kept of its time. */
import { assert, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { type FinestRows, finestOf, lacksPoints } from "../../../src/actors/history/Finest.ts"
import {
  bucketStart,
  FIVE_MINUTES_MILLIS,
  MINUTE_MILLIS,
  type RollupColumns,
  rollUp
} from "../../../src/store/history/Rollups.ts"
import { rowsOf, sortedPoints } from "../../store/history/points.ts"

const T0 = Date.UTC(2026, 0, 5)

/** Rows of points at these seconds after T0, those of whole windows left out. */
const rollups = (seconds: ReadonlyArray<number>, width: number, without: ReadonlySet<number> = new Set()) =>
  rollUp(
    sortedPoints(
      seconds
        .filter((second) => !without.has(windowOf(second)))
        .map((second) => [0, T0 + second * 1_000, second] as const)
    ),
    width
  )

const windowOf = (second: number): number => bucketStart(second * 1_000, FIVE_MINUTES_MILLIS)

const shown = (found: ReadonlyArray<FinestRows>) =>
  found.map(({ resolution, rows }) => [resolution, rowsOf(rows).map(([, start]) => (start - T0) / 1_000)])

const count = (rows: RollupColumns): number => rowsOf(rows).reduce((sum, row) => sum + row[5], 0)

it("raw points where all of them are kept, else minutes, else five minutes", () => {
  const seconds = [10, 20, 310, 320, 620, 630, 910]
  const found = finestOf({
    raw: rollups(seconds, 1, new Set([windowOf(310), windowOf(620)])),
    minutes: rollups(seconds, MINUTE_MILLIS, new Set([windowOf(620)])),
    fiveMinutes: rollups(seconds, FIVE_MINUTES_MILLIS)
  })
  assert.deepStrictEqual(shown(found), [
    ["raw", [10, 20]],
    ["1m", [300]],
    ["5m", [600]],
    ["raw", [910]]
  ])
})

it("a window of which one point is missing is told of by its rollup, not by the points that are left", () => {
  const fiveMinutes = rollups([10, 20, 310], FIVE_MINUTES_MILLIS)
  const raw = rollups([10, 310], 1)
  assert.isTrue(lacksPoints({ raw, fiveMinutes }))
  assert.deepStrictEqual(shown(finestOf({ raw, fiveMinutes, minutes: null })), [
    ["5m", [0]],
    ["raw", [310]]
  ])
})

it("points are there although their rollup is not: it was kept for a shorter time", () => {
  const raw = rollups([10, 310], 1)
  const fiveMinutes = rollups([310], FIVE_MINUTES_MILLIS)
  assert.isFalse(lacksPoints({ raw, fiveMinutes }))
  assert.deepStrictEqual(shown(finestOf({ raw, fiveMinutes, minutes: null })), [["raw", [10, 310]]])
})

const upTo = (maximum: number) =>
  Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))))
/** Two hours, which have 24 windows. */
const Seconds = upTo(7_199)
const Windows = upTo(23)

it.prop(
  "whatever is gone of the finer tiers, the numbers of points add up to those that there are",
  [Seconds, Windows, Windows],
  ([drawn, goneRaw, goneMinutes]) => {
    const seconds = [...new Set(drawn)]
    const gone = (windows: ReadonlyArray<number>) => new Set(windows.map((window) => window * FIVE_MINUTES_MILLIS))
    const fiveMinutes = rollups(seconds, FIVE_MINUTES_MILLIS)
    const found = finestOf({
      raw: rollups(seconds, 1, gone(goneRaw)),
      minutes: rollups(seconds, MINUTE_MILLIS, gone(goneMinutes)),
      fiveMinutes
    })
    assert.strictEqual(
      found.reduce((sum, { rows }) => sum + count(rows), 0),
      seconds.length
    )
    const starts = found.flatMap(({ rows }) => rowsOf(rows).map(([, start]) => start))
    assert.deepStrictEqual(
      starts,
      starts.toSorted((a, b) => a - b)
    )
    for (const { resolution, rows } of found) {
      for (const [, start] of rowsOf(rows)) {
        const window = bucketStart(start, FIVE_MINUTES_MILLIS) - T0
        const expected = !gone(goneRaw).has(window) ? "raw" : gone(goneMinutes).has(window) ? "5m" : "1m"
        assert.strictEqual(resolution, expected)
      }
    }
  }
)

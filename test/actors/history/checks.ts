/** What every answer must be, whatever it was read from. */
import { assert } from "@effect/vitest"
import type { HistoryRequest } from "../../../src/schema/History.ts"
import type { Point } from "../../store/history/points.ts"
import { modelBuckets } from "./ModelTiers.ts"

const MINUTE = 60_000

/** They cover the question, one after the other, and nothing is missing. */
export const checkSpans = (
  spans: ReadonlyArray<{ readonly from: number; readonly to: number; readonly missing?: string }>,
  { fromMillis, toMillis }: HistoryRequest
) => {
  assert.strictEqual(spans[0]?.from, fromMillis)
  assert.strictEqual(spans.at(-1)?.to, toMillis)
  for (let i = 1; i < spans.length; i++) assert.strictEqual(spans[i]!.from, spans[i - 1]!.to)
  for (const { missing } of spans) assert.isUndefined(missing)
}

/**
 * Of a step that all tiers can tell apart, the answer is exactly that of the points. Of any step, each point in the
 * range is counted once, in a bucket that has it by the step of its span, and times rise.
 */
export const checkBuckets = (
  rows: ReadonlyArray<readonly [start: number, min: number, max: number, sum: number, count: number]>,
  points: ReadonlyArray<Point>,
  spans: ReadonlyArray<{ readonly from: number; readonly to: number; readonly resolution: "raw" | "1m" | "5m" }>,
  { fromMillis, stepMillis, toMillis }: HistoryRequest
) => {
  for (let i = 1; i < rows.length; i++) assert.isBelow(rows[i - 1]![0], rows[i]![0])
  if (stepMillis === null) assert.isAtMost(rows.length, 1_000)
  const isOne = new Set(spans.map(({ resolution }) => resolution)).size === 1
  const resolution = { raw: 1, "1m": MINUTE, "5m": 5 * MINUTE }[spans[0]!.resolution]
  if (stepMillis !== null && (isOne || stepMillis % (5 * MINUTE) === 0)) {
    const width = Math.ceil(stepMillis / resolution) * resolution
    const expected = modelBuckets(points, isOne ? width : stepMillis).filter(
      ([start]) => start >= fromMillis && start < toMillis
    )
    assert.deepStrictEqual(rows, expected)
  }
  const total = rows.reduce((sum, [, , , , count]) => sum + count, 0)
  const widest = Math.max(stepMillis ?? 0, 1) + 5 * MINUTE
  const surely = points.filter(([, time]) => time >= fromMillis + widest && time < toMillis - widest)
  const perhaps = points.filter(([, time]) => time >= fromMillis && time < toMillis + widest)
  if (stepMillis !== null) {
    assert.isAtLeast(total, surely.length)
    assert.isAtMost(total, perhaps.length)
  }
}

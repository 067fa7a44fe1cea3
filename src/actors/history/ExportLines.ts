/** Rows of a series as lines of an export. Pure. */
import type { ExportLine } from "../../schema/Export.ts"
import type { ExportRange } from "../../store/export/ExportStore.ts"
import { type RollupColumns, sliceRows } from "../../store/history/Rollups.ts"
import type { Gap } from "../../store/history/TierReader.ts"
import type { FinestRows } from "./Finest.ts"

/**
 * What is asked for, in epoch milliseconds: from <= time < to, a rollup's being its start. Null: as far as there is
 * anything.
 */
export interface ExportWindow {
  readonly fromMillis: number | null
  readonly toMillis: number | null
}

/** Points of one line: far below a megabyte. */
const LINE_POINTS = 2_000

/** The rows that start within the window. */
export const rowLines = function* (found: ReadonlyArray<FinestRows>, window: ExportWindow): Generator<ExportLine> {
  for (const { resolution, rows } of found) {
    const wanted = within(rows, window)
    for (let from = 0; from < wanted.count; from += LINE_POINTS) {
      const some = sliceRows(wanted, from, Math.min(from + LINE_POINTS, wanted.count))
      if (resolution === "raw") yield { type: "points", points: pointsOf(some) }
      else yield { type: "rollups", resolution, rows: rollupsOf(some) }
    }
  }
}

/** What of a gap is in the range and the window. */
export const missingLine = (
  { fromMillis, reason, toMillis }: Gap,
  range: ExportRange,
  window: ExportWindow
): ReadonlyArray<ExportLine> => {
  const from = Math.max(fromMillis, range.fromMillis, window.fromMillis ?? fromMillis)
  const to = Math.min(toMillis, range.toMillis, window.toMillis ?? toMillis)
  return from < to ? [{ type: "missing", from, to, reason }] : []
}

/** Rows in time order that start in the window. */
export const within = (rows: RollupColumns, { fromMillis, toMillis }: ExportWindow): RollupColumns => {
  let from = 0
  while (from < rows.count && rows.starts[from]! < (fromMillis ?? Number.NEGATIVE_INFINITY)) from++
  let to = rows.count
  while (to > from && rows.starts[to - 1]! >= (toMillis ?? Number.POSITIVE_INFINITY)) to--
  return sliceRows(rows, from, to)
}

const indexes = ({ count }: RollupColumns) => Array.from({ length: count }, (_, i) => i)

const pointsOf = (rows: RollupColumns) => indexes(rows).map((i) => [rows.starts[i]!, rows.lasts[i]!] as const)

const rollupsOf = (rows: RollupColumns) =>
  indexes(rows).map((i) => {
    const sum = rows.sums[i]!
    const [min, max] = [rows.mins[i]!, rows.maxs[i]!]
    return [rows.starts[i]!, min, max, Number.isFinite(sum) ? sum : null, rows.counts[i]!, rows.lasts[i]!] as const
  })

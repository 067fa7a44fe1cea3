/** Rows of an exported file: points, and rollups where there are no points. docs/history.md describes the columns. */
import type { ExportLine } from "../../schema/Export.ts"
import { dimensionKeyOf } from "../../schema/Identity.ts"

export const COLUMNS = [
  ...["metric", "timestamp", "value"],
  ...["rollup", "rollup_min", "rollup_max", "rollup_sum", "rollup_count", "rollup_last"]
] as const

type LineOf<T extends ExportLine["type"]> = Extract<ExportLine, { readonly type: T }>
export type SeriesLine = LineOf<"series">
export type RowsLine = LineOf<"points"> | LineOf<"rollups">

/** What was exported. */
export class Tally {
  points = 0
  readonly rollups = { "1m": 0, "5m": 0 }
  readonly series = new Set<string>()
  /** Of what series something is missing, when, and why. */
  readonly missing: Array<string> = []
  #current = ""

  take(line: ExportLine): void {
    switch (line.type) {
      case "series":
        this.#current = `${line.metric}{${dimensionKeyOf(line.labels)}}`
        return
      case "points":
        this.points += line.points.length
        this.series.add(this.#current)
        return
      case "rollups":
        this.rollups[line.resolution] += line.rows.length
        this.series.add(this.#current)
        return
      case "missing":
        this.missing.push(`${this.#current}${spanOf(line)}: ${line.reason}`)
    }
  }
}

const spanOf = ({ from, to }: LineOf<"missing">): string =>
  from === null || to === null ? "" : ` from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}`

const SHOWN_MISSING = 10

/** `10,320 points of 1 series`, and what else there is to say. */
export const summary = ({ points, rollups, series }: Tally): string => {
  const parts = [`${count(points)} points of ${count(series.size)} series`]
  if (rollups["1m"] > 0) parts.push(`${count(rollups["1m"])} one-minute rollups`)
  if (rollups["5m"] > 0) parts.push(`${count(rollups["5m"])} five-minute rollups, where raw points are no longer kept`)
  return parts.join(", ")
}

export const missing = ({ missing }: Tally): string => {
  const shown = missing.slice(0, SHOWN_MISSING).map((one) => `  ${one}`)
  const more = missing.length > shown.length ? [`  … and ${count(missing.length - shown.length)} more`] : []
  return ["not all of it could be read:", ...shown, ...more].join("\n")
}

const count = (number: number): string => number.toLocaleString("en")

/** How often what the chart shows lies beyond a rule's limits. */
import type { ChartSeries } from "../../charts/columns.ts"
import type { ChartThreshold } from "../../charts/options.ts"
import { LEVELS, type Level, type RuleDocument, SIDES } from "./document.ts"
import { limitOf } from "./validate.ts"

export interface Breaches {
  readonly points: number
  /** Of them beyond a limit, by the highest level; a bucket counts by its extremes. */
  readonly critical: number
  readonly warning: number
  /** How many of each series, by its id. */
  readonly bySeries: ReadonlyMap<string, number>
}

export const breachesOf = (
  series: ReadonlyArray<ChartSeries>,
  document: RuleDocument,
  { from, to }: { readonly from: number; readonly to: number }
): Breaches => {
  const isBeyond = {
    critical: beyond(document, "critical"),
    warning: beyond(document, "warning")
  }
  const counts = { points: 0, critical: 0, warning: 0 }
  const bySeries = new Map<string, number>()
  for (const { id, points } of series) {
    let count = 0
    for (const [time, min, , max] of points) {
      if (time < from || time > to) continue
      counts.points++
      const level = isBeyond.critical(min, max) ? "critical" : isBeyond.warning(min, max) ? "warning" : null
      if (level === null) continue
      counts[level]++
      count++
    }
    bySeries.set(id, count)
  }
  return { ...counts, bySeries }
}

const beyond = (document: RuleDocument, level: Level): ((min: number, max: number) => boolean) => {
  const above = limitOf(document, "above", level)?.breach ?? Number.POSITIVE_INFINITY
  const below = limitOf(document, "below", level)?.breach ?? Number.NEGATIVE_INFINITY
  return (min, max) => max > above || min < below
}

/** A limit as the chart draws it, and where in the document it stands. */
export interface DrawnLimit extends ChartThreshold {
  readonly name: string
  readonly level: Level
}

const SEVERITIES = { warning: "Warning", critical: "Critical" } as const

export const drawnLimits = (document: RuleDocument): ReadonlyArray<DrawnLimit> =>
  SIDES.flatMap((side) =>
    LEVELS.flatMap((level): ReadonlyArray<DrawnLimit> => {
      const limit = limitOf(document, side, level)
      if (limit === null) return []
      const shown = { severity: SEVERITIES[level], side, level }
      const breach = { ...shown, value: limit.breach, name: `${SEVERITIES[level]} ${side}` }
      if (limit.recover === limit.breach) return [breach]
      return [
        breach,
        { ...shown, value: limit.recover, name: `${SEVERITIES[level]} ${side}, recovers`, recovers: true }
      ]
    })
  )

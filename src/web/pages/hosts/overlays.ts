/** What is drawn on a host's charts beside its lines: alerts as spans, limits of rules as lines. */
import type { Alert, Labels, Rule } from "../../api/types.ts"
import { seriesId } from "../../charts/Feed.ts"
import type { ChartSpan, ChartThreshold } from "../../charts/options.ts"
import { millisOf } from "../../format/time.ts"
import { type Patterns, scopeMatcher } from "../rules/scope.ts"
import type { ChartLine } from "./hostCharts.ts"

/** Alerts of the series that a chart shows. */
export const spansOf = (lines: ReadonlyArray<ChartLine>, alerts: ReadonlyArray<Alert>): ReadonlyArray<ChartSpan> => {
  const shown = new Set(lines.map(({ id, metric }) => `${metric} ${id}`))
  return alerts
    .filter(({ labels, metric }) => shown.has(`${metric} ${seriesId(labels)}`))
    .map(({ endTime, severity, startTime }) => ({
      from: millisOf(startTime),
      to: endTime === null ? null : millisOf(endTime),
      severity
    }))
}

const SIDES = ["above", "below"] as const
const LEVELS = [
  ["warning", "Warning"],
  ["critical", "Critical"]
] as const

/** Limits of the enabled rules whose scope has one of these series; each once. */
export const thresholdsOf = (
  lines: ReadonlyArray<ChartLine>,
  rules: ReadonlyArray<Rule>,
  patterns: Patterns | null
): ReadonlyArray<ChartThreshold> => {
  const limits = new Map<string, ChartThreshold>()
  for (const { enabled, metric, scope, threshold } of rules) {
    const own = enabled ? lines.filter((line) => line.metric === metric) : []
    if (own.length === 0) continue
    const accepts = scopeMatcher(scope, patterns)
    if (!own.some((line) => accepts(labelsOf(line)))) continue
    for (const side of SIDES) {
      for (const [level, severity] of LEVELS) {
        const limit = threshold[side]?.[level]
        if (limit === undefined) continue
        const value = typeof limit === "object" ? limit.breach : limit
        limits.set(`${side} ${severity} ${value}`, { value, severity, side })
      }
    }
  }
  return Array.from(limits.values())
}

/** A limit far from everything that is measured would press the lines flat: it is left out. */
export const inSight = (
  thresholds: ReadonlyArray<ChartThreshold>,
  largest: number,
  unit: string
): ReadonlyArray<ChartThreshold> =>
  unit === "percent" ? thresholds : thresholds.filter(({ value }) => Math.abs(value) <= 3 * Math.max(largest, 0))

const labelsOf = ({ id }: ChartLine): Labels =>
  Object.fromEntries(JSON.parse(id) as ReadonlyArray<readonly [string, string]>)

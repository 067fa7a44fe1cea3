import type { AlertFact } from "../../schema/Alert.ts"
import type { SeriesIdentity } from "../../schema/Identity.ts"
import type { ViolationFact } from "../../schema/Violation.ts"
import type { CompiledLevel, CompiledRule } from "./CompiledRule.ts"

/** All that detection ever says. */
export type DetectionFact = ViolationFact | AlertFact

/**
 * A value beyond the breach limits of `level`, the most severe one it violates. One allocation: the hot path of a
 * storm.
 */
export const violationFact = (
  rule: CompiledRule,
  level: CompiledLevel,
  series: SeriesIdentity,
  timestamp: number,
  value: number,
  live: boolean,
  receivedTime: number
): ViolationFact => {
  const isAbove = value > level.upperBreach
  return {
    _tag: "Violation",
    ruleId: rule.ruleId,
    ruleRevision: rule.revision,
    metric: series.metric,
    dimensionKey: series.dimensionKey,
    labels: series.labels,
    timestamp,
    actual: value,
    expected: null,
    lower: finiteOrNull(level.lowerBreach),
    upper: finiteOrNull(level.upperBreach),
    direction: isAbove ? "Above" : "Below",
    severity: level.severity,
    deviationPercent: deviationPercent(value, isAbove ? level.upperBreach : level.lowerBreach),
    confidence: 1,
    workspaceNumber: series.workspaceNumber,
    partition: series.partition,
    series: series.series,
    live,
    receivedTime
  }
}

/**
 * Signed distance from the violated limit in percent of it. There is no percentage of 0, so that a limit of 0 gives
 * null.
 */
const deviationPercent = (value: number, limit: number): number | null =>
  finiteOrNull(((value - limit) / Math.abs(limit)) * 100)

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null)

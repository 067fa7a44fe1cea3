import { BY_HUB, closeAlert, settleAlerts } from "./AlertLifecycle.ts"
import { type CompiledRule, watches } from "./CompiledRule.ts"
import { type Detector, emptyWindows, mustStayAwake } from "./Detector.ts"
import type { DetectionFact } from "./Facts.ts"

/**
 * Takes an awake detector to the next revision of its rule, null when the rule is deleted or its metric no longer
 * judged (D11), and tells whether it must stay awake. `time`: hub clock of the change, epoch milliseconds.
 *
 * - Name, noData or profile: everything stays.
 * - Scope, threshold, trigger or recovery: windows start empty; an open alert stays and recovers by the new revision,
 *   unless its level is gone.
 * - The series is no longer watched (deleted, disabled, out of scope, another metric): open alerts close. Nobody is
 *   left to see the series' time go on, so they settle at once.
 */
export const changeRule = (
  detector: Detector,
  newRule: CompiledRule | null,
  time: number,
  facts: Array<DetectionFact>
): boolean => {
  const { series, state } = detector
  const nextRule = newRule !== null && watches(newRule, series.metric, series.labels) ? newRule : null
  if (nextRule?.judgement !== detector.rule.judgement) {
    for (let index = 0; index < state.levels.length; index++) {
      if (nextRule?.levels[index]?.exists) continue
      closeAlert(detector, index, "RuleChanged", time, BY_HUB, time, facts)
    }
    state.levels.forEach(emptyWindows)
  }
  if (nextRule === null) {
    settleAlerts(detector, Number.NEGATIVE_INFINITY, time, facts)
    return false
  }
  detector.rule = nextRule
  return mustStayAwake(detector)
}

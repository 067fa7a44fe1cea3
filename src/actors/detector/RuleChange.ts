import { BY_HUB, closeAlert, settleAlerts } from "./AlertLifecycle.ts"
import { type CompiledRule, watches } from "./CompiledRule.ts"
import { type Detector, emptyWindows, mustStayAwake } from "./Detector.ts"
import type { DetectionFact } from "./Facts.ts"

/**
 * Takes an awake detector to the next revision of its rule, null when the rule is deleted (D11), and tells whether it
 * must stay awake. `time`: hub clock of the change, epoch milliseconds.
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
  const { rule: oldRule, series, state } = detector
  if (newRule === null || !watches(newRule, series.metric, series.labels)) {
    closeAlerts(detector, null, time, facts)
    settleAlerts(detector, Number.NEGATIVE_INFINITY, time, facts)
    return false
  }
  if (newRule.judgement !== oldRule.judgement) {
    closeAlerts(detector, newRule, time, facts)
    state.levels.forEach(emptyWindows)
    state.evaluatedPoints = 0
  }
  detector.rule = newRule
  return mustStayAwake(detector)
}

/** Closes the alerts whose level the next revision no longer has; all when there is no next one. */
const closeAlerts = (
  detector: Detector,
  newRule: CompiledRule | null,
  time: number,
  facts: Array<DetectionFact>
): void => {
  for (let index = 0; index < detector.state.levels.length; index++) {
    if (newRule?.levels[index]!.exists) continue
    closeAlert(detector, index, "RuleChanged", time, BY_HUB, time, facts)
  }
}

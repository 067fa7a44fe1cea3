import { limits } from "../../limits.ts"
import { BY_HUB, closeAlert, openAlert, settleAlerts } from "./AlertLifecycle.ts"
import type { CompiledLevel, CompiledRule } from "./CompiledRule.ts"
import { type Detector, type LevelState, markOf, mustStayAwake } from "./Detector.ts"
import { type DetectionFact, violationFact } from "./Facts.ts"
import { isComplete, record } from "./ViolationWindow.ts"

/**
 * Judges one point by the detector's rule: changes its state, appends what it finds to `facts` and tells whether the
 * detector must stay awake. Runs 100,000 times a second in a storm: it allocates nothing but facts.
 *
 * Points come in the order of their timestamps; late ones never get here. Where the requirements leave it open:
 * - The more severe level is judged first and completely: a Critical alert that closes at a point no longer holds back
 *   the Warning that this point completes, and one that opens at it does.
 * - While a Critical alert holds back the Warning, the Warning's window goes on collecting.
 * - A point that violates a level or a worse one is never clean for it, also where the level has no limit on that side:
 *   nothing recovers at a violation.
 * - Settling comes last: an alert that opens at the very point that settles another is known before it.
 */
export const step = (
  detector: Detector,
  settleAfterMillis: number,
  timestamp: number,
  value: number,
  receivedTime: number,
  facts: Array<DetectionFact>
): boolean => {
  const { rule, series, state } = detector
  state.evaluatedPoints++
  state.newestTimestamp = timestamp
  state.live = receivedTime - timestamp <= limits.liveMillis
  const violated = violatedLevel(rule, value)
  if (violated < rule.levels.length) {
    facts.push(violationFact(rule, rule.levels[violated]!, series, timestamp, value, state.live, receivedTime))
  }
  for (let index = 0; index < rule.levels.length; index++) {
    if (!rule.levels[index]!.exists) continue
    if (violated <= index) judgeViolation(detector, index, value, receivedTime, facts)
    else judgeRecovery(detector, index, value, receivedTime, facts)
  }
  settleAlerts(detector, settleAfterMillis, receivedTime, facts)
  return mustStayAwake(detector)
}

/** Index of the most severe level whose breach limit the value lies strictly beyond; the number of levels if none. */
const violatedLevel = (rule: CompiledRule, value: number): number => {
  let index = 0
  while (index < rule.levels.length && !isBeyond(rule.levels[index]!, value)) index++
  return index
}

const isBeyond = (level: CompiledLevel, value: number): boolean =>
  value > level.upperBreach || value < level.lowerBreach

/** Counts a violation for a level: towards its open alert, else towards its trigger. */
const judgeViolation = (
  detector: Detector,
  index: number,
  value: number,
  receivedTime: number,
  facts: Array<DetectionFact>
): void => {
  const { rule, state } = detector
  const level = state.levels[index]!
  if (level.alert !== null) {
    level.alert.violationCount++
    level.alert.cleanPoints = 0
    return
  }
  const now = markOf(detector)
  record(level.window, rule.trigger, now, state.newestTimestamp)
  if (isComplete(level.window, rule.trigger, now) && !isHeldBack(state.levels, index)) {
    openAlert(detector, index, value, receivedTime, facts)
  }
}

/** A more severe alert of the same rule and dimension is open. */
const isHeldBack = (levels: ReadonlyArray<LevelState>, index: number): boolean => {
  for (let moreSevere = 0; moreSevere < index; moreSevere++) {
    if (levels[moreSevere]!.alert !== null) return true
  }
  return false
}

/** Counts a point without violation for a level's open alert: clean, or between recover and breach limit. */
const judgeRecovery = (
  detector: Detector,
  index: number,
  value: number,
  receivedTime: number,
  facts: Array<DetectionFact>
): void => {
  const { rule, state } = detector
  const { alert } = state.levels[index]!
  if (alert === null) return
  if (!isClean(rule.levels[index]!, value)) {
    alert.cleanPoints = 0
    return
  }
  if (alert.cleanPoints === 0) alert.cleanSince = state.newestTimestamp
  alert.cleanPoints++
  const cleanMillis = state.newestTimestamp - alert.cleanSince
  if (alert.cleanPoints >= rule.minCleanPoints && cleanMillis >= rule.cleanForMillis) {
    closeAlert(detector, index, "Recovered", state.newestTimestamp, BY_HUB, receivedTime, facts)
  }
}

/** Not beyond the recover limit; equal is clean. */
const isClean = (level: CompiledLevel, value: number): boolean =>
  value <= level.upperRecover && value >= level.lowerRecover

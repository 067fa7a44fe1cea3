import { type CloseReason, kindOf } from "../../schema/Alert.ts"
import { alertIdOf } from "../../schema/Identity.ts"
import type { CompiledRule } from "./CompiledRule.ts"
import type { Detector, SettlingAlert } from "./Detector.ts"
import type { DetectionFact } from "./Facts.ts"
import { clear, startTime } from "./ViolationWindow.ts"

/** Closed alerts one detector waits for. One that closes more within the settling time settles the oldest early. */
export const MAX_SETTLING_ALERTS = 64

/** Opens the alert of a level whose trigger the newest evaluated point, of this value, has just completed. */
export const openAlert = (
  detector: Detector,
  levelIndex: number,
  value: number,
  receivedTime: number,
  facts: Array<DetectionFact>
): void => {
  const { rule, series, state } = detector
  const level = state.levels[levelIndex]!
  const { severity } = rule.levels[levelIndex]!
  const openTime = state.newestTimestamp
  const alert = {
    alertId: alertIdOf(series.workspaceId, rule.ruleId, series.metric, series.dimensionKey, severity, openTime),
    ruleRevision: rule.revision,
    startTime: startTime(level.window, rule.trigger),
    openTime,
    // Since startTime every violation went through this window, so there are just as many as the trigger asks for.
    violationCount: rule.trigger.violations,
    acknowledged: false,
    cleanPoints: 0,
    cleanSince: 0
  }
  level.alert = alert
  // Nothing is recorded while the alert is open, so that the window is as empty when it closes (D3).
  clear(level.window)
  facts.push({
    _tag: "AlertOpened",
    ...contextOf(detector, levelIndex, alert, receivedTime),
    kind: kindOf(rule.metric),
    name: rule.name,
    triggerReason: triggerReason(rule, levelIndex, value),
    violationCount: alert.violationCount
  })
}

/** Who closed an alert, with which words: both null when the hub did. */
export interface Operator {
  readonly actor: string | null
  readonly note: string | null
}
export const BY_HUB: Operator = { actor: null, note: null }

/**
 * Closes the open alert of a level, if there is one, and starts to wait until it is settled. `endTime`: event time of
 * the clean point, or the hub clock of a command or a rule change.
 */
export const closeAlert = (
  detector: Detector,
  levelIndex: number,
  closeReason: CloseReason,
  endTime: number,
  operator: Operator,
  receivedTime: number,
  facts: Array<DetectionFact>
): void => {
  const { state } = detector
  const level = state.levels[levelIndex]!
  const { alert } = level
  if (alert === null) return
  level.alert = null
  facts.push({
    _tag: "AlertClosed",
    ...contextOf(detector, levelIndex, alert, receivedTime),
    actor: operator.actor,
    note: operator.note,
    closeReason,
    // A sender's clock may run up to 5 min ahead of the hub's, and no alert ends before it opened.
    endTime: Math.max(endTime, alert.openTime),
    violationCount: alert.violationCount
  })
  state.settling.push({
    alertId: alert.alertId,
    level: levelIndex,
    ruleRevision: alert.ruleRevision,
    startTime: alert.startTime,
    openTime: alert.openTime,
    closedAt: state.newestTimestamp
  })
  if (state.settling.length > MAX_SETTLING_ALERTS) settleOldest(detector, receivedTime, facts)
}

/**
 * Settles the closed alerts after which the series' own time has moved on by `settleAfterMillis`, whether or not the
 * detector has opened another since: that one may belong to another incident, and this one's must still find its end.
 */
export const settleAlerts = (
  detector: Detector,
  settleAfterMillis: number,
  receivedTime: number,
  facts: Array<DetectionFact>
): void => {
  const { settling, newestTimestamp } = detector.state
  while (settling.length > 0 && newestTimestamp - settling[0]!.closedAt >= settleAfterMillis) {
    settleOldest(detector, receivedTime, facts)
  }
}

const settleOldest = (detector: Detector, receivedTime: number, facts: Array<DetectionFact>): void => {
  const alert = detector.state.settling.shift()!
  facts.push({
    _tag: "AlertSettled",
    ...contextOf(detector, alert.level, alert, receivedTime),
    time: detector.state.newestTimestamp
  })
}

/** What every fact about an alert carries. */
export const contextOf = (
  { rule, series, state }: Detector,
  levelIndex: number,
  alert: Pick<SettlingAlert, "alertId" | "ruleRevision" | "startTime" | "openTime">,
  receivedTime: number
) => ({
  alertId: alert.alertId,
  workspaceNumber: series.workspaceNumber,
  partition: series.partition,
  series: series.series,
  ruleId: rule.ruleId,
  ruleRevision: alert.ruleRevision,
  severity: rule.levels[levelIndex]!.severity,
  metric: series.metric,
  dimensionKey: series.dimensionKey,
  labels: series.labels,
  startTime: alert.startTime,
  openTime: alert.openTime,
  live: state.live,
  receivedTime
})

/** "3 violations within 5m: 96.2 > 95". */
const triggerReason = ({ levels, trigger }: CompiledRule, levelIndex: number, value: number): string => {
  const count = `${trigger.violations} violation${trigger.violations === 1 ? "" : "s"}`
  // The alert's own limit, or the more severe level's where only that one has a limit on this side.
  const limits = [levels[levelIndex]!, ...levels]
  const upper = limits.find(({ upperBreach }) => value > upperBreach)
  const comparison =
    upper === undefined
      ? `${value} < ${limits.find(({ lowerBreach }) => value < lowerBreach)?.lowerBreach}`
      : `${value} > ${upper.upperBreach}`
  return `${count} ${trigger.windowText}: ${comparison}`
}

import type { DetectionFact } from "../../../src/actors/detector/Facts.ts"
import { canonicalJudgement } from "../../../src/schema/CanonicalRule.ts"
import { durationMillis } from "../../../src/schema/Duration.ts"
import { alertIdOf, type SeriesIdentity } from "../../../src/schema/Identity.ts"
import { limitOf, type Rule, type RuleRevision } from "../../../src/schema/Rule.ts"
import { isAtLeast, type Severity } from "../../../src/schema/Severity.ts"

interface JudgedPoint {
  readonly timestamp: number
  readonly value: number
  /** Level of its violation under the rule of its time; null if it is none. */
  readonly violated: Severity | null
}

interface ReferenceAlert {
  readonly severity: Severity
  readonly openedUnder: RuleRevision
  readonly startTime: number
  readonly openTime: number
  acknowledged: boolean
  endTime: number | null
  /** Series time when it closed. */
  closedAt: number
}

const LEVELS = ["Critical", "Warning"] as const

/**
 * D3 and A2 as they are written, from the whole list of points each time: no rings, no counters, no sleep, no compiled
 * rule. Slow and plain on purpose; the detector is tested against it.
 */
export class ReferenceDetector {
  readonly facts: Array<DetectionFact> = []
  readonly alerts: Array<ReferenceAlert> = []
  readonly #series: SeriesIdentity
  readonly #settleAfter: number
  readonly #points: Array<JudgedPoint> = []
  /** Points before this index were emptied out of both windows of the level. */
  readonly #emptied = { Critical: 0, Warning: 0 }
  /** In order of closing. */
  readonly #unsettled: Array<ReferenceAlert> = []
  #revision: RuleRevision | null
  #live = false

  constructor(revision: RuleRevision, series: SeriesIdentity, settleAfter: number) {
    this.#revision = revision
    this.#series = series
    this.#settleAfter = settleAfter
  }

  openAlert(severity: Severity): ReferenceAlert | undefined {
    return this.alerts.find((alert) => alert.severity === severity && alert.endTime === null)
  }

  idOf(alert: ReferenceAlert): string {
    const { dimensionKey, metric, workspaceId } = this.#series
    return alertIdOf(workspaceId, alert.openedUnder.ruleId, metric, dimensionKey, alert.severity, alert.openTime)
  }

  point(timestamp: number, value: number, receivedTime: number): void {
    if (this.#revision === null) return
    const { rule } = this.#revision
    const violated = LEVELS.find((level) => isBreach(rule, level, value)) ?? null
    this.#points.push({ timestamp, value, violated })
    this.#live = receivedTime - timestamp <= 300_000
    if (violated !== null) this.facts.push(this.#violation(this.#revision, timestamp, value, violated, receivedTime))
    for (const level of LEVELS) {
      if (!hasLevel(rule, level)) continue
      if (violated !== null && isAtLeast(violated, level)) this.#judgeTrigger(this.#revision, level, receivedTime)
      else this.#judgeRecovery(rule, level, receivedTime)
    }
    this.#settle(this.#settleAfter, receivedTime)
  }

  acknowledge(severity: Severity, actor: string, note: string | null, time: number): void {
    const alert = this.openAlert(severity)
    if (alert === undefined || alert.acknowledged) return
    alert.acknowledged = true
    this.facts.push({ _tag: "AlertAcknowledged", ...this.#context(alert, time), actor, note, time })
  }

  close(severity: Severity, actor: string, note: string, time: number): void {
    const alert = this.openAlert(severity)
    if (alert !== undefined) this.#close(alert, "Manual", time, actor, note, time)
  }

  change(revision: RuleRevision | null, time: number): void {
    const old = this.#revision
    if (old === null) {
      this.#emptyBoth()
    } else if (revision === null) {
      for (const level of LEVELS) this.#closeForChange(level, time)
      this.#settle(Number.NEGATIVE_INFINITY, time)
      this.#emptyBoth()
    } else if (canonicalJudgement(revision.rule) !== canonicalJudgement(old.rule)) {
      for (const level of LEVELS) {
        if (!hasLevel(revision.rule, level)) this.#closeForChange(level, time)
      }
      this.#emptyBoth()
    }
    this.#revision = revision
  }

  #emptyBoth(): void {
    for (const level of LEVELS) this.#emptied[level] = this.#points.length
  }

  #judgeTrigger(revision: RuleRevision, level: Severity, receivedTime: number): void {
    const { rule } = revision
    if (this.openAlert(level) !== undefined) return
    const violations = this.#points.filter(
      ({ timestamp, violated }, index) =>
        index >= this.#emptied[level] &&
        violated !== null &&
        isAtLeast(violated, level) &&
        (rule.trigger.within === undefined
          ? index > this.#points.length - 1 - rule.trigger.ofLast!
          : timestamp > this.#newest().timestamp - durationMillis(rule.trigger.within))
    )
    if (violations.length < rule.trigger.violations) return
    if (level === "Warning" && this.openAlert("Critical") !== undefined) return
    const alert: ReferenceAlert = {
      severity: level,
      openedUnder: revision,
      startTime: violations.at(-rule.trigger.violations)!.timestamp,
      openTime: this.#newest().timestamp,
      acknowledged: false,
      endTime: null,
      closedAt: 0
    }
    this.alerts.push(alert)
    this.#emptied[level] = this.#points.length
    this.facts.push({
      _tag: "AlertOpened",
      ...this.#context(alert, receivedTime),
      kind: "Metric",
      name: rule.name,
      triggerReason: this.#reason(rule, level),
      violationCount: this.#count(alert)
    })
  }

  #judgeRecovery(rule: Rule, level: Severity, receivedTime: number): void {
    const alert = this.openAlert(level)
    if (alert === undefined || !isClean(rule, level, this.#newest())) return
    const since = this.#points.slice(this.#emptied[level])
    const run = since.slice(since.findLastIndex((point) => !isClean(rule, level, point)) + 1)
    const cleanFor = this.#newest().timestamp - run[0]!.timestamp
    if (run.length < rule.recovery.minPoints || cleanFor < durationMillis(rule.recovery.cleanFor)) return
    this.#close(alert, "Recovered", this.#newest().timestamp, null, null, receivedTime)
  }

  #closeForChange(level: Severity, time: number): void {
    const alert = this.openAlert(level)
    if (alert !== undefined) this.#close(alert, "RuleChanged", time, null, null, time)
  }

  #close(
    alert: ReferenceAlert,
    closeReason: "Recovered" | "Manual" | "RuleChanged",
    endTime: number,
    actor: string | null,
    note: string | null,
    receivedTime: number
  ): void {
    alert.endTime = endTime
    alert.closedAt = this.#newest().timestamp
    this.#unsettled.push(alert)
    this.#emptied[alert.severity] = this.#points.length
    const violationCount = this.#count(alert)
    const context = this.#context(alert, receivedTime)
    this.facts.push({ _tag: "AlertClosed", ...context, actor, note, closeReason, endTime, violationCount })
  }

  #settle(after: number, receivedTime: number): void {
    const time = this.#points.at(-1)?.timestamp ?? 0
    while (this.#unsettled.length > 0 && time - this.#unsettled[0]!.closedAt >= after) {
      const alert = this.#unsettled.shift()!
      this.facts.push({ _tag: "AlertSettled", ...this.#context(alert, receivedTime), time })
    }
  }

  #newest(): JudgedPoint {
    return this.#points.at(-1)!
  }

  #count({ endTime, severity, startTime }: ReferenceAlert): number {
    return this.#points.filter(
      ({ timestamp, violated }) =>
        violated !== null &&
        isAtLeast(violated, severity) &&
        timestamp >= startTime &&
        timestamp <= (endTime ?? Number.POSITIVE_INFINITY)
    ).length
  }

  #context(alert: ReferenceAlert, receivedTime: number) {
    const { dimensionKey, labels, metric, partition, series, workspaceNumber } = this.#series
    return {
      alertId: this.idOf(alert),
      ...{ workspaceNumber, partition, series, metric, dimensionKey, labels },
      ruleId: alert.openedUnder.ruleId,
      ruleRevision: alert.openedUnder.revision,
      severity: alert.severity,
      startTime: alert.startTime,
      openTime: alert.openTime,
      live: this.#live,
      receivedTime
    }
  }

  #violation(
    { revision, rule, ruleId }: RuleRevision,
    timestamp: number,
    actual: number,
    severity: Severity,
    receivedTime: number
  ): DetectionFact {
    const { dimensionKey, labels, metric, partition, series, workspaceNumber } = this.#series
    const upper = limitOf(rule.threshold, "above", severity)?.breach ?? null
    const lower = limitOf(rule.threshold, "below", severity)?.breach ?? null
    const isAbove = upper !== null && actual > upper
    const limit = isAbove ? upper : lower!
    return {
      _tag: "Violation",
      ...{ workspaceNumber, partition, series, metric, dimensionKey, labels },
      ...{ ruleId, ruleRevision: revision, timestamp, actual, expected: null, lower, upper, severity },
      direction: isAbove ? "Above" : "Below",
      deviationPercent: limit === 0 ? null : ((actual - limit) / Math.abs(limit)) * 100,
      confidence: 1,
      live: this.#live,
      receivedTime
    }
  }

  #reason({ threshold, trigger }: Rule, level: Severity): string {
    const { value } = this.#newest()
    const count = trigger.violations === 1 ? "1 violation" : `${trigger.violations} violations`
    const points = trigger.ofLast === 1 ? "point" : `${trigger.ofLast} points`
    const window =
      trigger.within === undefined
        ? `in the last ${trigger.ofLast === 1 ? "1 " : ""}${points}`
        : `within ${trigger.within}`
    const limits = [level, ...LEVELS]
    const upper = limits
      .map((each) => limitOf(threshold, "above", each))
      .find((limit) => limit !== null && value > limit.breach)
    const lower = limits
      .map((each) => limitOf(threshold, "below", each))
      .find((limit) => limit !== null && value < limit.breach)
    return `${count} ${window}: ${upper ? `${value} > ${upper.breach}` : `${value} < ${lower!.breach}`}`
  }
}

const hasLevel = ({ threshold }: Rule, level: Severity): boolean =>
  limitOf(threshold, "above", level) !== null || limitOf(threshold, "below", level) !== null

const isBreach = ({ threshold }: Rule, level: Severity, value: number): boolean => {
  const above = limitOf(threshold, "above", level)
  const below = limitOf(threshold, "below", level)
  return (above !== null && value > above.breach) || (below !== null && value < below.breach)
}

/** Not beyond the recover limit, and no violation of this level or a worse one. */
const isClean = ({ threshold }: Rule, level: Severity, { value, violated }: JudgedPoint): boolean => {
  if (violated !== null && isAtLeast(violated, level)) return false
  const above = limitOf(threshold, "above", level)
  const below = limitOf(threshold, "below", level)
  return (above === null || value <= above.recover) && (below === null || value >= below.recover)
}

import { canonicalJudgement } from "../../schema/CanonicalRule.ts"
import { durationMillis, formatDuration } from "../../schema/Duration.ts"
import type { Labels } from "../../schema/Identity.ts"
import { limitOf, type RuleRevision, type StaticThreshold, type Trigger } from "../../schema/Rule.ts"
import { scopeMatcher } from "../../schema/Scope.ts"
import type { Severity } from "../../schema/Severity.ts"

/** Limits of one level; an absent one is infinite, so that no value lies beyond it. */
export interface CompiledLevel {
  readonly severity: Severity
  /** False when the rule sets no limit at this level: such a level holds no window and no alert. */
  readonly exists: boolean
  readonly upperBreach: number
  readonly upperRecover: number
  readonly lowerBreach: number
  readonly lowerRecover: number
}

/**
 * `span` counts milliseconds of event time (`within`) or evaluated points (`ofLast`); windows are (now − span, now].
 */
export interface CompiledTrigger {
  readonly violations: number
  readonly span: number
  readonly countsPoints: boolean
  /** How a reason names the window: "within 5m". */
  readonly windowText: string
}

/** A rule revision in the form that judges points. One is shared by all its detectors. */
export interface CompiledRule {
  readonly ruleId: string
  readonly revision: number
  readonly name: string
  readonly metric: string
  readonly enabled: boolean
  /** Most severe first: Critical, Warning. */
  readonly levels: readonly [CompiledLevel, CompiledLevel]
  readonly trigger: CompiledTrigger
  readonly cleanForMillis: number
  readonly minCleanPoints: number
  readonly inScope: (labels: Labels) => boolean
  /** False where every series is in scope, whatever its labels. */
  readonly isScoped: boolean
  /** Equal for revisions that judge alike (D11). */
  readonly judgement: string
}

/** Compiles a revision whose document has passed `validateRule`. */
export const compileRule = ({ ruleId, revision, rule }: RuleRevision): CompiledRule => ({
  ruleId,
  revision,
  name: rule.name,
  metric: rule.metric,
  enabled: rule.enabled,
  levels: [compileLevel(rule.threshold, "Critical"), compileLevel(rule.threshold, "Warning")],
  trigger: compileTrigger(rule.trigger),
  cleanForMillis: durationMillis(rule.recovery.cleanFor),
  minCleanPoints: rule.recovery.minPoints,
  inScope: scopeMatcher(rule.scope),
  isScoped: Object.keys(rule.scope).length > 0,
  judgement: canonicalJudgement(rule)
})

/**
 * Whether the rule watches a series: enabled, its metric, in its scope. Once per series and revision, not per point.
 */
export const watches = (rule: CompiledRule, metric: string, labels: Labels): boolean =>
  rule.enabled && rule.metric === metric && rule.inScope(labels)

/**
 * The band in which no sleeping detector of these rules has anything to decide: low ≤ value ≤ high. Infinite where no
 * rule limits that side; low may exceed high, and then every value is somebody's business.
 */
export const gate = (rules: ReadonlyArray<CompiledRule>): { readonly low: number; readonly high: number } => {
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  for (const rule of rules) {
    if (!rule.enabled) continue
    for (const level of rule.levels) {
      low = Math.max(low, level.lowerBreach)
      high = Math.min(high, level.upperBreach)
    }
  }
  return { low, high }
}

const compileLevel = (threshold: StaticThreshold, severity: Severity): CompiledLevel => {
  const above = limitOf(threshold, "above", severity)
  const below = limitOf(threshold, "below", severity)
  return {
    severity,
    exists: above !== null || below !== null,
    upperBreach: above?.breach ?? Number.POSITIVE_INFINITY,
    upperRecover: above?.recover ?? Number.POSITIVE_INFINITY,
    lowerBreach: below?.breach ?? Number.NEGATIVE_INFINITY,
    lowerRecover: below?.recover ?? Number.NEGATIVE_INFINITY
  }
}

const compileTrigger = ({ violations, within, ofLast }: Trigger): CompiledTrigger => {
  if (within === undefined) {
    const span = ofLast ?? violations
    return { violations, span, countsPoints: true, windowText: `in the last ${span} point${span === 1 ? "" : "s"}` }
  }
  const span = durationMillis(within)
  return { violations, span, countsPoints: false, windowText: `within ${formatDuration(span)}` }
}

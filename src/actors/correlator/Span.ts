import type { CompiledPolicy } from "../../schema/Policy.ts"
import type { Severity } from "../../schema/Severity.ts"

/** What membership asks of an alert. */
export interface Opening {
  readonly alertId: string
  readonly severity: Severity
  readonly openTime: number
  readonly metric: string
  readonly service: string | null
  readonly ci: string | null
}

/** What membership (N2) asks of an incident: all that its alerts' openTimes and severities come down to. */
export interface Span {
  /** The alert with the earliest openTime, then the smallest id. */
  primary: Omit<Opening, "severity">
  lastOpenTime: number
  /** From here on it is Critical. Its severity is that of its most severe alert so far, whatever the policy. */
  firstCriticalOpenTime: number | null
  warningCount: number
  criticalCount: number
  /** No two neighbouring openTimes lie further apart than the window. */
  contiguous: boolean
  /** It holds alerts that stay whatever arrives: put there by an operator, or joined under an earlier policy. */
  pinned: boolean
}

export const firstOpenTime = (span: Span): number => span.primary.openTime
export const alertCount = (span: Span): number => span.warningCount + span.criticalCount
export const severityOf = (span: Span): Severity => (span.firstCriticalOpenTime === null ? "Warning" : "Critical")
export const isMixed = (span: Span): boolean => span.warningCount > 0 && span.criticalCount > 0

export const newSpan = (alert: Opening, pinned: boolean): Span => ({
  primary: primaryOf(alert),
  lastOpenTime: alert.openTime,
  firstCriticalOpenTime: alert.severity === "Critical" ? alert.openTime : null,
  warningCount: alert.severity === "Warning" ? 1 : 0,
  criticalCount: alert.severity === "Critical" ? 1 : 0,
  contiguous: !pinned,
  pinned
})

/** Takes an alert into a span. */
export const extend = (span: Span, alert: Opening, windowMillis: number): void => {
  span.contiguous &&= gapTo(span, alert.openTime) <= windowMillis
  if (isBefore(alert, span.primary)) span.primary = primaryOf(alert)
  span.lastOpenTime = Math.max(span.lastOpenTime, alert.openTime)
  if (alert.severity === "Critical") {
    span.firstCriticalOpenTime = Math.min(span.firstCriticalOpenTime ?? alert.openTime, alert.openTime)
    span.criticalCount += 1
  } else {
    span.warningCount += 1
  }
}

/** Takes a whole span into another. */
export const absorb = (into: Span, from: Span): void => {
  if (isBefore(from.primary, into.primary)) into.primary = from.primary
  into.lastOpenTime = Math.max(into.lastOpenTime, from.lastOpenTime)
  if (from.firstCriticalOpenTime !== null) {
    const own = into.firstCriticalOpenTime ?? from.firstCriticalOpenTime
    into.firstCriticalOpenTime = Math.min(own, from.firstCriticalOpenTime)
  }
  into.warningCount += from.warningCount
  into.criticalCount += from.criticalCount
  into.contiguous &&= from.contiguous
  into.pinned ||= from.pinned
}

/** Time between an openTime and the span; 0 inside it. */
export const gapTo = (span: Span, openTime: number): number =>
  Math.max(0, firstOpenTime(span) - openTime, openTime - span.lastOpenTime)

/** Earlier openTime, then smaller id: which of two alerts, or of two incidents by their primaries, comes first. */
export const isBefore = (
  a: { readonly openTime: number; readonly alertId: string },
  b: { readonly openTime: number; readonly alertId: string }
): boolean => a.openTime < b.openTime || (a.openTime === b.openTime && a.alertId < b.alertId)

/** Whether the span had the alert's severity at its openTime; the Warnings of a moment come before its Criticals. */
export const hasSeverity = (policy: CompiledPolicy, span: Span, { severity, openTime }: Opening): boolean => {
  const { firstCriticalOpenTime: critical } = span
  if (policy.severity === "Any") return true
  if (severity === "Critical") return critical !== null && (openTime >= critical || span.warningCount === 0)
  return critical === null || (openTime <= critical && span.warningCount > 0)
}

export interface Choice<S extends Span> {
  readonly target: S
  /** Spans that come to an end because the alert qualified for them, too. */
  readonly merged: ReadonlyArray<S>
}

/**
 * The rule of N2: which of `spans` an alert joins, null for none. It joins the earliest it qualifies for and the
 * others are merged into that one; spans with pinned alerts come first, and are never merged into another.
 */
export const choose = <S extends Span>(
  policy: CompiledPolicy,
  spans: ReadonlyArray<S>,
  alert: Opening
): Choice<S> | null => {
  const qualifying = spans
    .filter((span) => gapTo(span, alert.openTime) <= policy.windowMillis && hasSeverity(policy, span, alert))
    .sort((a, b) => Number(b.pinned) - Number(a.pinned) || (isBefore(a.primary, b.primary) ? -1 : 1))
  const [target, ...later] = qualifying
  return target === undefined ? null : { target, merged: later.filter((span) => !span.pinned) }
}

const primaryOf = ({ alertId, openTime, metric, service, ci }: Opening): Span["primary"] => ({
  alertId,
  openTime,
  metric,
  service,
  ci
})

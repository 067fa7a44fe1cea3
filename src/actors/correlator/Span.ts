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
  alertCount: number
  firstWarningOpenTime: number | null
  /** From here on it is Critical. Its severity is that of its most severe alert so far, whatever the policy. */
  firstCriticalOpenTime: number | null
  /** The latest moment at which it, or one that was merged into it, turned from Warning to Critical. */
  lastTurnTime: number | null
  /**
   * Neighbouring openTimes lie at most a window apart (pinned alerts count as one block), also in what was merged in.
   */
  contiguous: boolean
  /** It holds alerts of an earlier era, which stay whatever arrives. */
  pinned: boolean
}

export const firstOpenTime = (span: Span): number => span.primary.openTime
export const severityOf = (span: Span): Severity => (span.firstCriticalOpenTime === null ? "Warning" : "Critical")

export const newSpan = (alert: Opening): Span => ({
  primary: primaryOf(alert),
  lastOpenTime: alert.openTime,
  alertCount: 1,
  firstWarningOpenTime: alert.severity === "Warning" ? alert.openTime : null,
  firstCriticalOpenTime: alert.severity === "Critical" ? alert.openTime : null,
  lastTurnTime: null,
  contiguous: true,
  pinned: false
})

/** Takes an alert into a span. */
export const extend = (span: Span, alert: Opening, windowMillis: number): void => {
  const { openTime } = alert
  span.contiguous &&= gapTo(span, openTime) <= windowMillis
  if (isBefore(alert, span.primary)) span.primary = primaryOf(alert)
  span.lastOpenTime = Math.max(span.lastOpenTime, openTime)
  span.alertCount += 1
  if (alert.severity === "Warning") {
    span.firstWarningOpenTime = earliest(span.firstWarningOpenTime, openTime)
  } else {
    if (span.firstCriticalOpenTime === null) span.lastTurnTime = openTime
    span.firstCriticalOpenTime = earliest(span.firstCriticalOpenTime, openTime)
  }
}

/** Makes what the span holds now stay together whatever arrives: one block with one turn. */
export const pin = (span: Span): void => {
  span.pinned = true
  span.contiguous = true
  span.lastTurnTime = beganAsWarning(span) ? span.firstCriticalOpenTime : null
}

export const pinnedSpan = (alerts: ReadonlyArray<Opening>): Span => {
  const span = newSpan(alerts[0]!)
  for (const alert of alerts.slice(1)) extend(span, alert, Number.POSITIVE_INFINITY)
  pin(span)
  return span
}

/** Takes a whole span into another. */
export const absorb = (into: Span, from: Span): void => {
  if (isBefore(from.primary, into.primary)) into.primary = from.primary
  into.lastOpenTime = Math.max(into.lastOpenTime, from.lastOpenTime)
  into.alertCount += from.alertCount
  into.firstWarningOpenTime = earliest(into.firstWarningOpenTime, from.firstWarningOpenTime)
  into.firstCriticalOpenTime = earliest(into.firstCriticalOpenTime, from.firstCriticalOpenTime)
  into.lastTurnTime = latest(into.lastTurnTime, from.lastTurnTime)
  into.contiguous &&= from.contiguous
  into.pinned ||= from.pinned
}

export const earliest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b)

export const latest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.max(a, b)

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
  if (policy.severity === "Any") return true
  const { firstCriticalOpenTime: critical } = span
  if (critical === null) return severity === "Warning"
  return severity === "Warning"
    ? beganAsWarning(span) && openTime <= critical
    : !beganAsWarning(span) || openTime >= critical
}

const beganAsWarning = ({ firstWarningOpenTime: warning, firstCriticalOpenTime: critical }: Span): boolean =>
  warning !== null && (critical === null || warning <= critical)

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

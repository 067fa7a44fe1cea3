import { durationMillis, formatDuration } from "./Duration.ts"
import { limitOf, type Rule, type ScopeCondition, type StaticThreshold } from "./Rule.ts"

/** One text for all documents that mean the same: `95` is `{breach: 95}`, `300s` is `5m`, order never matters. */
export const canonicalRule = (rule: Rule): string =>
  canonicalJson({ ...rule, noData: noData(rule), ...judgement(rule) })

/**
 * The canonical text of what decides when an alert opens and closes. Revisions that agree in it share their windows;
 * a rule's name, noData and profile are not in it (D11).
 */
export const canonicalJudgement = (rule: Rule): string => canonicalJson({ metric: rule.metric, ...judgement(rule) })

type Json = string | number | boolean | null | ReadonlyArray<Json> | { readonly [key: string]: Json | undefined }

const canonicalJson = (value: Json): string =>
  JSON.stringify(value, (_, nested: Json) => {
    if (typeof nested !== "object" || nested === null || Array.isArray(nested)) return nested
    return Object.fromEntries(Object.entries(nested).sort(([left], [right]) => (left < right ? -1 : 1)))
  })

const normalDuration = (duration: string): string => formatDuration(durationMillis(duration))

const judgement = ({ scope, threshold, trigger, recovery }: Rule) => ({
  scope: Object.fromEntries(Object.entries(scope).map(([label, condition]) => [label, conditionOf(condition)])),
  threshold: { type: threshold.type, above: side(threshold, "above"), below: side(threshold, "below") },
  trigger: trigger.within === undefined ? trigger : { ...trigger, within: normalDuration(trigger.within) },
  recovery: { ...recovery, cleanFor: normalDuration(recovery.cleanFor) }
})

const side = (threshold: StaticThreshold, which: "above" | "below") => ({
  warning: limitOf(threshold, which, "Warning"),
  critical: limitOf(threshold, which, "Critical")
})

const conditionOf = (condition: ScopeCondition): Json => {
  if (typeof condition === "string") return [condition]
  return "regex" in condition ? condition : [...new Set(condition)].sort()
}

const noData = ({ noData: { action, after } }: Rule) => ({
  action,
  after: after === "auto" ? after : normalDuration(after)
})

/** Which series a rule's scope selects: as schema/Scope.ts does it, with the same engine for regular expressions. */
import type { Labels } from "../../api/types.ts"
import { isObject, type Json } from "./document.ts"

/** What of `re2js` is used. It is loaded when a scope has a regular expression, and not before. */
export interface Patterns {
  readonly compile: (regex: string) => {
    readonly testExact: (text: string) => boolean
    readonly programSize: () => number
  }
}

/** As in schema/Scope.ts: so large a pattern takes seconds, linear or not. */
const MOST_INSTRUCTIONS = 1_000

/** Why the hub refuses a regular expression; null where it does not, or as long as the engine is not loaded. */
export const patternProblem = (patterns: Patterns | null, regex: string): string | null => {
  if (patterns === null) return null
  try {
    return patterns.compile(regex).programSize() > MOST_INSTRUCTIONS
      ? "is too large when its repetitions are unrolled: use * or + instead of large counts"
      : null
  } catch (error) {
    return `is not a linear-time regular expression: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** Whether a series with these labels is in the scope. A condition that is no sound one selects nothing. */
export const scopeMatcher = (scope: Json | undefined, patterns: Patterns | null): ((labels: Labels) => boolean) => {
  if (scope === undefined) return () => true
  if (!isObject(scope)) return () => false
  const conditions = Object.entries(scope).map(([name, condition]) => [name, accepts(condition, patterns)] as const)
  return (labels) => conditions.every(([name, test]) => test(Object.hasOwn(labels, name) ? (labels[name] ?? "") : null))
}

/** null: the series has no such label, which only `""` stands for. */
const accepts = (condition: Json, patterns: Patterns | null): ((value: string | null) => boolean) => {
  if (typeof condition === "string") return (value) => (value ?? "") === condition
  if (Array.isArray(condition)) {
    const values = new Set<Json>(condition)
    return (value) => values.has(value ?? "")
  }
  const regex = isObject(condition) ? condition.regex : undefined
  if (typeof regex !== "string" || patterns === null || patternProblem(patterns, regex) !== null) return () => false
  const pattern = patterns.compile(regex)
  return (value) => value !== null && pattern.testExact(value)
}

/** The part of a scope that the hub's lists can filter by: labels that must have one value. */
export const labelsOfScope = (scope: Json | undefined): Labels => {
  if (!isObject(scope)) return {}
  const equal = Object.entries(scope).flatMap(([name, condition]) => {
    const only = Array.isArray(condition) && condition.length === 1 ? condition[0] : condition
    return typeof only === "string" && only !== "" && name !== "" ? [[name, only] as const] : []
  })
  return Object.fromEntries(equal)
}

export const hasPattern = (scope: Json | undefined): boolean =>
  isObject(scope) && Object.values(scope).some((condition) => isObject(condition))

import { Result } from "effect"
import { RE2JS, RE2JSException } from "re2js"
import type { Labels } from "./Identity.ts"
import type { Scope } from "./Rule.ts"

/**
 * A pattern of 500 characters can still unroll into 80,000 instructions (`(.{0,1000})` repeated) and then take seconds
 * for one label value, linear time or not. A scope that a person writes has some tens.
 */
const MAX_PATTERN_INSTRUCTIONS = 1_000

/**
 * Compiles a pattern that runs in time linear in the value and must match it as a whole, as label matchers do
 * everywhere in this field: `web-.*` is not met by `my-web-1`. Fails with the reason, for people.
 */
export const compilePattern = (regex: string): Result.Result<(value: string) => boolean, string> => {
  try {
    const pattern = RE2JS.compile(regex)
    return pattern.programSize() > MAX_PATTERN_INSTRUCTIONS
      ? Result.fail("is too large when its repetitions are unrolled: use * or + instead of large counts")
      : Result.succeed((value) => pattern.testExact(value))
  } catch (error) {
    if (error instanceof RE2JSException) return Result.fail(`is not a linear-time regular expression: ${error.message}`)
    throw error
  }
}

/**
 * Whether a series with these labels is in a scope. The scope has passed validation. Linear in the label values. The
 * value `""` stands for a label that is empty or absent, as label matchers have it everywhere in this field: so a rule
 * can mean a host's total, which has no label `cpu`, and not its cores. A regex asks for a label that is there.
 */
export const scopeMatcher = (scope: Scope): ((labels: Labels) => boolean) => {
  const conditions = Object.entries(scope).map(
    ([name, condition]) => [name, valueMatcher(condition), acceptsAbsent(condition)] as const
  )
  return (labels) =>
    conditions.every(([name, accepts, absent]) => (Object.hasOwn(labels, name) ? accepts(labels[name]!) : absent))
}

const acceptsAbsent = (condition: Scope[string]): boolean =>
  condition === "" || (Array.isArray(condition) && condition.includes(""))

const valueMatcher = (condition: Scope[string]): ((value: string) => boolean) => {
  if (typeof condition === "string") return (value) => value === condition
  if ("regex" in condition) return Result.getOrThrow(compilePattern(condition.regex))
  const values = new Set(condition)
  return (value) => values.has(value)
}

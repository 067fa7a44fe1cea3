import { Result, Schema } from "effect"
import { limits } from "../limits.ts"
import { type Duration, durationMillis } from "./Duration.ts"
import { type Refusal, refusalsOf, withoutAnswerFields } from "./Refusals.ts"
import { limitOf, MAX_DURATION, Rule, type StaticThreshold, slugOf } from "./Rule.ts"
import { compilePattern } from "./Scope.ts"

/**
 * Checks a rule document and fills in its defaults; `key` becomes the slug of the name. Every refusal of a document is
 * reported at once, except that relations between fields are judged only when the fields themselves are sound.
 * Whether the metric exists and is active is not known here.
 */
export const validateRule = (input: unknown): Result.Result<Rule, ReadonlyArray<Refusal>> => {
  const unsupported = findUnsupported(input)
  if (unsupported.length > 0) return Result.fail(unsupported)
  const decoded = decode(prepare(input))
  if (Result.isFailure(decoded)) return Result.fail(refusalsOf(decoded.failure.issue, "rule"))
  const refusals = [
    ...checkThreshold(decoded.success.threshold),
    ...checkTrigger(decoded.success),
    ...checkDurations(decoded.success),
    ...checkScope(decoded.success)
  ]
  return refusals.length > 0 ? Result.fail(refusals.slice(0, limits.refusals)) : Result.succeed(decoded.success)
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/** What the product defines and this version cannot judge yet is refused by name, not as a spelling mistake. */
const findUnsupported = (input: unknown): Array<Refusal> => {
  if (!isObject(input)) return []
  if (Object.hasOwn(input, "combine") || Object.hasOwn(input, "conditions")) {
    return [{ field: "combine", reason: "compound rules are not available yet" }]
  }
  const type = isObject(input.threshold) ? input.threshold.type : undefined
  return type === "seasonal" || type === "fleet" || type === "forecast"
    ? [{ field: "threshold.type", reason: `"${type}" is not available yet: use "static"` }]
    : []
}

const prepare = (input: unknown): unknown => {
  if (!isObject(input)) return input
  // A document without a name is refused for that alone, so any key will do.
  const key = typeof input.name === "string" ? slugOf(input.name) : "unnamed"
  return { key, ...(withoutAnswerFields(input) as object) }
}

// A field nobody knows is refused: a mistyped `recovr` would otherwise silently be no hysteresis.
const decode = Schema.decodeUnknownResult(Rule, { errors: "all", onExcessProperty: "error" })

const SIDES = ["above", "below"] as const
const LEVELS = ["Warning", "Critical"] as const

/** Above and below are mirror images: `beyond` is the direction in which a value gets worse. */
const isBeyond = (side: "above" | "below", value: number, limit: number): boolean =>
  side === "above" ? value > limit : value < limit

const fieldOf = (side: "above" | "below", level: "Warning" | "Critical"): string =>
  `threshold.${side}.${level.toLowerCase()}`

function* checkThreshold(threshold: StaticThreshold): Generator<Refusal> {
  const given = SIDES.flatMap((side) => LEVELS.filter((level) => limitOf(threshold, side, level) !== null))
  if (given.length === 0) yield { field: "threshold", reason: "must have at least one limit" }
  for (const side of SIDES) {
    for (const level of LEVELS) {
      const limit = limitOf(threshold, side, level)
      if (limit !== null && isBeyond(side, limit.recover, limit.breach)) {
        const reason = `recover limit ${limit.recover} lies beyond the breach limit ${limit.breach}`
        yield { field: `${fieldOf(side, level)}.recover`, reason }
      }
    }
    const warning = limitOf(threshold, side, "Warning")
    const critical = limitOf(threshold, side, "Critical")
    if (warning !== null && critical !== null && isBeyond(side, warning.breach, critical.breach)) {
      const reason = `Warning limit ${warning.breach} lies beyond the Critical limit ${critical.breach}`
      yield { field: fieldOf(side, "Warning"), reason }
    }
  }
  yield* checkBandIsOpen(threshold)
}

/** Below ≥ above, within a level and across levels; and recover limits that leave no value to recover at. */
function* checkBandIsOpen(threshold: StaticThreshold): Generator<Refusal> {
  for (const level of LEVELS) {
    const below = limitOf(threshold, "below", level)
    if (below === null) continue
    for (const other of LEVELS) {
      const above = limitOf(threshold, "above", other)
      if (above === null) continue
      if (below.breach >= above.breach) {
        const reason = `limit ${below.breach} must be less than the ${other} limit ${above.breach} above`
        yield { field: fieldOf("below", level), reason }
      } else if (other === level && below.recover > above.recover) {
        const reason = `no value is both at least ${below.recover} and at most ${above.recover}: it could never recover`
        yield { field: `${fieldOf("below", level)}.recover`, reason }
      }
    }
  }
}

function* checkTrigger({ trigger }: Rule): Generator<Refusal> {
  if ((trigger.within === undefined) === (trigger.ofLast === undefined)) {
    yield { field: "trigger", reason: "must have either within or ofLast" }
  } else if (trigger.ofLast !== undefined && trigger.violations > trigger.ofLast) {
    yield { field: "trigger.violations", reason: `must be at most ofLast, ${trigger.ofLast}` }
  }
}

function* checkDurations({ trigger, recovery, noData }: Rule): Generator<Refusal> {
  const durations: ReadonlyArray<readonly [string, Duration | undefined]> = [
    ["trigger.within", trigger.within],
    ["recovery.cleanFor", recovery.cleanFor],
    ["noData.after", noData.after === "auto" ? undefined : noData.after]
  ]
  for (const [field, duration] of durations) {
    if (duration === undefined) continue
    const millis = durationMillis(duration)
    if (millis === 0 || millis > durationMillis(MAX_DURATION)) {
      yield { field, reason: `must be more than zero and at most ${MAX_DURATION}` }
    }
  }
}

function* checkScope({ scope }: Rule): Generator<Refusal> {
  for (const [label, condition] of Object.entries(scope)) {
    if (typeof condition === "string" || !("regex" in condition)) continue
    const pattern = compilePattern(condition.regex)
    if (Result.isFailure(pattern)) yield { field: `scope.${label}.regex`, reason: pattern.failure }
  }
}

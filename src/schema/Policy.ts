import { Effect, Result, Schema } from "effect"
import { Duration, durationMillis } from "./Duration.ts"
import { type Refusal, refusalsOf, withoutAnswerFields } from "./Refusals.ts"

/**
 * Which alerts of one correlation key may share an incident (N2). `Same`: those of its severity. `SameOrEscalation`:
 * also a Critical alert whose rule and dimension has a Warning alert open in it. `Any`: all of them.
 */
export const SeverityPolicy = Schema.Literals(["Same", "SameOrEscalation", "Any"])
export type SeverityPolicy = typeof SeverityPolicy.Type

export const DEFAULT_POLICY = {
  window: "15m",
  severity: "SameOrEscalation",
  dependencyHops: 0,
  resolveAfter: "15m"
} as const

/** Below the first an incident would hold one alert; above the second it would never end. */
const SHORTEST: Duration = "1s"
const LONGEST: Duration = "7d"
const MOST_HOPS = 10

const withDefault = <S extends Schema.Constraint>(schema: S, value: S["Encoded"]) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)

const BoundedDuration = Duration.check(
  Schema.makeFilter((text: string) => {
    const millis = durationMillis(text)
    // What is no duration at all is NaN here, and refused for that alone.
    const isOutside = millis < durationMillis(SHORTEST) || millis > durationMillis(LONGEST)
    return !isOutside || `must be from ${SHORTEST} to ${LONGEST}`
  })
)

/** How a workspace correlates its alerts into incidents. What a document leaves out is the default. */
export const Policy = Schema.Struct({
  window: withDefault(BoundedDuration, DEFAULT_POLICY.window),
  severity: withDefault(SeverityPolicy, DEFAULT_POLICY.severity),
  dependencyHops: withDefault(
    Schema.Int.annotate({ message: "must be a whole number" }).check(
      Schema.isBetween({ minimum: 0, maximum: MOST_HOPS }, { message: `must be from 0 to ${MOST_HOPS}` })
    ),
    DEFAULT_POLICY.dependencyHops
  ),
  /** Quiet time after which an incident resolves by itself. */
  resolveAfter: withDefault(BoundedDuration, DEFAULT_POLICY.resolveAfter)
})
export type Policy = typeof Policy.Type

/** The policy in the units correlation computes with. */
export interface CompiledPolicy {
  readonly windowMillis: number
  readonly severity: SeverityPolicy
  readonly resolveAfterMillis: number
  /**
   * Names the part that decides membership. Alerts that joined under another one keep their incident: a change of
   * policy is for the alerts that open after it.
   */
  readonly grouping: string
}

export const compilePolicy = (policy: Policy): CompiledPolicy => {
  const windowMillis = durationMillis(policy.window)
  return {
    windowMillis,
    severity: policy.severity,
    resolveAfterMillis: durationMillis(policy.resolveAfter),
    grouping: `${windowMillis}/${policy.severity}/${policy.dependencyHops}`
  }
}

/** Checks a policy document and fills in its defaults; every refusal is reported at once. */
export const validatePolicy = (input: unknown): Result.Result<Policy, ReadonlyArray<Refusal>> => {
  const decoded = decode(withoutAnswerFields(input))
  if (Result.isFailure(decoded)) return Result.fail(refusalsOf(decoded.failure.issue, "policy"))
  if (decoded.success.dependencyHops > 0) {
    const reason = "correlation along dependencies needs a topology, which is not available yet: use 0"
    return Result.fail([{ field: "dependencyHops", reason }])
  }
  return Result.succeed(decoded.success)
}

const decode = Schema.decodeUnknownResult(Policy, { errors: "all", onExcessProperty: "error" })

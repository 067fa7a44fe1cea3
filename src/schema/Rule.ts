import { Effect, Schema } from "effect"
import { Duration } from "./Duration.ts"
import { pointBounds } from "./Point.ts"
import type { Severity } from "./Severity.ts"

// Bounds of a rule document, each far above what a person writes and low enough that no rule can hurt its hub.
export const MAX_DURATION: Duration = "7d"
export const MAX_TRIGGER_VIOLATIONS = 1_000
export const MAX_TRIGGER_OF_LAST = 10_000
export const MAX_RECOVERY_POINTS = 10_000
export const MAX_SCOPE_LABELS = 32
export const MAX_SCOPE_VALUES = 1_000
export const MAX_SCOPE_REGEX_LENGTH = 500
/** A thousand names of hosts. A rule is journalled by every partition, so what it holds is held 128 times. */
export const MAX_SCOPE_CHARACTERS = 64 * 1_024
export const MAX_KEY_LENGTH = 200

/** One bad point is enough, as a person who only names a limit expects. */
export const DEFAULT_TRIGGER = { violations: 1, within: "1m" } as const
/** Quiet for five minutes before it counts as over, so that a value at its limit does not open and close all day. */
export const DEFAULT_RECOVERY = { cleanFor: "5m", minPoints: 2 } as const
export const DEFAULT_NO_DATA = { after: "auto", action: "KeepState" } as const

const text = (maximum: number, what: string) =>
  Schema.String.check(
    Schema.isPattern(new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${maximum}}$`, "u"), {
      message: `must be ${what} of 1 to ${maximum} characters without control characters`
    }),
    Schema.isPattern(/\S/u, { message: `must be ${what} that is not blank` })
  )

const integer = (minimum: number, maximum: number) =>
  Schema.Int.annotate({ message: "must be a whole number" }).check(
    Schema.isBetween({ minimum, maximum }, { message: `must be from ${minimum} to ${maximum}` })
  )

const withDefault = <S extends Schema.Constraint>(schema: S, value: S["Encoded"]) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(value))(schema)

/** A limit of one level on one side: a value breaches when strictly beyond. A number is a breach without hysteresis. */
export const Limit = Schema.Union([
  Schema.Finite,
  Schema.Struct({ breach: Schema.Finite, recover: Schema.optionalKey(Schema.Finite) })
])
export type Limit = typeof Limit.Type

export const Limits = Schema.Struct({ warning: Schema.optionalKey(Limit), critical: Schema.optionalKey(Limit) })
export type Limits = typeof Limits.Type

export const StaticThreshold = Schema.Struct({
  type: Schema.Literal("static"),
  above: Schema.optionalKey(Limits),
  below: Schema.optionalKey(Limits)
})
export type StaticThreshold = typeof StaticThreshold.Type

/** N violations within a span of event time, or among the last M evaluated points: exactly one of the two is given. */
export const Trigger = Schema.Struct({
  violations: integer(1, MAX_TRIGGER_VIOLATIONS),
  within: Schema.optionalKey(Duration),
  ofLast: Schema.optionalKey(integer(1, MAX_TRIGGER_OF_LAST))
})
export type Trigger = typeof Trigger.Type

export const Recovery = Schema.Struct({
  cleanFor: withDefault(Duration, DEFAULT_RECOVERY.cleanFor),
  minPoints: withDefault(integer(1, MAX_RECOVERY_POINTS), DEFAULT_RECOVERY.minPoints)
})
export type Recovery = typeof Recovery.Type

export const NoData = Schema.Struct({
  after: withDefault(Schema.Union([Schema.Literal("auto"), Duration]), DEFAULT_NO_DATA.after),
  action: withDefault(Schema.Literals(["Alert", "KeepState", "Ignore"]), DEFAULT_NO_DATA.action)
})
export type NoData = typeof NoData.Type

/** As long as a label's value can be. */
const ScopeValue = Schema.String.check(
  Schema.isMaxLength(pointBounds.labelValueBytes, {
    message: `must have at most ${pointBounds.labelValueBytes} characters, as labels have`
  })
)

/** What a label of the series must be: this value, one of these, or matched as a whole by a regular expression. */
export const ScopeCondition = Schema.Union([
  ScopeValue,
  Schema.Array(ScopeValue).check(
    Schema.isBetweenLength(1, MAX_SCOPE_VALUES, { message: `must list 1 to ${MAX_SCOPE_VALUES} values` })
  ),
  Schema.Struct({
    regex: Schema.String.check(
      Schema.isBetweenLength(1, MAX_SCOPE_REGEX_LENGTH, {
        message: `must have 1 to ${MAX_SCOPE_REGEX_LENGTH} characters`
      })
    )
  })
])
export type ScopeCondition = typeof ScopeCondition.Type

/** Every named label must meet its condition; a series without the label only meets `""`. Empty: every series. */
export const Scope = Schema.Record(text(255, "a label name"), ScopeCondition).check(
  Schema.isBetweenProperties(0, MAX_SCOPE_LABELS, { message: `must name at most ${MAX_SCOPE_LABELS} labels` }),
  Schema.makeFilter(
    (scope: object) =>
      JSON.stringify(scope).length <= MAX_SCOPE_CHARACTERS ||
      `must have at most ${MAX_SCOPE_CHARACTERS} characters in all: name a label that these series share`
  )
)
export type Scope = typeof Scope.Type

/**
 * What counts as abnormal, when it becomes an alert and when it ends, with every default filled in. The schema says
 * what each field may be; `validateRule` also holds what fields demand of each other, and is the way in.
 */
export const Rule = Schema.Struct({
  key: Schema.String.check(
    Schema.isPattern(new RegExp(`^[\\p{L}\\p{N}][\\p{L}\\p{M}\\p{N}._:-]{0,${MAX_KEY_LENGTH - 1}}$`, "u"), {
      message: `must start with a letter or digit and have at most ${MAX_KEY_LENGTH} letters, digits and . _ : -`
    })
  ),
  name: text(255, "a name"),
  enabled: withDefault(Schema.Boolean, true),
  metric: text(255, "a metric key"),
  scope: withDefault(Scope, {}),
  threshold: StaticThreshold,
  trigger: withDefault(Trigger, DEFAULT_TRIGGER),
  recovery: withDefault(Recovery, DEFAULT_RECOVERY),
  noData: withDefault(NoData, DEFAULT_NO_DATA),
  profile: Schema.optionalKey(text(255, "a profile name"))
})
export type Rule = typeof Rule.Type
/** The document as a client may write it: defaults left out, `key` too. */
export type RuleInput = Omit<typeof Rule.Encoded, "key"> & { readonly key?: string }

/**
 * One immutable version of a rule, as journalled: a change takes effect at one position of each partition's journal.
 */
export const RuleRevision = Schema.Struct({
  ruleId: Schema.String,
  workspaceId: Schema.String,
  /** 1, 2, 3 …: names the revision in violations and alerts. */
  revision: Schema.Int,
  rule: Rule
})
export type RuleRevision = typeof RuleRevision.Type

/** Breach and recover limit of one level on one side; without a recover limit of its own it recovers at its breach. */
export const limitOf = (
  threshold: StaticThreshold,
  side: "above" | "below",
  severity: Severity
): { readonly breach: number; readonly recover: number } | null => {
  const limit = threshold[side]?.[severity === "Critical" ? "critical" : "warning"]
  if (limit === undefined) return null
  return typeof limit === "number"
    ? { breach: limit, recover: limit }
    : { breach: limit.breach, recover: limit.recover ?? limit.breach }
}

/** The key of a rule that names none: its name in lower case, letters and digits joined by `-`; may be empty. */
export const slugOf = (name: string): string =>
  name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .slice(0, MAX_KEY_LENGTH)
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "")

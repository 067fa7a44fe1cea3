/**
 * What the hub would refuse of a rule document, said while it is typed: a mirror of schema/Rule.ts and
 * schema/RuleValidation.ts, which the browser does not load. A test holds the two together, field by field.
 */
import { isObject, LEVELS, type Level, type RuleDocument, SIDES, type Side, slugOf, valueAt } from "./document.ts"

export interface Refusal {
  readonly field: string
  readonly reason: string
}

/** Why a regular expression is refused; null where it is not. */
export type PatternCheck = (regex: string) => string | null

export const refusalsOf = (document: unknown, checkPattern: PatternCheck = () => null): ReadonlyArray<Refusal> => {
  if (!isObject(document)) return [{ field: "rule", reason: "must be an object" }]
  const unsupported = unsupportedIn(document)
  if (unsupported !== null) return [unsupported]
  const key = typeof document.name === "string" ? slugOf(document.name) : "unnamed"
  const shape = rule({ key, ...document }, "")
  // Relations between fields are judged only when the fields themselves are sound: as the hub does it.
  return shape.length > 0 ? shape : relationsIn(document, checkPattern)
}

const unsupportedIn = (document: RuleDocument): Refusal | null => {
  if ("combine" in document || "conditions" in document) {
    return { field: "combine", reason: "compound rules are not available yet" }
  }
  const type = valueAt(document, ["threshold", "type"])
  return type === "seasonal" || type === "fleet" || type === "forecast"
    ? { field: "threshold.type", reason: `"${type}" is not available yet: use "static"` }
    : null
}

type Check = (value: unknown, field: string) => ReadonlyArray<Refusal>

const refuse = (field: string, reason: string): ReadonlyArray<Refusal> => [{ field, reason }]

/** Fields with `?` may be absent. */
const object =
  (fields: Readonly<Record<string, Check>>, optional: ReadonlyArray<string> = []): Check =>
  (value, field) => {
    if (!isObject(value)) return refuse(field, "must be an object")
    const at = (name: string) => (field === "" ? name : `${field}.${name}`)
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(fields, name))
    return [
      ...unknown.flatMap((name) => refuse(at(name), "is not known here")),
      ...Object.entries(fields).flatMap(([name, check]) => {
        if (Object.hasOwn(value, name)) return check(value[name], at(name))
        return optional.includes(name) ? [] : refuse(at(name), "is required")
      })
    ]
  }

const matching =
  (pattern: RegExp, reason: string): Check =>
  (value, field) =>
    typeof value !== "string" ? refuse(field, "must be a text") : pattern.test(value) ? [] : refuse(field, reason)

const name = (what: string): Check => {
  const plain = matching(
    /^[^\p{Cc}\p{Cs}]{1,255}$/u,
    `must be ${what} of 1 to 255 characters without control characters`
  )
  return (value, field) => {
    const refusals = plain(value, field)
    if (refusals.length > 0) return refusals
    return /\S/u.test(String(value)) ? [] : refuse(field, `must be ${what} that is not blank`)
  }
}

const number: Check = (value, field) => (Number.isFinite(value) ? [] : refuse(field, "must be a number"))

const integer =
  (minimum: number, maximum: number): Check =>
  (value, field) => {
    if (typeof value !== "number") return refuse(field, "must be a number")
    if (!Number.isSafeInteger(value)) return refuse(field, "must be a whole number")
    return value >= minimum && value <= maximum ? [] : refuse(field, `must be from ${minimum} to ${maximum}`)
  }

const oneOf =
  (choices: ReadonlyArray<unknown>): Check =>
  (value, field) =>
    choices.includes(value) ? [] : refuse(field, `must be ${choices.map((one) => JSON.stringify(one)).join(" or ")}`)

const duration = matching(/^[0-9]{1,9}[smhd]$/, "must be a whole number and a unit, like 30s, 5m, 1h or 7d")

const limitFields = object({ breach: number, recover: number }, ["recover"])
const limit: Check = (value, field) => (isObject(value) ? limitFields(value, field) : number(value, field))
const limits = object({ warning: limit, critical: limit }, LEVELS)

const regexFields = object({
  regex: (value, field) => {
    if (typeof value !== "string") return refuse(field, "must be a text")
    return value.length >= 1 && value.length <= 500 ? [] : refuse(field, "must have 1 to 500 characters")
  }
})

const condition: Check = (value, field) => {
  if (typeof value === "string") return []
  if (isObject(value)) return regexFields(value, field)
  if (!Array.isArray(value)) return refuse(field, "must be a value, a list of values, or a regular expression")
  const wrong = value.flatMap((one, index) =>
    typeof one === "string" ? [] : refuse(`${field}.${index}`, "must be a text")
  )
  if (wrong.length > 0) return wrong
  return value.length >= 1 && value.length <= 1_000 ? [] : refuse(field, "must list 1 to 1000 values")
}

const labelName = name("a label name")
const scope: Check = (value, field) => {
  if (!isObject(value)) return refuse(field, "must be an object")
  const labels = Object.entries(value)
  if (labels.length > 32) return refuse(field, "must name at most 32 labels")
  return labels.flatMap(([label, one]) => {
    const isNamed = labelName(label, "").length === 0
    return isNamed ? condition(one, `${field}.${label}`) : refuse(`${field}.${label}`, "is no label name")
  })
}

const rule = object(
  {
    key: matching(
      /^[\p{L}\p{N}][\p{L}\p{M}\p{N}._:-]{0,199}$/u,
      "must start with a letter or digit and have at most 200 letters, digits and . _ : -"
    ),
    name: name("a name"),
    enabled: (value, field) => (typeof value === "boolean" ? [] : refuse(field, "must be true or false")),
    metric: name("a metric key"),
    scope,
    threshold: object({ type: oneOf(["static"]), above: limits, below: limits }, SIDES),
    trigger: object({ violations: integer(1, 1_000), within: duration, ofLast: integer(1, 10_000) }, [
      "within",
      "ofLast"
    ]),
    recovery: object({ cleanFor: duration, minPoints: integer(1, 10_000) }, ["cleanFor", "minPoints"]),
    noData: object(
      {
        after: (value, field) => (value === "auto" ? [] : duration(value, field)),
        action: oneOf(["Alert", "KeepState", "Ignore"])
      },
      ["after", "action"]
    ),
    profile: name("a profile name")
  },
  ["enabled", "scope", "trigger", "recovery", "noData", "profile"]
)

const relationsIn = (document: RuleDocument, checkPattern: PatternCheck): ReadonlyArray<Refusal> => [
  ...thresholdRelations(document),
  ...triggerRelations(document),
  ...durationRelations(document),
  ...scopeRelations(document, checkPattern)
]

/** Of a sound document: breach and recover limit of a level; it recovers at its breach where nothing else is said. */
export const limitOf = (document: RuleDocument, side: Side, level: Level) => {
  const written = valueAt(document, ["threshold", side, level])
  if (typeof written === "number") return { breach: written, recover: written }
  if (!isObject(written) || typeof written.breach !== "number") return null
  return { breach: written.breach, recover: typeof written.recover === "number" ? written.recover : written.breach }
}

const NAMES = { warning: "Warning", critical: "Critical" } as const

const isBeyond = (side: Side, value: number, other: number): boolean =>
  side === "above" ? value > other : value < other

function* thresholdRelations(document: RuleDocument): Generator<Refusal> {
  const given = SIDES.flatMap((side) => LEVELS.filter((level) => limitOf(document, side, level) !== null))
  if (given.length === 0) yield { field: "threshold", reason: "must have at least one limit" }
  for (const side of SIDES) {
    for (const level of LEVELS) {
      const found = limitOf(document, side, level)
      if (found !== null && isBeyond(side, found.recover, found.breach)) {
        const reason = `recover limit ${found.recover} lies beyond the breach limit ${found.breach}`
        yield { field: `threshold.${side}.${level}.recover`, reason }
      }
    }
    const warning = limitOf(document, side, "warning")
    const critical = limitOf(document, side, "critical")
    if (warning !== null && critical !== null && isBeyond(side, warning.breach, critical.breach)) {
      const reason = `Warning limit ${warning.breach} lies beyond the Critical limit ${critical.breach}`
      yield { field: `threshold.${side}.warning`, reason }
    }
  }
  yield* bandRelations(document)
}

function* bandRelations(document: RuleDocument): Generator<Refusal> {
  for (const level of LEVELS) {
    const below = limitOf(document, "below", level)
    if (below === null) continue
    for (const other of LEVELS) {
      const above = limitOf(document, "above", other)
      if (above === null) continue
      if (below.breach >= above.breach) {
        const reason = `limit ${below.breach} must be less than the ${NAMES[other]} limit ${above.breach} above`
        yield { field: `threshold.below.${level}`, reason }
      } else if (other === level && below.recover > above.recover) {
        const reason = `no value is both at least ${below.recover} and at most ${above.recover}: it could never recover`
        yield { field: `threshold.below.${level}.recover`, reason }
      }
    }
  }
}

function* triggerRelations({ trigger }: RuleDocument): Generator<Refusal> {
  if (!isObject(trigger)) return
  const { ofLast, violations, within } = trigger
  if ((within === undefined) === (ofLast === undefined)) {
    yield { field: "trigger", reason: "must have either within or ofLast" }
  } else if (ofLast !== undefined && Number(violations) > Number(ofLast)) {
    yield { field: "trigger.violations", reason: `must be at most ofLast, ${ofLast}` }
  }
}

const UNIT_MILLIS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `30s`, `5m`, `1h`, `7d`; NaN of anything else. */
export const durationMillis = (text: string): number =>
  /^[0-9]{1,9}[smhd]$/.test(text) ? Number(text.slice(0, -1)) * UNIT_MILLIS[text.slice(-1)]! : Number.NaN

function* durationRelations(document: RuleDocument): Generator<Refusal> {
  for (const path of [
    ["trigger", "within"],
    ["recovery", "cleanFor"],
    ["noData", "after"]
  ]) {
    const text = valueAt(document, path)
    if (typeof text !== "string" || text === "auto") continue
    const millis = durationMillis(text)
    if (millis === 0 || millis > 7 * 86_400_000) {
      yield { field: path.join("."), reason: "must be more than zero and at most 7d" }
    }
  }
}

function* scopeRelations({ scope }: RuleDocument, checkPattern: PatternCheck): Generator<Refusal> {
  if (!isObject(scope)) return
  for (const [label, one] of Object.entries(scope)) {
    if (!isObject(one) || typeof one.regex !== "string") continue
    const reason = checkPattern(one.regex)
    if (reason !== null) yield { field: `scope.${label}.regex`, reason }
  }
}

/** What the rule editor works out for itself, held against the hub's own code. */
import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { RE2JS } from "re2js"
import { slugOf as hubSlugOf } from "../../src/schema/Rule.ts"
import { validateRule } from "../../src/schema/RuleValidation.ts"
import { scopeMatcher as hubScopeMatcher } from "../../src/schema/Scope.ts"
import { breachesOf, drawnLimits } from "../../src/web/pages/rules/breaches.ts"
import {
  canonical,
  limitAt,
  type RuleDocument,
  slugOf,
  valueAt,
  withLimit,
  withValue
} from "../../src/web/pages/rules/document.ts"
import { readDraft } from "../../src/web/pages/rules/keptDraft.ts"
import { labelsOfScope, patternProblem, scopeMatcher } from "../../src/web/pages/rules/scope.ts"
import { refusalsOf } from "../../src/web/pages/rules/validate.ts"
import { scopeWords, thresholdWords, triggerWords } from "../../src/web/pages/rules/words.ts"

const ABSENT = Symbol("absent")

const limits = [ABSENT, 0, 10, 80, 90.5, "80", null, { breach: 80, recover: 75 }, { breach: 80, recover: 85 }].concat([
  { breach: 10, recover: 30 },
  { breach: 50 },
  { recover: 1 },
  { breach: "x", recover: null },
  { breach: 1, other: 2 }
] as never)
const scopes = [ABSENT, {}, "x", { host: "a" }, { host: ["a", "b"], mount: "" }, { host: [] }, { host: [1] }].concat([
  { host: { regex: "a.*" } },
  { host: { regex: "(" } },
  { host: { regex: "(.{0,1000}){9}" } },
  { host: { regex: "" } },
  { host: {} },
  { host: { regex: "a", other: 1 } },
  { "": "a" },
  { host: 3 },
  Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`label${index}`, "x"]))
] as never)
const durations = ["5m", "0s", "7d", "8d", "169h", "5x", "", 5, null]
const triggers = [
  ABSENT,
  {},
  null,
  { violations: 3 },
  { violations: 3, ofLast: 5 },
  { violations: 3, ofLast: 2 }
].concat([
  { violations: 3, ofLast: 3, within: "5m" },
  { violations: 0, within: "5m" },
  { violations: 1.5, ofLast: 10_001 },
  { violations: "3", ofLast: "5" },
  { within: "1m" },
  { violations: 1_001, within: "1m", other: 1 },
  ...durations.map((within) => ({ violations: 2, within }))
] as never)
const recoveries = [ABSENT, {}, { minPoints: 0 }, { minPoints: 10_001, cleanFor: "5m" }, { minPoints: 2.5 }, []].concat(
  durations.map((cleanFor) => ({ cleanFor })) as never
)
const noDatas = [ABSENT, {}, { action: "Alert" }, { action: "alert" }, { after: "auto" }, { other: 1 }].concat(
  durations.map((after) => ({ after, action: "Ignore" })) as never
)
const names = ["CPU used", "", " ", "---", "Größe", 3, ABSENT, "x".repeat(256), "a\u0007"]
const keys = [ABSENT, "a", "-a", "", 1, "x".repeat(201), "a b"]
const types = ["static", "static", "static", "seasonal", "foo", ABSENT, null]

const given = (fields: Readonly<Record<string, unknown>>): RuleDocument =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ABSENT)) as RuleDocument

/** One of a list; the first more often than the others, so that most documents have few faults. */
const pick = (list: ReadonlyArray<unknown>, at: number): unknown => (at % 3 === 0 ? list[0] : list[at % list.length])

const place = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9_999 }))

const hubRefusals = (document: unknown) => {
  const result = validateRule(document)
  return Result.isFailure(result) ? result.failure : []
}

const checkPattern = (regex: string) => patternProblem(RE2JS, regex)

const fieldsOf = (refusals: ReadonlyArray<{ readonly field: string }>) =>
  [...new Set(refusals.map(({ field }) => (field === "rule" ? "" : field)))].sort()

describe("validation in the browser", () => {
  it.prop(
    "refuses the fields that the hub refuses, and no others",
    [place, place, place, place, place, place, place, place, place, place],
    ([a, b, c, d, e, f, g, h, i, j]) => {
      const threshold = given({
        type: pick(types, a),
        above: given({ warning: limits[b % limits.length], critical: pick(limits, c) }),
        below: d % 2 === 0 ? ABSENT : given({ warning: pick(limits, d), critical: pick(limits, e) })
      })
      const document = given({
        name: pick(names, f),
        key: pick(keys, g),
        metric: "m",
        threshold,
        scope: pick(scopes, h),
        trigger: pick(triggers, i),
        recovery: pick(recoveries, j),
        noData: pick(noDatas, a + j)
      })
      const expected = hubRefusals(document)
      const actual = refusalsOf(document, checkPattern)
      assert.deepStrictEqual(fieldsOf(actual), fieldsOf(expected), JSON.stringify(document))
    },
    { arbitrary: { runs: 2_000 } }
  )

  const base = { name: "CPU", metric: "m" }
  for (const threshold of [
    { type: "static" },
    { type: "static", above: { warning: { breach: 80, recover: 85 }, critical: 70 }, below: { warning: 90 } },
    { type: "static", above: { warning: { breach: 80, recover: 20 } }, below: { warning: { breach: 10, recover: 30 } } }
  ]) {
    it(`gives the hub's reasons for relations: ${JSON.stringify(threshold)}`, () => {
      const document = { ...base, threshold } as RuleDocument
      assert.isNotEmpty(hubRefusals(document))
      assert.deepStrictEqual(refusalsOf(document, checkPattern), hubRefusals(document))
    })
  }

  for (const document of [null, [], "x", { ...base, combine: "All" }, { ...base, other: 1 }]) {
    it(`refuses ${JSON.stringify(document)} where the hub does`, () => {
      assert.isNotEmpty(hubRefusals(document))
      assert.deepStrictEqual(fieldsOf(refusalsOf(document)), fieldsOf(hubRefusals(document)))
    })
  }
})

describe("what a scope selects", () => {
  const series = [{}, { host: "web-1" }, { host: "web-10", cpu: "0" }, { host: "my-web-1" }, { host: "", cpu: "" }]
  for (const scope of [
    {},
    { host: "web-1" },
    { host: ["web-1", ""] },
    { cpu: "" },
    { host: { regex: "web-.*" } },
    { host: { regex: "web-1|my-.*" }, cpu: "" }
  ] as const) {
    it(`is what the hub selects: ${JSON.stringify(scope)}`, () => {
      const own = scopeMatcher(scope, RE2JS)
      const hub = hubScopeMatcher(scope)
      assert.deepStrictEqual(series.map(own), series.map(hub))
    })
  }

  it("asks the hub only for labels that must have one value", () =>
    assert.deepStrictEqual(labelsOfScope({ a: "1", b: ["2"], c: ["3", "4"], d: "", e: { regex: "x" } }), {
      a: "1",
      b: "2"
    }))

  it("an unsound pattern selects nothing", () => {
    assert.isFalse(scopeMatcher({ host: { regex: "(" } }, RE2JS)({ host: "(" }))
    assert.match(patternProblem(RE2JS, "(") ?? "", /linear-time/)
  })
})

describe("a rule as it is written", () => {
  const document: RuleDocument = { name: "a", threshold: { type: "static", above: { warning: 80 } } }

  it("a limit without hysteresis is a number, with one an object, and without a number gone", () => {
    const hysteresis = withLimit(document, "above", "warning", { breach: 80, recover: 75 })
    assert.deepStrictEqual(valueAt(hysteresis, ["threshold", "above", "warning"]), { breach: 80, recover: 75 })
    assert.deepStrictEqual(limitAt(hysteresis, "above", "warning"), { breach: 80, recover: 75 })
    assert.deepStrictEqual(withLimit(hysteresis, "above", "warning", { breach: 80, recover: undefined }), document)
    const none = withLimit(document, "above", "warning", { breach: undefined, recover: undefined })
    assert.deepStrictEqual(none, { name: "a", threshold: { type: "static" } })
  })

  it("setting a value makes the objects around it, and leaves the document as it was", () => {
    const next = withValue(document, ["recovery", "cleanFor"], "5m")
    assert.deepStrictEqual(valueAt(next, ["recovery", "cleanFor"]), "5m")
    assert.isUndefined(valueAt(document, ["recovery"]))
  })

  it("the order of fields is no change", () =>
    assert.strictEqual(canonical({ a: 1, b: { c: 2, d: 3 } }), canonical({ b: { d: 3, c: 2 }, a: 1 })))

  for (const name of ["Filesystem almost full", "  Größe: 10 % ", "日本 cpu", "---"]) {
    it(`the key of ${JSON.stringify(name)} is the hub's`, () => assert.strictEqual(slugOf(name), hubSlugOf(name)))
  }

  it("reads as a sentence", () => {
    const threshold = {
      type: "static",
      above: { warning: { breach: 80, recover: 75 }, critical: 95 },
      below: { critical: 5 }
    } as const
    assert.strictEqual(
      thresholdWords(threshold, "percent"),
      "Warning above 80 % (until 75 %), critical above 95 %, critical below 5 %"
    )
    assert.strictEqual(triggerWords({ violations: 1, within: "5m" }), "1 violation within 5m")
    assert.strictEqual(triggerWords({ violations: 3, ofLast: 5 }), "3 violations of the last 5 points")
    assert.strictEqual(scopeWords({ host: ["a", "b"], cpu: "" }), "host a, b · no cpu")
    assert.strictEqual(scopeWords({}), "every series")
  })
})

describe("unsaved changes", () => {
  const draft = { origin: { version: 3, document: { name: "a" } }, document: { name: "b" } }
  const kept = (text: string | null) => readDraft("key", { getItem: () => text })

  it("come back as they were kept", () => assert.deepStrictEqual(kept(JSON.stringify(draft)), draft))

  for (const text of [null, "", "{", "[]", '{"origin":{}}', '{"origin":{"version":"3"},"document":{}}']) {
    it(`are none in ${JSON.stringify(text)}`, () => assert.isNull(kept(text)))
  }
})

describe("breaches among what is shown", () => {
  const document = {
    threshold: { type: "static", above: { warning: 80, critical: { breach: 90, recover: 85 } }, below: { warning: 5 } }
  } as RuleDocument
  const points = [
    [1_000, 80, 80, 80],
    [2_000, 70, 78, 81],
    [3_000, 4, 50, 91],
    [4_000, 4, 4, 4],
    [9_000, 99, 99, 99]
  ] as const

  it("a bucket counts once, by its extremes and its highest level; equal is no breach", () => {
    const { bySeries, ...counts } = breachesOf([{ id: "a", name: "a", points }], document, { from: 0, to: 5_000 })
    assert.deepStrictEqual(counts, { points: 4, critical: 1, warning: 2 })
    assert.strictEqual(bySeries.get("a"), 3)
  })

  it("every limit is drawn, recover limits where they differ", () =>
    assert.deepStrictEqual(
      drawnLimits(document).map(({ recovers = false, severity, side, value }) => [severity, side, value, recovers]),
      [
        ["Warning", "above", 80, false],
        ["Critical", "above", 90, false],
        ["Critical", "above", 85, true],
        ["Warning", "below", 5, false]
      ]
    ))
})

import { assert, describe, it } from "@effect/vitest"
import {
  checkHost,
  checkLabels,
  checkMetric,
  checkTimestamp,
  checkValue,
  isName,
  labelsOf,
  withHost
} from "../../src/schema/Point.ts"

const now = Date.UTC(2026, 2, 1)

describe("I8: metric keys and label names", () => {
  it.each([
    "CpuUsageRate(%)",
    "host.cpu.used_percent",
    "a b",
    " a ",
    "\u00a0é",
    "温度",
    "é",
    "__proto__",
    "constructor",
    "a=b,c\\d",
    "x".repeat(255),
    "💡".repeat(255), // characters are code points
    "👩‍💻" // joined by U+200D, which shows
  ])("%j is one", (text) => {
    assert.isTrue(isName(text))
    assert.isUndefined(checkMetric(text))
  })

  it.each([
    ["a blank", " "],
    ["nothing but blanks", "   "],
    ["nothing but blanks of other widths", " \u00a0\u2003\u3000"],
    ["nothing that shows", "\u200b\u00ad\u2060\ufeff"],
    ["a control character", "a\nb"],
    ["NUL", "a\0"],
    ["DEL", "a\u007f"],
    ["a C1 control", "a\u0085"],
    ["a line separator", "a\u2028"],
    ["a paragraph separator", "a\u2029"],
    ["an override of the writing direction", "a\u202eb"],
    ["an isolate of the writing direction", "a\u2066b"],
    ["a lone high surrogate", "a\ud83d"],
    ["a lone low surrogate", "\udca1a"],
    ["256 characters", "x".repeat(256)],
    ["256 characters outside ASCII", "é".repeat(256)],
    ["256 characters in pairs of surrogates", "💡".repeat(256)],
    ["a million characters", "x".repeat(1_000_000)]
  ])("%s is refused", (_, text) => {
    assert.isFalse(isName(text))
    assert.strictEqual(checkMetric(text)?.code, "metric_invalid")
    assert.strictEqual(checkLabels({ [text]: "v" })?.code, "label_invalid")
  })

  it("an absent metric is missing, another type is invalid", () => {
    for (const metric of [undefined, null, ""]) assert.strictEqual(checkMetric(metric)?.code, "missing_metric")
    for (const metric of [1, true, {}, ["a"]]) assert.strictEqual(checkMetric(metric)?.code, "metric_invalid")
  })
})

describe("I8: labels", () => {
  const numbered = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`label${i}`, "v"]))

  it("32 are accepted, 33 are not", () => {
    assert.isUndefined(checkLabels({}))
    assert.isUndefined(checkLabels(numbered(32)))
    assert.strictEqual(checkLabels(numbered(33))?.code, "too_many_labels")
  })

  it("an empty name is refused", () => assert.strictEqual(checkLabels({ "": "v" })?.code, "label_invalid"))

  it.each([
    ["", undefined],
    ["line\nbreak", undefined],
    ["x".repeat(1024), undefined],
    ["x".repeat(1025), "label_value_too_long"],
    ["é".repeat(512), undefined],
    [`${"é".repeat(512)}x`, "label_value_too_long"],
    [`${"温".repeat(341)}x`, undefined],
    [`${"温".repeat(341)}xx`, "label_value_too_long"],
    ["💡".repeat(256), undefined],
    [`${"💡".repeat(256)}x`, "label_value_too_long"],
    ["a\0b", "label_invalid"],
    ["a\ud83d", "label_invalid"]
  ])("value %j: %s", (value, code) => assert.strictEqual(checkLabels({ name: value })?.code, code))

  it.each([[null], ["a"], [1], [["a", "b"]]])("%j are none", (labels) =>
    assert.strictEqual(checkLabels(labels)?.code, "label_invalid")
  )

  it.each([[1], [null], [true], [{}], [undefined]])("value %j is refused", (value) =>
    assert.strictEqual(checkLabels({ name: value })?.code, "label_invalid")
  )

  it("a message repeats little of a hostile name, and no control character", () => {
    const message = checkLabels({ [`\u001b[31m${"x".repeat(10_000)}`]: "v" })?.message ?? ""
    assert.isBelow(message.length, 200)
    assert.notInclude(message, "\u001b")
  })

  it("K9: __proto__ and constructor are labels like any other", () => {
    const labels = labelsOf([
      ["__proto__", "a"],
      ["constructor", "b"]
    ])!
    assert.deepStrictEqual(Object.entries(labels), [
      ["__proto__", "a"],
      ["constructor", "b"]
    ])
    assert.isUndefined(checkLabels(labels))
    assert.deepStrictEqual(Object.keys(withHost(labels, "web-1")), ["__proto__", "constructor", "host"])
    assert.isUndefined(Object.getOwnPropertyDescriptor(Object.prototype, "a"))
  })

  it("a name that occurs twice makes no labels", () =>
    assert.isUndefined(
      labelsOf([
        ["a", "1"],
        ["a", "1"]
      ])
    ))

  it("X2: a host's token sets an absent host and refuses another", () => {
    assert.isUndefined(checkHost({ mount: "/" }, "web-1"))
    assert.deepStrictEqual(withHost({ mount: "/" }, "web-1"), { mount: "/", host: "web-1" })
    assert.isUndefined(checkHost({ host: "web-1" }, "web-1"))
    assert.deepStrictEqual(withHost({ host: "web-1" }, "web-1"), { host: "web-1" })
    assert.strictEqual(checkHost({ host: "web-2" }, "web-1")?.code, "wrong_host")
    assert.strictEqual(checkHost({ host: "" }, "web-1")?.code, "wrong_host")
    assert.strictEqual(checkHost(numbered(32), "web-1")?.code, "too_many_labels")
  })
})

describe("values", () => {
  it.each([0, -0, 1.5, -1e308, Number.MIN_VALUE, 2 ** 53 + 2])("%d is one", (value) =>
    assert.isUndefined(checkValue(value))
  )
  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%d is not finite", (value) =>
    assert.strictEqual(checkValue(value)?.code, "value_not_finite")
  )
  it.each([undefined, null, "1", true, {}, [1]])("%j is no value", (value) =>
    assert.strictEqual(checkValue(value)?.code, "value_invalid")
  )
})

describe("I6: timestamps", () => {
  it.each([
    ["now", now, undefined],
    ["5 minutes ahead", now + 300_000, undefined],
    ["a millisecond more", now + 300_001, "timestamp_future"],
    ["nanoseconds for milliseconds", now * 1e6, "timestamp_future"],
    ["2^63", 2 ** 63, "timestamp_future"],
    ["2000-01-01", Date.UTC(2000, 0, 1), undefined],
    ["a millisecond before 2000", Date.UTC(2000, 0, 1) - 1, "timestamp_range"],
    ["0", 0, "timestamp_range"],
    ["negative", -1, "timestamp_range"],
    ["-2^63", -(2 ** 63), "timestamp_range"],
    ["2^31", 2 ** 31, "timestamp_range"],
    ["seconds for milliseconds", now / 1000, "timestamp_range"],
    ["a fraction of a millisecond", now + 0.5, "timestamp_range"]
  ])("%s", (_, timestamp, code) => assert.strictEqual(checkTimestamp(timestamp, now)?.code, code))
})

import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { DEFAULT_NO_DATA, DEFAULT_RECOVERY, DEFAULT_TRIGGER } from "../../src/schema/Rule.ts"
import { validateRule } from "../../src/schema/RuleValidation.ts"

const base = { name: "Disk full", metric: "disk", threshold: { type: "static", above: { warning: 80 } } }

const refusalsOf = (input: unknown) => {
  const result = validateRule(input)
  return Result.isFailure(result) ? result.failure : []
}
const fieldsOf = (input: unknown) => refusalsOf(input).map(({ field }) => field)
const threshold = (above: object, below?: object) => ({
  ...base,
  threshold: { type: "static", above, ...(below && { below }) }
})
const breach = (value: number, recover: number) => ({ breach: value, recover })

describe("a sound rule", () => {
  it("is the document with its defaults", () => {
    assert.deepStrictEqual(Result.getOrThrow(validateRule(base)), {
      key: "disk-full",
      name: "Disk full",
      enabled: true,
      metric: "disk",
      scope: {},
      threshold: { type: "static", above: { warning: 80 } },
      trigger: DEFAULT_TRIGGER,
      recovery: DEFAULT_RECOVERY,
      noData: DEFAULT_NO_DATA
    })
  })

  it("D6: absent noData keeps the state", () => {
    assert.deepStrictEqual(DEFAULT_NO_DATA, { after: "auto", action: "KeepState" })
  })

  it("is the example of the contract as it stands", () => {
    const example = {
      key: "filesystem-almost-full",
      name: "Filesystem almost full",
      enabled: true,
      metric: "host.filesystem.used_percent",
      scope: { host: ["web-1", "web-2"] },
      threshold: { type: "static", above: { warning: { breach: 80, recover: 75 }, critical: 95 } },
      trigger: { violations: 3, within: "5m" },
      recovery: { cleanFor: "10m", minPoints: 3 },
      noData: { after: "auto", action: "Alert" }
    }
    assert.deepStrictEqual<unknown>(Result.getOrThrow(validateRule(example)), example)
  })

  it("may be an answer put back", () => {
    const answer = { ...base, id: "x", createdAt: "2026-01-01T00:00:00.000Z", version: 3 }
    assert.isFalse("version" in Result.getOrThrow(validateRule(answer)))
  })

  for (const [name, key] of [
    ["  Größe > 5 % ", "große-5"],
    ["CpuUsageRate(%) high", "cpuusagerate-high"],
    ["温度 高", "温度-高"]
  ] as const) {
    it(`named ${JSON.stringify(name)} has the key ${key}`, () =>
      assert.strictEqual(Result.getOrThrow(validateRule({ ...base, name })).key, key))
  }

  const sound: ReadonlyArray<readonly [string, object]> = [
    ["limits of both levels equal", threshold({ warning: 80, critical: 80 })],
    ["recover equal to breach", threshold({ warning: breach(80, 80) }, { warning: breach(10, 10) })],
    ["a critical recovering below the warning", threshold({ warning: breach(80, 75), critical: breach(95, 60) })],
    ["levels whose recover limits cross", threshold({ critical: breach(95, 20) }, { warning: breach(10, 30) })],
    ["limits on one side only", threshold({}, { critical: -5 })],
    ["violations equal to ofLast", { ...base, trigger: { violations: 3, ofLast: 3 } }],
    ["durations of 7 d", { ...base, trigger: { violations: 1, within: "7d" }, recovery: { cleanFor: "168h" } }],
    ["other labels", { ...base, scope: { "CpuUsageRate(%)": "a", host: { regex: "web-.*" }, mount: ["/"] } }]
  ]
  for (const [what, document] of sound) it(`may have ${what}`, () => assert.isEmpty(refusalsOf(document)))
})

describe("D3: refused with the field", () => {
  const cases: ReadonlyArray<readonly [string, object, string]> = [
    [
      "a recover limit beyond its breach limit",
      threshold({ warning: breach(80, 81) }),
      "threshold.above.warning.recover"
    ],
    ["the same below", threshold({}, { critical: breach(5, 4) }), "threshold.below.critical.recover"],
    ["a Warning limit beyond the Critical one", threshold({ warning: 96, critical: 95 }), "threshold.above.warning"],
    ["the same below", threshold({}, { warning: 4, critical: 5 }), "threshold.below.warning"],
    ["the same with a recover limit", threshold({ warning: breach(96, 90), critical: 95 }), "threshold.above.warning"],
    ["below ≥ above", threshold({ warning: 80 }, { warning: 80 }), "threshold.below.warning"],
    ["below ≥ above across levels", threshold({ critical: 80 }, { warning: 90 }), "threshold.below.warning"],
    [
      "recover limits without a value between",
      threshold({ warning: breach(80, 20) }, { warning: breach(10, 30) }),
      "threshold.below.warning.recover"
    ],
    ["violations < 1", { ...base, trigger: { violations: 0, within: "5m" } }, "trigger.violations"],
    ["violations > ofLast", { ...base, trigger: { violations: 4, ofLast: 3 } }, "trigger.violations"],
    ["minPoints < 1", { ...base, recovery: { cleanFor: "5m", minPoints: 0 } }, "recovery.minPoints"],
    ["within of zero", { ...base, trigger: { violations: 1, within: "0s" } }, "trigger.within"],
    ["within above 7 d", { ...base, trigger: { violations: 1, within: "169h" } }, "trigger.within"],
    ["cleanFor of zero", { ...base, recovery: { cleanFor: "0m", minPoints: 1 } }, "recovery.cleanFor"],
    ["cleanFor above 7 d", { ...base, recovery: { cleanFor: "8d", minPoints: 1 } }, "recovery.cleanFor"],
    ["noData after zero", { ...base, noData: { after: "0s", action: "Alert" } }, "noData.after"]
  ]
  for (const [what, document, field] of cases) {
    it(`${what}: ${field}`, () => {
      assert.deepStrictEqual(fieldsOf(document), [field])
      assert.isNotEmpty(refusalsOf(document)[0]?.reason)
    })
  }
})

describe("refused with the field", () => {
  const cases: ReadonlyArray<readonly [string, unknown, ReadonlyArray<string>]> = [
    ["no object", 3, ["rule"]],
    ["an array", [], ["rule"]],
    ["null", null, ["rule"]],
    ["nothing in it", {}, ["name", "metric", "threshold"]],
    ["a blank name", { ...base, key: "k", name: " " }, ["name"]],
    ["a name with control characters", { ...base, key: "k", name: "a\r\nb" }, ["name"]],
    ["a name of 256 characters", { ...base, key: "k", name: "x".repeat(256) }, ["name"]],
    ["a name without letters and no key", { ...base, name: "!!" }, ["key"]],
    ["a key with spaces", { ...base, key: "a b" }, ["key"]],
    ["no limit", threshold({}), ["threshold"]],
    ["a limit that is text", threshold({ warning: "80" }), ["threshold.above.warning"]],
    ["a limit that is infinite", threshold({ warning: Number.POSITIVE_INFINITY }), ["threshold.above.warning"]],
    ["an unknown level", threshold({ warning: 80, fatal: 99 }), ["threshold.above.fatal"]],
    ["a mistyped recover", threshold({ warning: { breach: 80, recovr: 75 } }), ["threshold.above.warning.recovr"]],
    ["an unknown field", { ...base, treshold: {} }, ["treshold"]],
    ["a field called __proto__", JSON.parse(`{"__proto__":1,${JSON.stringify(base).slice(1)}`), ["__proto__"]],
    ["an unknown threshold type", { ...base, threshold: { type: "magic" } }, ["threshold.type"]],
    ["neither within nor ofLast", { ...base, trigger: { violations: 1 } }, ["trigger"]],
    ["both within and ofLast", { ...base, trigger: { violations: 1, within: "5m", ofLast: 3 } }, ["trigger"]],
    ["1,001 violations", { ...base, trigger: { violations: 1_001, within: "5m" } }, ["trigger.violations"]],
    ["half a violation", { ...base, trigger: { violations: 1.5, within: "5m" } }, ["trigger.violations"]],
    ["ofLast 10,001", { ...base, trigger: { violations: 1, ofLast: 10_001 } }, ["trigger.ofLast"]],
    ["a duration in words", { ...base, trigger: { violations: 1, within: "5 minutes" } }, ["trigger.within"]],
    ["a null recovery", { ...base, recovery: null }, ["recovery"]],
    ["an unknown noData action", { ...base, noData: { action: "Panic" } }, ["noData.action"]],
    ["a number as scope value", { ...base, scope: { host: 1 } }, ["scope.host"]],
    ["a number among scope values", { ...base, scope: { host: ["a", 1] } }, ["scope.host.1"]],
    ["an empty list of scope values", { ...base, scope: { host: [] } }, ["scope.host"]],
    ["1,001 scope values", { ...base, scope: { host: Array.from({ length: 1_001 }, String) } }, ["scope.host"]],
    ["a scope value no label has", { ...base, scope: { host: "a".repeat(1_025) } }, ["scope.host"]],
    ["such a value among others", { ...base, scope: { host: ["a", "a".repeat(1_025)] } }, ["scope.host.1"]],
    [
      "a scope of 100,000 characters",
      { ...base, scope: { host: Array.from({ length: 100 }, (_, i) => `${i}`.padEnd(1_000, "x")) } },
      ["scope"]
    ],
    [
      "33 scope labels",
      { ...base, scope: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, "x"])) },
      ["scope"]
    ],
    ["a backreference", { ...base, scope: { host: { regex: "(a)\\1" } } }, ["scope.host.regex"]],
    ["a pattern of 501 characters", { ...base, scope: { host: { regex: "a".repeat(501) } } }, ["scope.host.regex"]],
    [
      "several at once",
      { ...threshold({ warning: 96, critical: breach(95, 99) }), trigger: { violations: 2, ofLast: 1 } },
      ["threshold.above.critical.recover", "threshold.above.warning", "trigger.violations"]
    ]
  ]
  for (const [what, document, fields] of cases)
    it(`${what}: ${fields}`, () => assert.deepStrictEqual(fieldsOf(document), fields))

  for (const type of ["seasonal", "fleet", "forecast"]) {
    it(`a ${type} threshold, as not available yet`, () => {
      const [refusal] = refusalsOf({ ...base, threshold: { type, mode: "Stddev" } })
      assert.strictEqual(refusal?.field, "threshold.type")
      assert.match(refusal?.reason ?? "", /not available yet/)
    })
  }

  it("a compound rule, as not available yet", () => {
    const conditions = [{ metric: "cpu", threshold: base.threshold }]
    const [refusal] = refusalsOf({ name: "both", combine: "All", conditions })
    assert.strictEqual(refusal?.field, "combine")
    assert.match(refusal?.reason ?? "", /not available yet/)
  })

  it("K9: a document with a thousand faults gets a short answer", () => {
    const faults = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`x${index}`, 1]))
    assert.strictEqual(refusalsOf({ ...base, ...faults }).length, 50)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { canonicalJudgement, canonicalRule } from "../../src/schema/CanonicalRule.ts"
import { validateRule } from "../../src/schema/RuleValidation.ts"

const document = {
  name: "r",
  metric: "disk",
  scope: { mount: "/", host: ["web-2", "web-1"] },
  threshold: { type: "static", above: { critical: 95, warning: { breach: 80 } } },
  trigger: { violations: 3, within: "300s" },
  recovery: { minPoints: 3, cleanFor: "10m" }
}
const ruleOf = (changes: object = {}) => Result.getOrThrow(validateRule({ ...document, ...changes }))

describe("a canonical rule", () => {
  it("is the same for documents that mean the same", () => {
    const same = ruleOf({
      noData: { action: "KeepState" },
      recovery: { cleanFor: "600s", minPoints: 3 },
      trigger: { within: "5m", violations: 3 },
      threshold: { below: {}, above: { warning: 80, critical: { recover: 95, breach: 95 } }, type: "static" },
      scope: { host: ["web-1", "web-2", "web-1"], mount: ["/"] },
      enabled: true
    })
    assert.strictEqual(canonicalRule(same), canonicalRule(ruleOf()))
  })

  for (const [field, changes, isJudgement] of [
    ["name", { name: "s", key: "r" }, false],
    ["enabled", { enabled: false }, false],
    ["noData", { noData: { after: "5m", action: "Alert" } }, false],
    ["profile", { profile: "on-call" }, false],
    ["metric", { metric: "cpu" }, true],
    ["scope", { scope: { mount: "/" } }, true],
    ["scope pattern", { scope: { mount: { regex: "/" } } }, true],
    ["breach", { threshold: { type: "static", above: { critical: 95, warning: 81 } } }, true],
    ["recover", { threshold: { type: "static", above: { critical: 95, warning: { breach: 80, recover: 79 } } } }, true],
    ["violations", { trigger: { violations: 2, within: "5m" } }, true],
    ["kind of window", { trigger: { violations: 3, ofLast: 5 } }, true],
    ["cleanFor", { recovery: { cleanFor: "11m", minPoints: 3 } }, true],
    ["minPoints", { recovery: { cleanFor: "10m", minPoints: 2 } }, true]
  ] as const) {
    it(`D11: tells a change of ${field}, ${isJudgement ? "which" : "which never"} changes what is judged`, () => {
      assert.notStrictEqual(canonicalRule(ruleOf(changes)), canonicalRule(ruleOf()))
      assert.strictEqual(canonicalJudgement(ruleOf(changes)) !== canonicalJudgement(ruleOf()), isJudgement)
    })
  }
})

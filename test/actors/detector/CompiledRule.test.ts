import { assert, describe, it } from "@effect/vitest"
import { gate, watches } from "../../../src/actors/detector/CompiledRule.ts"
import { ruleOf } from "./fixtures.ts"

describe("D9: the gate", () => {
  it("is the most sensitive breach of all rules and levels", () => {
    const rules = [
      ruleOf({ threshold: { type: "static", above: { critical: 95 }, below: { critical: 5 } } }),
      ruleOf({ threshold: { type: "static", above: { warning: { breach: 80, recover: 60 } } } }),
      ruleOf({ threshold: { type: "static", below: { warning: { breach: 10, recover: 20 }, critical: 2 } } })
    ]
    assert.deepStrictEqual(gate(rules), { low: 10, high: 80 })
  })

  it("is open where nobody limits", () => {
    assert.deepStrictEqual(gate([]), { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY })
    assert.deepStrictEqual(gate([ruleOf()]), { low: Number.NEGATIVE_INFINITY, high: 80 })
  })

  it("lets nothing pass when rules overlap", () => {
    const { high, low } = gate([
      ruleOf({ threshold: { type: "static", above: { warning: 10 } } }),
      ruleOf({ threshold: { type: "static", below: { warning: 50 } } })
    ])
    assert.deepStrictEqual([low, high], [50, 10])
  })

  it("leaves disabled rules out", () => {
    assert.strictEqual(gate([ruleOf({ enabled: false })]).high, Number.POSITIVE_INFINITY)
  })
})

describe("D4: a rule watches a series", () => {
  const labels = { host: "web-1", mount: "/" }
  for (const [what, document, expected] of [
    ["of its metric", {}, true],
    ["not of another metric", { metric: "cpu" }, false],
    ["in its scope", { scope: { host: ["web-1", "web-2"] } }, true],
    ["not outside it", { scope: { host: "web-2" } }, false],
    ["not while disabled", { enabled: false }, false]
  ] as const) {
    it(what, () => assert.strictEqual(watches(ruleOf(document), "disk", labels), expected))
  }
})

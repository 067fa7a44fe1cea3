import { assert, describe, it } from "@effect/vitest"
import { assertLimits, configurable, limits } from "../src/limits.ts"

describe("limits", () => {
  it("K5: do not contradict each other", () => assertLimits())

  it("K5: are whole numbers above 0", () => {
    for (const [name, value] of Object.entries({ ...limits, ...configurable })) {
      assert.isTrue(Number.isSafeInteger(value) && value > 0, name)
    }
  })

  it("I4, I5: what is promised to senders is in them", () => {
    assert.strictEqual(limits.receiptMillis, 24 * 60 * 60 * 1_000)
    assert.strictEqual(limits.pointsPerRequest, 10_000)
    assert.strictEqual(limits.bodyBytes, 8 * 1024 * 1024)
    assert.isAtLeast(configurable.pointsPerSecondPerWorkspace, 50_000)
    assert.isAtLeast(configurable.seriesPerWorkspace, 1_000_000)
  })
})

import { assert, describe, it } from "@effect/vitest"
import { stepOf, toStep } from "../../src/web/charts/steps.ts"

describe("steps of a limit that is moved", () => {
  for (const [min, max, step] of [
    [0, 100, 0.5],
    [0, 1, 0.005],
    [0, 16e9, 1e8],
    [5, 5, 1]
  ] as const) {
    it(`${min} to ${max}: ${step}`, () => assert.strictEqual(stepOf(min, max), step))
  }

  it("values are multiples, without crumbs", () => {
    assert.strictEqual(toStep(0.30000000000000004, 0.1), 0.3)
    assert.strictEqual(toStep(79.8, 0.5), 80)
  })
})

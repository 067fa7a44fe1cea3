import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { compilePolicy, DEFAULT_POLICY, validatePolicy } from "../../src/schema/Policy.ts"

const valid = (document: unknown) => Result.getOrThrow(validatePolicy(document))
const refusals = (document: unknown) => {
  const result = validatePolicy(document)
  assert(Result.isFailure(result))
  return result.failure
}

describe("N2: the correlation policy", () => {
  it("what a document leaves out is the default", () => {
    assert.deepStrictEqual(valid({}), DEFAULT_POLICY)
    assert.deepStrictEqual(valid({ window: "1h" }), { ...DEFAULT_POLICY, window: "1h" })
  })

  it("one that was read is good to be put back, with what the answer added", () => {
    assert.deepStrictEqual(valid({ ...DEFAULT_POLICY, id: "x", createdAt: "y", version: 3 }), DEFAULT_POLICY)
  })

  it("windows are from 1 s to 7 d", () => {
    for (const window of ["1s", "7d", "168h"]) assert.strictEqual(valid({ window }).window, window)
    for (const field of ["window", "resolveAfter"]) {
      for (const value of ["0s", "8d", "169h"]) {
        assert.deepStrictEqual(refusals({ [field]: value }), [{ field, reason: "must be from 1s to 7d" }])
      }
    }
  })

  it("every refusal at once, with field and reason", () => {
    const document = { window: "15 minutes", severity: "Most", dependencyHops: 1.5, resolveAfter: 900, colour: "red" }
    const fields = refusals(document).map(({ field }) => field)
    assert.deepStrictEqual(fields.sort(), Object.keys(document).sort())
    for (const { reason } of refusals({ window: "15 minutes", dependencyHops: 11, colour: "red" })) {
      assert.match(reason, /^(must be |is not known here)/)
    }
    assert.deepStrictEqual(
      refusals("15m").map(({ field }) => field),
      ["policy"]
    )
  })

  it("hops along dependencies are refused while there is no topology", () => {
    const [refusal] = refusals({ dependencyHops: 2 })
    assert.strictEqual(refusal!.field, "dependencyHops")
    assert.match(refusal!.reason, /topology/)
  })

  it("compiles to milliseconds; what decides membership has a name", () => {
    const { grouping, ...rest } = compilePolicy(DEFAULT_POLICY)
    assert.deepStrictEqual(rest, { windowMillis: 900_000, severity: "SameOrEscalation", resolveAfterMillis: 900_000 })
    assert.strictEqual(compilePolicy({ ...DEFAULT_POLICY, window: "900s", resolveAfter: "1h" }).grouping, grouping)
    assert.notStrictEqual(compilePolicy({ ...DEFAULT_POLICY, window: "16m" }).grouping, grouping)
    assert.notStrictEqual(compilePolicy({ ...DEFAULT_POLICY, severity: "Any" }).grouping, grouping)
  })
})

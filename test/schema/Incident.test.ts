import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import {
  incidentKeyOf,
  incidentNumberOf,
  MAX_NOTE_LENGTH,
  MergeIncidents,
  ResolveIncident,
  SplitIncident
} from "../../src/schema/Incident.ts"

const accepts = <S extends Schema.Codec<unknown, unknown>>(schema: S, value: unknown): boolean =>
  Result.isSuccess(Schema.decodeUnknownResult(schema)(value))

describe("N1: incident keys", () => {
  it("have six digits or more, and give their number back", () => {
    assert.deepStrictEqual([1, 999_999, 1_234_567].map(incidentKeyOf), ["INC-000001", "INC-999999", "INC-1234567"])
    for (const number of [1, 42, 999_999, 1_000_000, 2_147_483_647]) {
      assert.strictEqual(incidentNumberOf(incidentKeyOf(number)), number)
    }
  })

  it("any other text is none", () => {
    for (const text of ["", "INC-1", "INC-0000001", "INC-000000", "inc-000001", "INC-00000x", "INC-000001 ", "1"]) {
      assert.isNull(incidentNumberOf(text), text)
    }
  })
})

describe("N5: bodies of the actions", () => {
  it("resolve needs a note and a classification", () => {
    const body = { note: "disk replaced", classification: "Resolved" }
    assert.isTrue(accepts(ResolveIncident, body))
    assert.isTrue(accepts(ResolveIncident, { ...body, note: "two\nlines\twith tab" }))
    for (const wrong of [
      { note: "disk replaced" },
      { classification: "Resolved" },
      { ...body, classification: "Fixed" },
      { ...body, note: "" },
      { ...body, note: " \n" },
      { ...body, note: "bell\u0007" },
      { ...body, note: "x".repeat(MAX_NOTE_LENGTH + 1) }
    ]) {
      assert.isFalse(accepts(ResolveIncident, wrong), JSON.stringify(wrong))
    }
  })

  it("merge and split name at least one, and not without end", () => {
    assert.isTrue(accepts(MergeIncidents, { incidentKeys: ["INC-000002"] }))
    assert.isTrue(accepts(SplitIncident, { alertIds: ["a"], note: null }))
    assert.isFalse(accepts(MergeIncidents, { incidentKeys: [] }))
    assert.isFalse(accepts(MergeIncidents, { incidentKeys: Array.from({ length: 101 }, () => "INC-000002") }))
    assert.isFalse(accepts(SplitIncident, { alertIds: [] }))
  })
})

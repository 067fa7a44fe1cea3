import { assert, describe, it } from "@effect/vitest"
import { parseJson } from "../../../src/http/ingest/Json.ts"
import { RequestError } from "../../../src/http/ingest/RequestError.ts"
import { limits } from "../../../src/limits.ts"

const large = (value: unknown) => Buffer.from(JSON.stringify(value).padEnd(200_000, " "))

describe("K9: JSON from anybody", () => {
  it("the largest honest batch is read: every point with 32 labels, and braces in their values", () => {
    const labels = Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`name_${i}`, '{[":,']))
    const point = { metric: "m", timestamp: 1, value: 1, labels }
    const body = Buffer.from(JSON.stringify({ points: Array(limits.pointsPerRequest).fill(point) }))
    assert.isAtMost(body.length, limits.bodyBytes)
    const parsed = parseJson(body)
    assert.notInstanceOf(parsed, RequestError)
    assert.deepStrictEqual(
      (parsed as { readonly value: { readonly points: unknown } }).value.points,
      Array(10_000).fill(point)
    )
  })

  it.each([
    ["depth", `${"[".repeat(33)}${"]".repeat(33)}`],
    ["values", `[${"0,".repeat(50 * limits.pointsPerRequest)}0]`],
    ["names", `{${Array.from({ length: 4_097 }, (_, i) => `"${i}":0`).join()}}`]
  ])("too much %s is refused unparsed", (_, text) => {
    const parsed = parseJson(Buffer.from(text.padEnd(200_000, " ")))
    assert.instanceOf(parsed, RequestError)
    assert.strictEqual((parsed as RequestError).code, "body_too_large")
  })

  it.each([
    ["names that are the same", Array(10_000).fill({ a: 1 })],
    ["names in values", Array.from({ length: 10_000 }, (_, i) => ({ a: `"${i}":` }))],
    ["an escaped quote at the end", { a: '\\"', b: "\\" }]
  ])("%s are no reason", (_, value) => {
    assert.deepStrictEqual(parseJson(large(value)), { value })
  })

  it.each(["", "{", '"\\', "nul", '{"a":1}}', "\ufeff{}"])("%j is malformed", (text) => {
    assert.strictEqual((parseJson(Buffer.from(text)) as RequestError).code, "malformed_json")
  })
})

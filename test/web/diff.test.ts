import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { diffJson, diffLines, hunksOf } from "../../src/web/format/diff.ts"

const Lines = Schema.Array(Schema.Literals(["a", "b", "c"]))

describe("diff", () => {
  it.prop("what is not added is the text before, what is not removed the text after", [Lines, Lines], ([a, b]) => {
    const lines = diffLines(a, b)
    const without = (kind: string) => lines.filter((line) => line.kind !== kind).map(({ text }) => text)
    assert.deepStrictEqual(without("added"), [...a])
    assert.deepStrictEqual(without("removed"), [...b])
  })

  it("one changed field is one line out and one in, and the order of fields is none", () => {
    const changed = diffJson({ b: 1, a: "x", c: [1] }, { a: "x", c: [1], b: 2 }).filter(({ kind }) => kind !== "same")
    assert.deepStrictEqual(changed, [
      { kind: "removed", text: '  "b": 1,' },
      { kind: "added", text: '  "b": 2,' }
    ])
  })

  it("nothing before is all added", () => assert.isTrue(diffJson(null, { a: 1 }).every(({ kind }) => kind === "added")))

  it("what is the same and far away is left out and counted", () => {
    const before = Array.from({ length: 20 }, (_, index) => `line ${index}`)
    const after = before.with(10, "other")
    assert.deepStrictEqual(
      hunksOf(diffLines(before, after)).map(({ lines, skipped }) => [skipped, lines.length]),
      [[8, 6]]
    )
  })
})

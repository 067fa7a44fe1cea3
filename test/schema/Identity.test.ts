import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import {
  alertIdOf,
  dimensionKeyOf,
  hasLabel,
  type Labels,
  parseDimensionKey,
  ruleIdOf,
  uuidV5,
  workspaceIdOf
} from "../../src/schema/Identity.ts"

describe("derived ids", () => {
  it("are name-based UUIDs of version 5: the example of RFC 9562 A.4", () => {
    const dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
    assert.strictEqual(uuidV5(dns, "www.example.com"), "2ed6657d-e927-568b-95e1-2665a8aea6a2")
  })

  it("K2: stay what they are, since they are stored (computed with Python's uuid5)", () => {
    const workspaceId = workspaceIdOf("default")
    assert.strictEqual(workspaceId, "e2e42f03-06bf-5230-b579-5049cc6ef184")
    const ruleId = ruleIdOf(workspaceId, "filesystem-almost-full")
    assert.strictEqual(ruleId, "47b36832-e109-51fa-8aff-1c5f8e5fa8cc")
    const dimensionKey = dimensionKeyOf({ pod: "größe,1" })
    const alertId = alertIdOf(workspaceId, ruleId, "CpuUsageRate(%)", dimensionKey, "Critical", 1_661_126_400_000)
    assert.strictEqual(alertId, "9ec436ee-62f6-574f-813f-8d72770d1e04")
  })
})

describe("dimension key", () => {
  it("has the labels in code-unit order of their names, escaped", () => {
    assert.strictEqual(dimensionKeyOf({}), "")
    assert.strictEqual(dimensionKeyOf({ mount: "/", host: "web-1", Zone: "a" }), "Zone=a,host=web-1,mount=/")
    assert.strictEqual(dimensionKeyOf({ "a=b": "c,d\\e" }), "a\\=b=c\\,d\\\\e")
    assert.strictEqual(dimensionKeyOf(JSON.parse('{"__proto__":"x"}')), "__proto__=x")
  })

  const part = Schema.Array(Schema.Literals(["a", "b", "=", ",", "\\", "é", "😀"])).pipe(
    Schema.check(Schema.isMaxLength(5))
  )
  const entries = Schema.Array(Schema.Tuple([Schema.Literals(["a", "__proto__", "=", ",a", "\\", "\\,"]), part]))
  const labelsOf = (list: typeof entries.Type): Labels =>
    Object.fromEntries(list.map(([name, text]) => [name, text.join("")]))

  it.prop("tells whether a label is in it", [entries], ([list]) => {
    const labels = labelsOf(list)
    const key = dimensionKeyOf(labels)
    const names = [...list.map(([, text]) => text.join("")), "a", "__proto__", "=", ",a", "\\", "\\,", "a="]
    return names.every((name) => hasLabel(key, name) === Object.hasOwn(labels, name))
  })

  it.prop("reads back as the label set it was made of", [entries], ([list]) => {
    const labels = labelsOf(list)
    assert.deepStrictEqual(parseDimensionKey(dimensionKeyOf(labels)), labels)
  })

  it.prop(
    "is the same exactly for equal label sets, in whatever order they come",
    [entries, entries],
    ([one, other]) => {
      const sorted = (list: typeof entries.Type) => JSON.stringify(Object.entries(labelsOf(list)).sort())
      assert.strictEqual(
        dimensionKeyOf(labelsOf(one)) === dimensionKeyOf(labelsOf(other)),
        sorted(one) === sorted(other)
      )
      const backwards = Object.fromEntries(Object.entries(labelsOf(one)).reverse())
      assert.strictEqual(dimensionKeyOf(backwards), dimensionKeyOf(labelsOf(one)))
    }
  )

  for (const text of ["a", "a=1,", ",a=1", "b=1,a=1", "a=1,a=2", "a=b=c", "a=\\", "a=\\b", "=1,=2"]) {
    it(`${JSON.stringify(text)} is no key`, () => assert.isNull(parseDimensionKey(text)))
  }
})

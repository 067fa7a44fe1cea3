import { assert, describe, it } from "@effect/vitest"
import { type Documents, mergeDocuments, parseDocuments } from "../../../src/cli/configuration/Documents.ts"

const parsed = (file: string, text: string): Documents => {
  const documents = parseDocuments(file, text)
  if (typeof documents === "string") throw new Error(documents)
  return documents
}

describe("lumina apply: documents", () => {
  it("O6: JSON and YAML say the same", () => {
    const json = '{"rules":[{"key":"cpu","trigger":{"violations":3,"within":"5m"}}],"policy":{"window":"15m"}}'
    const yaml = "rules:\n  - key: cpu\n    trigger: { violations: 3, within: 5m }\npolicy:\n  window: 15m\n"
    assert.deepStrictEqual({ ...parsed("a.yaml", yaml), file: "" }, { ...parsed("a.json", json), file: "" })
  })

  it("what is no configuration says why", () => {
    for (const [file, text, expected] of [
      ["a.json", "[]", "must be an object with metricDefinitions, rules and policy"],
      ["a.yaml", "- a", "must be an object with metricDefinitions, rules and policy"],
      [
        "a.json",
        '{"rule":[]}',
        'has "rule", and may have metricDefinitions, rules and policy only (see lumina export-config)'
      ],
      ["a.json", '{"rules":{}}', "rules must be a list"],
      ["a.json", '{"metricDefinitions":1}', "metricDefinitions must be a list"]
    ] as const) {
      assert.strictEqual(parseDocuments(file, text), expected)
    }
    assert.match(parseDocuments("a.json", '{"rules":[}') as string, /^not valid: Unexpected token/)
    assert.match(parseDocuments("a.yml", "rules: [") as string, /^not valid: /)
  })

  it("several files are one body, and a field of it is found in its file again", () => {
    const merged = mergeDocuments([
      parsed("a.json", '{"rules":[{"key":"a0"},{"key":"a1"}]}'),
      parsed("b.json", '{"rules":[{"key":"b0"}],"metricDefinitions":[{"key":"m0"}],"policy":{"window":"1m"}}'),
      parsed("c.json", '{"rules":[{"key":"c0"}],"metricDefinitions":[{"key":"m1"}]}')
    ])
    if (typeof merged === "string") throw new Error(merged)
    assert.deepStrictEqual(merged.body, {
      metricDefinitions: [{ key: "m0" }, { key: "m1" }],
      rules: [{ key: "a0" }, { key: "a1" }, { key: "b0" }, { key: "c0" }],
      policy: { window: "1m" }
    })
    for (const [field, place] of [
      ["rules.1.trigger.violations", "a.json: rules.1.trigger.violations"],
      ["rules.2", "b.json: rules.0"],
      ["rules.3.name", "c.json: rules.0.name"],
      ["metricDefinitions.1.unit", "c.json: metricDefinitions.0.unit"],
      ["policy.window", "b.json: policy.window"],
      ["rules.9.name", "rules.9.name"],
      ["metric", "metric"]
    ] as const) {
      assert.strictEqual(merged.locate(field), place)
    }
  })

  it("there is one policy", () => {
    const one = parsed("a.json", '{"policy":{}}')
    assert.strictEqual(
      mergeDocuments([one, { ...one, file: "b.json" }]),
      "a.json and b.json both have a policy: there is only one"
    )
  })
})

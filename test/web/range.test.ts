import { assert, describe, it } from "@effect/vitest"
import { bucketMillis, PRESETS, parseRange, presetMillis, rangeParams } from "../../src/web/range/range.ts"

const NOW = 1_769_860_800_000
const read = (search: string) => parseRange(new URLSearchParams(search), NOW)

describe("U1: the time range in the address", () => {
  it("a preset ends now, and what is none is the last hour", () => {
    for (const preset of PRESETS) {
      assert.deepStrictEqual(read(`range=${preset}`), { preset, from: NOW - presetMillis(preset), to: NOW })
    }
    for (const search of ["", "range=5y", "from=x&to=y", "from=2&to=1"]) assert.strictEqual(read(search).preset, "1h")
  })

  it("chosen times come back as they were", () => {
    const chosen = { from: NOW - 123_456, to: NOW - 7 }
    const params = rangeParams(chosen)
    assert.deepStrictEqual(read(`from=${params.from}&to=${params.to}`), { preset: null, ...chosen })
    assert.deepStrictEqual(rangeParams({ preset: "1h" }), { range: null, from: null, to: null })
  })

  it("bars are as many as asked for at most", () => {
    for (const preset of PRESETS) {
      const width = bucketMillis(read(`range=${preset}`), 60)
      assert.isAtMost(presetMillis(preset) / width, 60)
      assert.isAbove(presetMillis(preset) / width, 20)
    }
  })
})

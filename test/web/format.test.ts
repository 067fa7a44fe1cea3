import { assert, describe, it } from "@effect/vitest"
import { formatDuration, formatNumber, formatPart, formatValue } from "../../src/web/format/number.ts"
import { formatAgo, formatUtc } from "../../src/web/format/time.ts"

describe("numbers for people", () => {
  it("have three significant digits, and a prefix where they are large", () => {
    const shown = [0, 0.1234, 12.345, 123.4, 1_234, 12_345, 1_234_567, -0.001, -12.5].map(formatNumber)
    assert.deepStrictEqual(shown, ["0", "0.12", "12.3", "123", "1,234", "12.3k", "1.2M", "0", "−12.5"])
    assert.strictEqual(formatNumber(null), "–")
    assert.strictEqual(formatNumber(Number.NaN), "–")
  })

  it("say when they are of a part only", () => {
    assert.deepStrictEqual(
      [0, 1_200].flatMap((count) => [formatPart(count, false), formatPart(count, true)]),
      ["–", "?", "1,200", "1,200+"]
    )
  })

  it("carry the unit of their metric", () => {
    assert.strictEqual(formatValue(12.34, "percent"), "12.3 %")
    assert.strictEqual(formatValue(1_536, "bytes"), "1.5 KiB")
    assert.strictEqual(formatValue(3_145_728, "bytes_per_second"), "3 MiB/s")
    assert.strictEqual(formatValue(90, "seconds"), "1m 30s")
    assert.strictEqual(formatValue(7, "requests"), "7 requests")
  })

  it("durations have their two largest parts", () => {
    const shown = [0, 0.25, 59, 60, 3_599.6, 90_061, 86_400].map(formatDuration)
    assert.deepStrictEqual(shown, ["0s", "0.3s", "59s", "1m", "1h", "1d 1h", "1d"])
  })
})

describe("times for people", () => {
  it("say how long ago, and UTC to the second", () => {
    const now = Date.parse("2026-11-22T03:04:05.678Z")
    const ago = [0, 12_000, 5 * 60_000, 3 * 3_600_000, 49 * 3_600_000].map((millis) => formatAgo(now - millis, now))
    assert.deepStrictEqual(ago, ["just now", "12 s ago", "5 min ago", "3 h ago", "2 d ago"])
    assert.strictEqual(formatUtc(now), "2026-11-22 03:04:05 UTC")
  })
})

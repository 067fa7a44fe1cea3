import { assert, describe, it } from "@effect/vitest"
import { formatActor } from "../../src/web/format/actor.ts"
import { limitsOf } from "../../src/web/pages/alerts/limits.ts"
import {
  correlationInWords,
  endInWords,
  formatDelay,
  ledgerOf,
  reasonInWords
} from "../../src/web/pages/alerts/words.ts"
import { bandOf, exactValue, signedPercent } from "../../src/web/pages/violations/words.ts"

describe("U1: an alert in words", () => {
  it("what opened it, with units, and so many digits that a breach looks like one", () => {
    assert.strictEqual(
      reasonInWords("3 violations within 5m: 95.03 > 95", "percent"),
      "3 points within 5m were above 95 %; the last of them was 95.03 %."
    )
    assert.strictEqual(
      reasonInWords("3 violations in the last 5 points: 2108.43 > 1000", ""),
      "3 of the last 5 points were above 1,000; the last of them was 2,108.43."
    )
    assert.strictEqual(
      reasonInWords("1 violation within 1m: -2 < 0.5", "celsius"),
      "One point was below 0.5 °C: −2 °C."
    )
  })

  it("what the hub says in another form is left as it is", () => {
    const words = "no data for 5m"
    assert.strictEqual(reasonInWords(words, "percent"), words)
  })

  it("how it ended", () => {
    assert.isNull(endInWords({ closeReason: null, closedBy: null }))
    assert.strictEqual(endInWords({ closeReason: "Manual", closedBy: "user:eva" }), "Closed by eva")
    assert.deepStrictEqual(["system", "bootstrap", "key:ci", "host:web-1"].map(formatActor), [
      "Lumina",
      "bootstrap key",
      "ci (API key)",
      "web-1 (host token)"
    ])
  })

  it("N3: why it is where it is, alerts by their names, its own incident not named again", () => {
    const id = "4e06fe30-75f6-5f97-b786-72d2bee7b0de"
    const names = new Map([[id, "Disk"]])
    assert.strictEqual(
      correlationInWords(`Joined INC-000010: it escalates the open Warning alert ${id}.`, "INC-000010", (key) =>
        names.get(key)
      ),
      "It escalates the open Warning alert “Disk”."
    )
    assert.strictEqual(
      correlationInWords(`Not in INC-000011: alert ${id} said so.`, "INC-000010", () => undefined),
      "Not in INC-000011: alert 4e06fe30… said so."
    )
  })

  it("A5: each stage and how long after the one before; what has not come has no time", () => {
    const steps = ledgerOf({
      sample: "2026-01-31T12:00:00.000Z",
      received: "2026-01-31T12:00:00.012Z",
      evaluated: "2026-01-31T12:00:00.031Z",
      opened: "2026-01-31T12:00:01.531Z",
      queued: null,
      delivered: "2026-01-31T12:00:02.000Z"
    })
    assert.deepStrictEqual(
      steps.map(({ afterMillis }) => afterMillis),
      [null, 12, 19, 1_500, null, 469]
    )
    assert.deepStrictEqual([12, 1_500, -40, 184_000].map(formatDelay), ["12 ms", "1.5s", "−40 ms", "3m 4s"])
  })
})

describe("U1: limits on the chart of a breach", () => {
  it("every limit, and of the alert's own level where it recovers", () => {
    const threshold = {
      type: "static",
      above: { warning: { breach: 80, recover: 75 }, critical: { breach: 95, recover: 90 } },
      below: { warning: 5 }
    } as const
    assert.deepStrictEqual(limitsOf({ threshold }, "Critical"), [
      { value: 80, severity: "Warning", side: "above" },
      { value: 95, severity: "Critical", side: "above" },
      { value: 90, severity: "Critical", side: "above", recovers: true },
      { value: 5, severity: "Warning", side: "below" }
    ])
  })
})

describe("U1: violations in figures", () => {
  it("the band that would have been fine", () => {
    assert.strictEqual(bandOf({ expected: null, lower: null, upper: 95 }, "percent"), "≤ 95 %")
    assert.strictEqual(bandOf({ expected: null, lower: 10, upper: null }, ""), "≥ 10")
    assert.strictEqual(bandOf({ expected: 12, lower: 10, upper: 14 }, "ms"), "12 ms (10 ms – 14 ms)")
    assert.strictEqual(exactValue(0.00012345, ""), "0.0001235")
    assert.strictEqual(exactValue(2_097_152, "bytes"), "2 MiB")
    assert.deepStrictEqual([12.34, -5, null].map(signedPercent), ["12.3 %", "5 %", "–"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { configurable, limits } from "../../src/limits.ts"
import { browserOf } from "../../src/web/pages/settings/browserOf.ts"
import { formatLimit, limitName, limitVariable } from "../../src/web/pages/settings/limitWords.ts"

describe("limits in words", () => {
  it("names lose their unit, values have it", () => {
    assert.strictEqual(limitName("newSeriesPerMinutePerWorkspace"), "New series per minute per workspace")
    assert.strictEqual(limitName("bodyBytes"), "Body")
    assert.strictEqual(formatLimit("bodyBytes", limits.bodyBytes), "8 MiB")
    assert.strictEqual(formatLimit("keepAliveMillis", 75_000), "1m 15s")
    assert.strictEqual(formatLimit("alertRetentionDays", 400), "400 days")
    assert.strictEqual(formatLimit("listMost", 1_000), "1,000")
    assert.strictEqual(formatLimit("oldestTimestamp", limits.oldestTimestamp), "2000-01-01 00:00:00 UTC")
  })

  it("every limit that can be set has the variable that the configuration reads", () =>
    assert.deepStrictEqual(Object.keys(configurable).map(limitVariable), [
      "LUMINA_LIMIT_POINTS_PER_SECOND_PER_WORKSPACE",
      "LUMINA_LIMIT_SERIES_PER_WORKSPACE",
      "LUMINA_LIMIT_NEW_SERIES_PER_MINUTE_PER_WORKSPACE",
      "LUMINA_LIMIT_VIOLATION_RETENTION_DAYS",
      "LUMINA_LIMIT_ALERT_RETENTION_DAYS"
    ]))
})

describe("browsers by name", () => {
  for (const [userAgent, name] of [
    [
      "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
      "Chrome on Linux"
    ],
    ["Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0", "Edge on Windows"],
    ["Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile Safari/604.1", "Safari on iOS"],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox on Linux"],
    ["curl/8.5.0", "curl"],
    ["", "unknown"]
  ] as const) {
    it(name, () => assert.strictEqual(browserOf(userAgent), name))
  }
})

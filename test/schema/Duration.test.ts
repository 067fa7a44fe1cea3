import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Duration, durationMillis, formatDuration } from "../../src/schema/Duration.ts"

describe("duration", () => {
  for (const [text, millis] of [
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["0s", 0]
  ] as const) {
    it(`${text} is ${millis} ms`, () => {
      assert.strictEqual(durationMillis(text), millis)
      assert.strictEqual(formatDuration(millis), text)
    })
  }

  it("is written in its largest whole unit", () => {
    assert.strictEqual(formatDuration(durationMillis("300s")), "5m")
    assert.strictEqual(formatDuration(durationMillis("48h")), "2d")
    assert.strictEqual(formatDuration(durationMillis("90s")), "90s")
  })

  const isDuration = Schema.is(Duration)
  for (const text of ["", "5", "m", "5 m", "5M", "-5m", "1.5h", "1h30m", "5ms", "٥m", "5m\n", "1000000000s"]) {
    it(`${JSON.stringify(text)} is none`, () => assert.isFalse(isDuration(text)))
  }

  it.prop(
    "survives being written and read",
    [Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 604_800 }))],
    ([seconds]) => {
      const text = formatDuration(seconds * 1_000)
      assert.isTrue(isDuration(text))
      assert.strictEqual(durationMillis(text), seconds * 1_000)
    }
  )
})

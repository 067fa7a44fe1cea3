import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { parseTimestamp } from "../../../src/cli/push/Timestamp.ts"

const strict = { unit: "ms", assumeUtc: false } as const
const seconds = { unit: "s", assumeUtc: false } as const
const utc = { unit: "ms", assumeUtc: true } as const

const expected = Date.UTC(2022, 7, 22, 3, 51, 19, 607)

describe("push: timestamps of files", () => {
  it("a time as programs write it", () => {
    for (const text of [
      "1661140279607",
      " 1661140279607 ",
      "1661140279607.9",
      "2022-08-22T03:51:19.607Z",
      "2022-08-22T05:51:19.607+02:00",
      "2022-08-22 03:51:19.607158889 +0000 UTC m=+0.113112869",
      "2022-08-22 09:21:19.607158889 +0530 IST",
      "2022-08-22 09:21:19.607158889 +0530 +0530",
      "2022-08-22 03:51:19.607 UTC",
      "2022-08-22 03:51:19.607+00:00",
      "2022-08-22 03:51:19.607+0000"
    ]) {
      assert.strictEqual(parseTimestamp(text, strict), expected, text)
    }
  })

  it("seconds only where it is said, to the millisecond", () => {
    assert.strictEqual(parseTimestamp("1661140279.607", seconds), expected)
    assert.strictEqual(parseTimestamp("1661140279.6079", seconds), expected)
    assert.strictEqual(parseTimestamp("1661140279", seconds), expected - 607)
    assert.strictEqual(parseTimestamp("1661140279.", seconds), expected - 607)
    assert.deepStrictEqual(parseTimestamp("1661140279", strict), {
      code: "timestamp_range",
      message: "1661140279 looks like seconds, and is 1970 in milliseconds: say --timestamp-unit s"
    })
  })

  it("a time without an offset is UTC only where that is said", () => {
    assert.strictEqual(parseTimestamp("2022-08-22 03:51:19.607", utc), expected)
    assert.deepStrictEqual(parseTimestamp("2022-08-22 03:51:19.607", strict), {
      code: "timestamp_invalid",
      message: '"2022-08-22 03:51:19.607" has no offset from UTC: say --utc if it is UTC'
    })
    // The name of a zone is no offset: it would be taken for UTC.
    assert.isObject(parseTimestamp("2022-08-22 03:51:19.607 CEST", utc))
  })

  it("anything else is refused", () => {
    for (const text of ["", "x", "2022-08-22", "2022-02-30T00:00:00Z", "1.6e12", "0x1", "1661140279607158889", "NaN"]) {
      assert.deepStrictEqual(
        parseTimestamp(text, strict),
        {
          code: "timestamp_invalid",
          message: `${JSON.stringify(text)} is neither epoch milliseconds nor an RFC 3339 time`
        },
        text
      )
    }
  })

  const millis = Schema.Int.check(Schema.isBetween({ minimum: 946_684_800_000, maximum: 4_102_444_800_000 }))

  it.prop("every writing of a time is the same time", [millis], ([time]) => {
    const text = new Date(time).toISOString()
    const digits = String(time)
    assert.strictEqual(parseTimestamp(digits, strict), time)
    assert.strictEqual(parseTimestamp(`${digits.slice(0, -3)}.${digits.slice(-3)}`, seconds), time)
    assert.strictEqual(parseTimestamp(text, strict), time)
    assert.strictEqual(parseTimestamp(text.slice(0, -1), utc), time)
    assert.strictEqual(parseTimestamp(text.replace("T", " ").replace("Z", "999 +0000 UTC m=+0.1"), strict), time)
  })
})

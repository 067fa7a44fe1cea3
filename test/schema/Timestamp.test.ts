import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { parseRfc3339 } from "../../src/schema/Timestamp.ts"

describe("I1: an RFC 3339 time", () => {
  it.each([
    ["1970-01-01T00:00:00Z", 0],
    ["2022-08-22T00:00:00Z", 1661126400000],
    ["2022-08-22t00:00:00z", 1661126400000],
    ["2022-08-22T02:00:00+02:00", 1661126400000],
    ["2022-08-21T18:30:00-05:30", 1661126400000],
    ["2022-08-22T00:00:00-00:00", 1661126400000],
    ["2022-08-22T00:00:00.5Z", 1661126400500],
    ["2022-08-22T00:00:00.123456789Z", 1661126400123],
    ["2022-08-22T00:00:00.9999999999999999999Z", 1661126400999],
    ["2024-02-29T12:00:00Z", 1709208000000],
    ["2000-02-29T00:00:00Z", 951782400000],
    ["1969-12-31T23:59:59.999Z", -1],
    ["0000-03-01T00:00:00Z", Date.parse("0000-03-01T00:00:00Z")]
  ])("%s is %d", (text, millis) => assert.strictEqual(parseRfc3339(text), millis))

  it.each([
    "",
    "now",
    "1661126400000",
    "2022-08-22",
    "2022-08-22T00:00:00", // no offset: whose time would it be?
    "2022-08-22T00:00Z",
    "2022-08-22 00:00:00Z",
    "2022-08-22T00:00:00.Z",
    "2022-08-22T00:00:00,5Z",
    "2022-08-22T24:00:00Z",
    "2022-08-22T23:60:00Z",
    "2016-12-31T23:59:60Z",
    "2023-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2022-04-31T00:00:00Z",
    "2022-00-01T00:00:00Z",
    "2022-13-01T00:00:00Z",
    "2022-01-00T00:00:00Z",
    "2022-1-01T00:00:00Z",
    "+002022-08-22T00:00:00Z",
    "-022-08-22T00:00:00Z",
    "2022-08-22T00:00:00+0200",
    "2022-08-22T00:00:00+24:00",
    "2022-08-22T00:00:00+02:60",
    "2022-08-22T00:00:00+02",
    "2022-08-22T00:00:00Z ",
    " 2022-08-22T00:00:00Z",
    "2022-08-22T00:00:00Z\0",
    "２０２２-08-22T00:00:00Z"
  ])("%j is none", (text) => assert.isNaN(parseRfc3339(text)))

  const days = Schema.Int.check(Schema.isBetween({ minimum: -719_162, maximum: 2_932_896 }))
  const millis = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 86_399_999 }))
  it.prop(
    "agrees with Date for the years 1 to 9999",
    [Arbitrary.schema(days), Arbitrary.schema(millis)],
    ([day, rest]) => {
      const time = day * 86_400_000 + rest
      assert.strictEqual(parseRfc3339(new Date(time).toISOString()), time)
    }
  )
})

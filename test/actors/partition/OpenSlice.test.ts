import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { OpenSlice } from "../../../src/actors/partition/OpenSlice.ts"
import { type AlertCommand, decodeRecord, type Entry } from "../../../src/actors/partition/Record.ts"
import { bytesOf, pushPoint, rowsOf } from "../../support/points.ts"
import { keyOf, metric, NOW } from "./fixtures.ts"

const command: AlertCommand = {
  kind: "acknowledge",
  alertId: "a",
  ruleId: "r",
  series: 0,
  severity: "Warning",
  actor: "ann",
  note: null,
  timeMillis: NOW
}

/** An entry in short; a Points entry is its values. */
const shortOf = (entry: Entry): string => {
  switch (entry._tag) {
    case "Declare":
      return `declare ${entry.keys.length}`
    case "Points":
      return `points ${[...entry.points.values].join(" ")}`
    case "Control":
      return `control ${entry.control.changes[0]!.version}`
    default:
      return entry._tag.toLowerCase()
  }
}

const taken = (slice: OpenSlice): ReadonlyArray<string> => decodeRecord(bytesOf(slice.take())).map(shortOf)

describe("an open slice", () => {
  it("D11: keeps points before and after a change apart, and what is declared in front", () => {
    const slice = new OpenSlice()
    assert.isTrue(slice.isEmpty)
    pushPoint(slice, 0, 1, 10, NOW)
    slice.control({ timeMillis: NOW, changes: [metric(4, "cpu")] })
    slice.declare(keyOf(1, "cpu", ""))
    pushPoint(slice, 1, 2, 20, NOW)
    pushPoint(slice, 0, 2, 21, NOW)
    slice.command(command)
    slice.command(command)
    pushPoint(slice, 0, 3, 30, NOW)
    assert.isFalse(slice.isEmpty)
    assert.deepStrictEqual(taken(slice), [
      "declare 1",
      "points 10",
      "control 4",
      "points 20 21",
      "command",
      "command",
      "points 30"
    ])
    assert.isTrue(slice.isEmpty)
    assert.deepStrictEqual(taken(slice), [])
  })

  it("is not empty with a declaration or a change alone", () => {
    const declared = new OpenSlice()
    declared.declare(keyOf(1, "cpu", ""))
    const changed = new OpenSlice()
    changed.control({ timeMillis: NOW, changes: [metric(1, "cpu")] })
    for (const slice of [declared, changed]) assert.isFalse(slice.isEmpty)
  })

  it("copies keys: the bytes they came in are used again", () => {
    const slice = new OpenSlice()
    const key = keyOf(1, "cpu", "host=web-1")
    slice.declare(key)
    key.fill(0)
    const [entry] = decodeRecord(bytesOf(slice.take()))
    assert.deepStrictEqual(entry?._tag === "Declare" && [...entry.keys[0]!], [...keyOf(1, "cpu", "host=web-1")])
  })

  it("dates an entry by the arrival of its first point", () => {
    const slice = new OpenSlice()
    pushPoint(slice, 0, 1, 1, NOW)
    pushPoint(slice, 0, 2, 1, NOW + 5)
    slice.command(command)
    pushPoint(slice, 0, 3, 1, NOW + 9)
    assert.deepStrictEqual(
      decodeRecord(bytesOf(slice.take())).map((entry) =>
        entry._tag === "Points" ? entry.points.arrivalMillis : entry._tag
      ),
      [NOW, "Command", NOW + 9]
    )
  })

  const counts = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 300 }))), {
    minLength: 1,
    maxLength: 6
  })
  it.prop("gives back what was pushed, however much, record after record", [counts], ([counts]) => {
    const slice = new OpenSlice()
    let next = 0
    for (const count of counts) {
      const pushed = Array.from({ length: count }, () => next++)
      for (const value of pushed) pushPoint(slice, value * 3, value * 2, value, NOW)
      assert.strictEqual(slice.points, count)
      const rows = decodeRecord(bytesOf(slice.take())).flatMap((entry) => {
        if (entry._tag !== "Points") return []
        return rowsOf(entry.points)
      })
      assert.deepStrictEqual(
        rows,
        pushed.map((value) => [value * 3, value * 2, value])
      )
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  decodeRecord,
  type Entry,
  encodeRecord,
  RECORD_VERSION,
  readEntries,
  UnreadableRecord
} from "../../../src/actors/partition/Record.ts"
import { golden, hexLines } from "../../support/golden.ts"
import { rowsOf } from "../../support/points.ts"
import { columnsOf, control, declare, keyOf, metric, NOW, points, rule, START, workspace } from "./fixtures.ts"

/** One of each kind: points of one time (runs) and of many, and everything else. */
const entries: ReadonlyArray<Entry> = [
  declare(keyOf(1, "cpu", "host=web-1"), keyOf(2, "CpuUsageRate(%)", "pod=käse\\,brot")),
  control(workspace(1), metric(2, "cpu"), rule(3)),
  points([
    [0, START, 90.25],
    [1, START, -0],
    [0, START, 5e-324],
    [1, START, 1.7976931348623157e308],
    [0, START + 1, 3]
  ]),
  points([[1, START + 2, 7]], NOW + 1),
  {
    _tag: "Command",
    command: {
      kind: "close",
      alertId: "a",
      ruleId: "r",
      series: 0,
      severity: "Critical",
      actor: "änn",
      note: null,
      timeMillis: NOW
    }
  },
  { _tag: "Tick", timeMillis: NOW + 2 }
]

/** Comparable: columns cut to their points, and -0 told from 0. */
const plain = (entries: ReadonlyArray<Entry>) =>
  entries.map((entry) => {
    if (entry._tag === "Declare") return { ...entry, keys: entry.keys.map((key) => [...key]) }
    if (entry._tag !== "Points") return entry
    const rows = rowsOf(entry.points).map(([series, timestamp, value]) => [
      series,
      timestamp,
      Object.is(value, -0) ? "-0" : value
    ])
    return { arrivalMillis: entry.points.arrivalMillis, rows }
  })

const isRefused = (record: Uint8Array): boolean => {
  try {
    decodeRecord(record)
    return false
  } catch (error) {
    return error instanceof UnreadableRecord
  }
}

describe("a journal record", () => {
  it("is these bytes, or its version must rise", () => {
    assert.strictEqual(hexLines(encodeRecord(entries)), hexLines(golden(`record-${RECORD_VERSION}`)))
    assert.deepStrictEqual(plain(decodeRecord(golden(`record-${RECORD_VERSION}`))), plain(entries))
  })

  it("with any one bit turned is refused", () => {
    const record = encodeRecord(entries)
    for (let bit = 0; bit < record.length * 8; bit++) {
      record[bit >> 3]! ^= 1 << (bit & 7)
      assert.isTrue(isRefused(record), `bit ${bit}`)
      record[bit >> 3]! ^= 1 << (bit & 7)
    }
    assert.deepStrictEqual(plain(decodeRecord(record)), plain(entries))
  })

  it("that was cut off anywhere, or goes on behind its end, is refused", () => {
    const record = encodeRecord(entries)
    for (let length = 0; length < record.length; length++) {
      assert.isTrue(isRefused(record.subarray(0, length)), `${length} bytes`)
    }
    assert.isTrue(isRefused(Uint8Array.of(...record, 0)))
  })

  it("of a newer version is refused, not guessed at", () => {
    const record = encodeRecord(entries)
    record[0] = RECORD_VERSION + 1
    assert.throws(() => decodeRecord(record), /version 2; this hub reads version 1/)
  })

  it("is read where it lies, at any address", () => {
    const record = encodeRecord(entries)
    for (let offset = 0; offset < 9; offset++) {
      const buffer = new Uint8Array(record.length + 16)
      buffer.set(record, offset)
      assert.deepStrictEqual(plain(decodeRecord(buffer.subarray(offset, offset + record.length))), plain(entries))
    }
  })

  const Row = Schema.Struct({
    series: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 })),
    /** Few steps, so that points share their time in runs, or do not. */
    step: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 })),
    value: Schema.Finite
  })
  const slices = Arbitrary.array(Arbitrary.array(Arbitrary.schema(Row), { minLength: 0, maxLength: 40 }), {
    minLength: 0,
    maxLength: 4
  })
  it.prop("holds any columns, bit for bit", [slices], ([slices]) => {
    let time = START
    const written = slices.map((rows): Entry => {
      const columns = rows.map(({ series, step, value }) => {
        time += step
        return [series, time, value] as const
      })
      return { _tag: "Points", points: { ...columnsOf(columns, NOW), count: columns.length } }
    })
    const record = encodeRecord(written)
    assert.deepStrictEqual(plain(decodeRecord(record)), plain(written))
    assert.deepStrictEqual(plain(readEntries(record)), plain(written))
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { Packr } from "msgpackr"
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeDeclare,
  encodeFrame,
  encodeHello,
  encodeServerMessage
} from "../../../src/http/stream/Codec.ts"
import { MalformedMessage } from "../../../src/http/stream/MessagePack.ts"
import type { ClientMessage, Frame } from "../../../src/schema/Protocol.ts"
import { encodeMessage, frameMessage } from "../../support/StreamClient.ts"

const frame: Frame = {
  type: "frame",
  sequence: 7,
  series: Uint32Array.of(0, 1, 2 ** 32 - 1),
  timestamps: Float64Array.of(1661126400000, -1, 2 ** 53 - 1),
  values: Float64Array.of(0.1, Number.NaN, Number.NEGATIVE_INFINITY)
}

const hex = (...parts: ReadonlyArray<string>): Uint8Array => Buffer.from(parts.join("").replaceAll(" ", ""), "hex")

describe("I2: what the page allows a client to write", () => {
  /** `version: 1` in each format that can hold it. */
  it.each([
    ["fixint", "01"],
    ["uint 8", "cc01"],
    ["uint 16", "cd0001"],
    ["uint 32", "ce00000001"],
    ["uint 64", "cf0000000000000001"],
    ["int 8", "d001"],
    ["int 16", "d10001"],
    ["int 32", "d200000001"],
    ["int 64", "d30000000000000001"],
    ["float 64", "cb3ff0000000000000"]
  ])("an integer as %s", (_, one) => {
    const message = hex("83 a474797065 a568656c6c6f a776657273696f6e", one, "a673656e646572 a161")
    assert.deepStrictEqual(decodeClientMessage(message), { type: "hello", version: 1, sender: "a" })
  })

  it("longer heads than needed", () => {
    const message = hex("df00000003 da000474797065 db0000000568656c6c6f d90776657273696f6e 01 a673656e646572 d90161")
    assert.deepStrictEqual(decodeClientMessage(message), { type: "hello", version: 1, sender: "a" })
  })

  it("fields in any order", () => {
    const fields = Object.entries(frameMessage(7, { series: [3], timestamps: [1661126400000], values: [1], clock: 5 }))
    const expected = decodeClientMessage(encodeMessage(Object.fromEntries(fields)))
    assert.propertyVal(expected, "type", "frame")
    for (let i = 0; i < fields.length; i++) {
      fields.push(fields.shift()!)
      assert.deepStrictEqual(decodeClientMessage(encodeMessage(Object.fromEntries(fields))), expected)
    }
  })

  it("what msgpackr writes, integers above 2^32 as floats included", () => {
    const bytes = Buffer.alloc(8, 1)
    const message = {
      type: "frame",
      clock: 1661126400000,
      sequence: 2 ** 40,
      series: Buffer.alloc(4),
      timestamps: bytes,
      values: bytes
    }
    const packed = new Packr({ useRecords: false }).pack(message)
    assert.isTrue(packed.includes("cb4270000000000000", "hex"), "2^40 is a float 64 here")
    assert.deepInclude(decodeClientMessage(packed), { sequence: 2 ** 40, clock: 1661126400000 })
  })

  it("sequences, refs and times up to their ends", () => {
    const edge = { ...frame, sequence: 2 ** 53 - 1, clock: 2 ** 53 - 1 }
    assert.deepStrictEqual(decodeClientMessage(encodeFrame(edge)), edge)
  })

  it("K9: __proto__ and constructor as label or metric are plain data", () => {
    const labels = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}')
    const declare = { type: "declare" as const, series: [{ ref: 0, metric: "__proto__", labels }] }
    const decoded = decodeClientMessage(encodeDeclare(declare))
    assert.deepStrictEqual(decoded, declare)
    assert.deepStrictEqual(
      decoded instanceof MalformedMessage || decoded.type !== "declare" ? [] : Object.keys(decoded.series[0]!.labels),
      ["__proto__", "constructor", "toString"]
    )
  })
})

describe("columns", () => {
  it("are the same wherever the message starts in memory, and views where that allows", () => {
    const bytes = encodeFrame(frame)
    const shared = { series: 0, values: 0 }
    for (let offset = 0; offset < 8; offset++) {
      const memory = new Uint8Array(bytes.length + 8)
      memory.set(bytes, offset)
      const decoded = decodeClientMessage(memory.subarray(offset, offset + bytes.length))
      assert.deepStrictEqual(decoded, frame)
      const columns = decoded as Frame
      if (columns.series.buffer === memory.buffer) shared.series += 1
      if (columns.values.buffer === memory.buffer) shared.values += 1
    }
    assert.deepStrictEqual(shared, { series: 2, values: 1 })
  })

  it("are refused by the encoder when they do not fit together", () => {
    assert.throws(() => encodeFrame({ ...frame, values: Float64Array.of(1) }), RangeError)
    assert.throws(() => encodeFrame({ ...frame, timestamps: Float64Array.of(1, 2) }), RangeError)
    assert.throws(() => encodeFrame({ ...frame, sequence: 0 }), RangeError)
    assert.throws(() => encodeFrame({ ...frame, sequence: 2 ** 53 }), RangeError)
    assert.throws(() => encodeFrame({ ...frame, clock: 0.5 }), RangeError)
  })
})

describe("every message comes back as it was sent", () => {
  const uint = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
  const ref = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 20 - 1 }))
  const text = Schema.String.check(Schema.makeFilter((text) => text.isWellFormed()))
  const declarations = Schema.Array(Schema.Struct({ ref, metric: text, labels: Schema.Record(text, text) }))
  const point = Schema.Struct({
    ref: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 32 - 1 })),
    timestamp: Schema.Int,
    value: Schema.Number
  })

  it.prop("hello", [Arbitrary.schema(uint), Arbitrary.schema(uint)], ([version, clock]) => {
    const hello = { type: "hello" as const, version, sender: `web-${clock}`, clock }
    assert.deepStrictEqual(decodeClientMessage(encodeHello(hello)), hello)
  })

  it.prop("declare", [Arbitrary.schema(declarations)], ([series]) => {
    const declare = { type: "declare" as const, series }
    assert.deepStrictEqual(decodeClientMessage(encodeDeclare(declare)), declare)
  })

  it.prop("frame", [Arbitrary.schema(Schema.NonEmptyArray(point)), Arbitrary.schema(uint)], ([points, sequence]) => {
    const sent: ClientMessage = {
      type: "frame",
      sequence: Math.max(1, sequence),
      series: Uint32Array.from(points, ({ ref }) => ref),
      timestamps: Float64Array.from(points, ({ timestamp }) => timestamp + 0), // an int64 has no -0
      values: Float64Array.from(points, ({ value }) => value)
    }
    assert.deepStrictEqual(decodeClientMessage(encodeFrame(sent)), sent)
  })
})

describe("each size is written in its shortest format, and read again", () => {
  const credit = (frames: number) => ({ type: "credit" as const, frames })
  const error = (message: string) => ({ type: "error" as const, code: "internal", message })
  const ack = (count: number) => {
    const rejected = Array.from({ length: count }, (_, index) => ({ index, code: "label_invalid", message: "é" }))
    return { type: "ack" as const, sequence: 1, accepted: 0, rejected, credit: 0 }
  }
  const labels = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`label${i}`, "v"]))

  it.each([0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1])("the integer %d", (value) => {
    const bytes = encodeServerMessage(credit(value))
    assert.deepStrictEqual(bytes, encodeMessage(credit(value)))
    assert.deepStrictEqual(decodeServerMessage(bytes), credit(value))
  })

  it.each([0, 31, 32, 255, 256, 65_535, 65_536])("a text of %d bytes", (size) => {
    const bytes = encodeServerMessage(error("x".repeat(size)))
    assert.deepStrictEqual(bytes, encodeMessage(error("x".repeat(size))))
    assert.deepStrictEqual(decodeServerMessage(bytes), error("x".repeat(size)))
  })

  it.each([0, 15, 16, 65_535, 65_536])("a list of %d", (count) => {
    const message = ack(count)
    const bytes = encodeServerMessage(message)
    const rejected = message.rejected.map(({ index, code, message }) => [index, code, message])
    assert.isTrue(Buffer.from(bytes).equals(encodeMessage({ ...message, rejected })))
    const decoded = decodeServerMessage(bytes)
    assert.isTrue(Buffer.from(bytes).equals(encodeServerMessage(decoded as typeof message)))
  })

  it.each([0, 15, 16, 32])("a map of %d", (count) => {
    const bytes = encodeDeclare({ type: "declare", series: [{ ref: 0, metric: "a", labels: labels(count) }] })
    assert.deepStrictEqual(bytes, encodeMessage({ type: "declare", series: [[0, "a", labels(count)]] }))
  })

  it.each([1, 31, 32, 8_191, 8_192])("columns of %d points", (count) => {
    const points = { series: Array(count).fill(1), timestamps: [1661126400000], values: Array(count).fill(0.1) }
    const { series, timestamps, values } = points
    assert.deepStrictEqual(
      encodeFrame({
        type: "frame",
        sequence: 1,
        series: Uint32Array.from(series),
        timestamps: Float64Array.from(timestamps),
        values: Float64Array.from(values)
      }),
      encodeMessage(frameMessage(1, points))
    )
  })
})

describe("I2: a client is lenient", () => {
  it("fields that it does not know are stepped over, whatever they hold", () => {
    const unknown = {
      nil: null,
      no: false,
      yes: true,
      list: [[], {}, [1, [2]]],
      map: { a: { b: new Uint8Array(300) } }
    }
    const message = {
      type: "credit",
      before: unknown,
      frames: 3,
      after: [unknown, 2 ** 40, 70_000, 300, "x".repeat(300)]
    }
    assert.deepStrictEqual(decodeServerMessage(encodeMessage(message)), { type: "credit", frames: 3 })
  })

  it.each([
    ["a float 32", "ca 00000000"],
    ["a float 64", "cb 3ff8000000000000"],
    ["a negative fixint", "ff"],
    ["an int 8", "d0 ff"],
    ["an int 64", "d3 ffffffffffffffff"],
    ["a fixmap", "82 01 02 03 04"],
    ["a map 16", "de 0002 01 02 03 04"],
    ["a map 32", "df 00000002 01 02 03 04"],
    ["an array 16", "dc 0002 01 02"],
    ["an array 32", "dd 00000002 01 02"],
    ["a str 16", "da 0002 6161"],
    ["a str 32", "db 00000002 6161"],
    ["a bin 16", "c5 0002 6161"],
    ["a bin 32", "c6 00000002 6161"]
  ])("%s is stepped over", (_, value) => {
    const message = hex("83 a474797065 a6637265646974 a1 78", value, "a66672616d6573 03")
    assert.deepStrictEqual(decodeServerMessage(message), { type: "credit", frames: 3 })
  })

  it("a type that it does not know is no message", () => {
    assert.isUndefined(decodeServerMessage(encodeMessage({ type: "news", text: "x" })))
  })

  it("a known type with a missing field is malformed", () => {
    assert.instanceOf(decodeServerMessage(encodeMessage({ type: "ack", sequence: 1 })), MalformedMessage)
  })
})

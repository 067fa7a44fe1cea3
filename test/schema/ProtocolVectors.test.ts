/** I2: the bytes of docs/protocol.md are what the hub's codec makes, and what a client written from the page makes. */
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { unpack } from "msgpackr"
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeDeclare,
  encodeFrame,
  encodeHello,
  encodeServerMessage
} from "../../src/http/stream/Codec.ts"
import { MalformedMessage } from "../../src/http/stream/MessagePack.ts"

import { clientMessage, hubMessage, malformedVectors, type Vector, vectors } from "../support/ProtocolVectors.ts"
import { decodeMessage, encodeMessage } from "../support/StreamClient.ts"

const page = readFileSync(new URL("../../docs/protocol.md", import.meta.url), "utf8")

/** Each fenced block `vector NAME`: a line of JSON, then bytes in hexadecimal. */
const pageVectors = [...page.matchAll(/^```vector (\S+)\n(.+)\n([0-9a-f \n]+)\n```$/gm)].map(([, name, json, hex]) => ({
  name: name!,
  message: JSON.parse(json!),
  hex: hex!.replaceAll(/\s/g, "")
}))

describe("docs/protocol.md", () => {
  it("shows every vector, byte for byte", () => {
    assert.deepStrictEqual(
      pageVectors,
      vectors.map(({ name, message, bytes }) => ({ name, message, hex: bytes.toString("hex") }))
    )
  })

  it("has a vector for each of the nine message types", () => {
    const types = new Set(vectors.map(({ message }) => message.type))
    assert.deepStrictEqual(
      [...types],
      ["hello", "declare", "frame", "welcome", "ack", "credit", "refuse", "declined", "error"]
    )
  })
})

describe.each(vectors)("vector $name", (vector) => {
  it("I2: the hub encodes and decodes it", () => {
    assert.strictEqual(Buffer.from(encode(vector)).toString("hex"), vector.bytes.toString("hex"))
    const decoded = vector.from === "client" ? decodeClientMessage(vector.bytes) : decodeServerMessage(vector.bytes)
    assert.deepStrictEqual(decoded, hubMessage(vector))
  })

  it("I2: the independent client encodes or decodes it", () => {
    assert.strictEqual(Buffer.from(encodeMessage(clientMessage(vector))).toString("hex"), vector.bytes.toString("hex"))
    if (vector.from === "hub") assert.deepStrictEqual(decodeMessage(vector.bytes), clientMessage(vector))
  })

  it("is MessagePack as msgpackr reads it", () => {
    assert.deepStrictEqual(plain(unpack(vector.bytes)), plain(clientMessage(vector)))
  })
})

it.each(malformedVectors)("I2: $name is malformed_frame", ({ bytes }) => {
  const decoded = decodeClientMessage(bytes)
  assert.instanceOf(decoded, MalformedMessage)
  assert.strictEqual((decoded as MalformedMessage).code, "malformed_frame")
})

const encode = (vector: Vector): Uint8Array => {
  const message = hubMessage(vector)
  switch (message.type) {
    case "hello":
      return encodeHello(message)
    case "declare":
      return encodeDeclare(message)
    case "frame":
      return encodeFrame(message)
    default:
      return encodeServerMessage(message)
  }
}

/** Without what differs between readers and is not in the bytes: Buffers, and 64-bit integers as bigint. */
const plain = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, part) => (typeof part === "bigint" ? Number(part) : part)))

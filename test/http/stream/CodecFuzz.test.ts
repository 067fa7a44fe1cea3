/** K9, RELIABILITY §3: whatever arrives, decoding gives a message of the protocol or `MalformedMessage`. */
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import {
  decodeClientMessage,
  decodeServerMessage,
  encodeDeclare,
  encodeFrame,
  encodeHello,
  encodeServerMessage
} from "../../../src/http/stream/Codec.ts"
import { MalformedMessage } from "../../../src/http/stream/MessagePack.ts"
import type { ClientMessage, ServerMessage } from "../../../src/schema/Protocol.ts"
import { vectors } from "../../support/ProtocolVectors.ts"

type Decoded = ClientMessage | ServerMessage | MalformedMessage | undefined

const encode = (message: ClientMessage | ServerMessage): Uint8Array => {
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

const directions = { client: decodeClientMessage, hub: decodeServerMessage } as const

/** What was decoded is either refused or a message that can be written and read again. */
const assertTyped = (decode: (bytes: Uint8Array) => Decoded, bytes: Uint8Array): Decoded => {
  const decoded = decode(bytes)
  if (decoded !== undefined && !(decoded instanceof MalformedMessage)) {
    assert.deepStrictEqual(decode(encode(decoded)), decoded)
  }
  return decoded
}

describe.each(vectors)("vector $name", ({ from, bytes }) => {
  const decode: (bytes: Uint8Array) => Decoded = directions[from]

  it("no truncation of it is a message", () => {
    for (let length = 0; length < bytes.length; length++) {
      assert.instanceOf(decode(bytes.subarray(0, length)), MalformedMessage)
    }
  })

  it("no byte may follow it", () => {
    for (let byte = 0; byte < 256; byte++) {
      assert.instanceOf(decode(Buffer.concat([bytes, Buffer.of(byte)])), MalformedMessage)
    }
  })

  it("any flipped bit gives a message or a refusal", () => {
    let refused = 0
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      if (assertTyped(decode, flipped) instanceof MalformedMessage) refused += 1
    }
    assert.isAbove(refused, 0)
  })
})

describe("random input", () => {
  const byte = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 255 }))
  const position = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 9_999 }))
  const edits = Schema.Array(Schema.Struct({ position, byte }))

  it.prop("bytes", [Arbitrary.array(Arbitrary.schema(byte), { maxLength: 64 })], ([bytes]) => {
    for (const decode of Object.values(directions)) assertTyped(decode, Uint8Array.from(bytes))
  })

  it.prop("valid messages with bytes replaced", [Arbitrary.schema(edits)], ([changes]) => {
    for (const { from, bytes } of vectors) {
      const edited = Buffer.from(bytes)
      for (const { position, byte } of changes) edited[position % edited.length] = byte
      assertTyped(directions[from], edited)
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema, Stream } from "effect"
import { decodeUtf8, splitLines } from "../../../src/cli/push/Text.ts"

const decode = (...chunks: ReadonlyArray<Uint8Array>) => Stream.mkString(decodeUtf8(Stream.fromIterable(chunks)))

const notUtf8 = "the input is not UTF-8: convert it first, for example with iconv -t UTF-8"

describe("push: text", () => {
  it.effect("characters cut in the middle come together, and a byte order mark is none of the text", () =>
    Effect.gen(function* () {
      const bytes = Buffer.from("\ufeffä€😀\ufeff")
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
      assert.strictEqual(yield* decode(bytes), "ä€😀\ufeff")
      assert.strictEqual(yield* decode(...single), "ä€😀\ufeff")
    })
  )

  it.effect("what is not UTF-8 is refused, at the very end too", () =>
    Effect.gen(function* () {
      for (const bytes of [Buffer.from("grün", "latin1"), Buffer.from("€").subarray(0, 2)]) {
        assert.strictEqual((yield* Effect.flip(decode(Buffer.from("x"), bytes))).message, notUtf8)
      }
    })
  )

  it.effect("a line is refused by its length, finished or not", () =>
    Effect.gen(function* () {
      const lines = (text: string) => Stream.make(text).pipe(splitLines(5), Stream.runCollect)
      assert.deepStrictEqual(yield* lines("12345\n12345"), ["12345", "12345"])
      for (const text of ["1\n123456\n2", "1\n123456"]) {
        assert.strictEqual((yield* Effect.flip(lines(text))).message, "line 2: longer than 5 characters")
      }
    })
  )

  const Pieces = Schema.Array(Schema.Literals(["a", "b", "\n", "\r\n", ""]))

  it.effect.prop("lines are the same wherever the text is cut", [Pieces], ([pieces]) =>
    Effect.gen(function* () {
      const text = pieces.join("")
      const expected = text.split(/\r?\n/)
      if (expected.at(-1) === "") expected.pop()
      assert.deepStrictEqual(yield* Stream.fromIterable(pieces).pipe(splitLines(1_000), Stream.runCollect), expected)
      const letters = Array.from(text)
      assert.deepStrictEqual(yield* Stream.fromIterable(letters).pipe(splitLines(1_000), Stream.runCollect), expected)
    })
  )
})

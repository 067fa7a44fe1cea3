import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { SecureRandom } from "effect/crypto"
import { hashToken, isSameHash, newToken, tokenId } from "../../../src/store/access/Token.ts"

const token = (kind: "host" | "api-key") => Effect.provide(newToken(kind), SecureRandom.layerWebCrypto)

it.effect("X2: a token has 64 characters, its key id in front and a checksum at the end", () =>
  Effect.gen(function* () {
    for (const [kind, prefix] of [
      ["host", "lum_"],
      ["api-key", "lumk_"]
    ] as const) {
      const { hash, id, text } = yield* token(kind)
      assert.match(text, new RegExp(`^${prefix}${id}[0-9A-Za-z]+$`))
      assert.strictEqual(text.length, 64)
      assert.strictEqual(id.length, 8)
      assert.strictEqual(tokenId(text), id)
      assert.isTrue(isSameHash(hash, hashToken(text)))
      assert.notStrictEqual((yield* token(kind)).text, text)
    }
  })
)

it.effect("every change of one character of a token is seen", () =>
  Effect.gen(function* () {
    const { text } = yield* token("host")
    for (let i = 0; i < text.length; i++) {
      for (const other of ["a", "Z", "0", "_", "\u0000", "é"]) {
        if (text[i] === other) continue
        assert.isNull(tokenId(text.slice(0, i) + other + text.slice(i + 1)), `${other} at ${i}`)
      }
      assert.isNull(tokenId(text.slice(0, i) + text.slice(i + 1)))
      assert.isNull(tokenId(text.slice(0, i) + text[i] + text.slice(i)))
    }
    assert.isNull(tokenId(""))
    assert.isNull(tokenId(`lum_${"a".repeat(60)}`))
  })
)

it("the layout is stable: tokens given out earlier stay good", () => {
  // Made with Python: zlib.crc32 in base 62.
  assert.strictEqual(tokenId("lum_ABCDEFGH01234567890123456789012345678901234567890123450zh4gt"), "ABCDEFGH")
})

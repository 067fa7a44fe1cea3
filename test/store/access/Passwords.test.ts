import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { limits } from "../../../src/limits.ts"
import { oneTimePassword, PasswordCost, Passwords } from "../../../src/store/access/Passwords.ts"

const cheap = Passwords.layer.pipe(Layer.provide(Layer.succeed(PasswordCost, { logN: 4, r: 8, p: 1 })))

it.effect("a password is stored as scrypt with a salt of its own, and known again however it is composed", () =>
  Effect.gen(function* () {
    const { hash, verify } = yield* Passwords
    const stored = yield* hash("caf\u00e9 au lait, twice")
    assert.match(stored, /^\$scrypt\$ln=4,r=8,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
    assert.notStrictEqual(yield* hash("caf\u00e9 au lait, twice"), stored)
    assert.isTrue(yield* verify("cafe\u0301 au lait, twice", stored))
    assert.isFalse(yield* verify("cafe au lait, twice", stored))
    assert.isFalse(yield* verify("", stored))
    assert.isFalse(yield* verify("", null))
  }).pipe(Effect.provide(cheap))
)

it.effect("X1: the cost is what OWASP asks for, and stored costs stay good when it changes", () =>
  Effect.gen(function* () {
    const dear = yield* Effect.provide(
      Effect.flatMap(Passwords, ({ hash }) => hash("a long password")),
      Passwords.layer
    )
    assert.match(dear, /^\$scrypt\$ln=17,r=8,p=1\$/)
    const isRight = Effect.flatMap(Passwords, ({ verify }) => verify("a long password", dear))
    assert.isTrue(yield* Effect.provide(isRight, cheap))
  })
)

it.effect("K5: a few are hashed at a time and a few more wait; the others are told to come back", () =>
  Effect.gen(function* () {
    const { hash } = yield* Passwords
    const all = limits.passwordHashesAtOnce + limits.passwordHashesWaiting
    const fibers = yield* Effect.forEach(Array.from({ length: all + 5 }), () =>
      Effect.forkChild(Effect.result(hash("a long password")), { startImmediately: true })
    )
    const results = yield* Effect.forEach(fibers, Fiber.join)
    assert.deepStrictEqual(
      results.map(({ _tag }) => _tag),
      [...Array(all).fill("Success"), ...Array(5).fill("Failure")]
    )
    yield* hash("a long password")
  }).pipe(Effect.provide(cheap))
)

it.effect("a one-time password is legible, and another each time", () =>
  Effect.gen(function* () {
    const some = yield* Effect.forEach(Array.from({ length: 50 }), () => oneTimePassword)
    for (const password of some) assert.match(password, /^([2-9a-km-np-z]{5}-){3}[2-9a-km-np-z]{5}$/)
    assert.strictEqual(new Set(some).size, 50)
  }).pipe(Effect.provide(SecureRandom.layerWebCrypto))
)

import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { SecureRandom } from "effect/crypto"
import { AccessPg } from "../../../src/store/access/AccessPg.ts"
import { ensureFirstUser } from "../../../src/store/access/FirstAccess.ts"
import { PasswordCost, Passwords } from "../../../src/store/access/Passwords.ts"
import { SessionStore } from "../../../src/store/access/Sessions.ts"
import { hashToken } from "../../../src/store/access/Token.ts"
import { UserStore } from "../../../src/store/access/Users.ts"
import { CataloguePg } from "../../../src/store/catalogue/CataloguePg.ts"
import { ensureDefaultWorkspace } from "../../../src/store/catalogue/Defaults.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

const Stores = Layer.effectDiscard(ensureDefaultWorkspace).pipe(
  Layer.provideMerge(Layer.mergeAll(CataloguePg, AccessPg)),
  Layer.provideMerge(Passwords.layer),
  Layer.provide(Layer.succeed(PasswordCost, { logN: 4, r: 8, p: 1 })),
  Layer.provideMerge(Database),
  Layer.provideMerge(SecureRandom.layerWebCrypto)
)

layer(Stores)("a new installation", (it) => {
  it.effect("O7: has one admin with a one-time password, however many hubs start at once", () =>
    Effect.gen(function* () {
      const users = yield* UserStore
      const sessions = yield* SessionStore
      const { hash, verify } = yield* Passwords
      const passwords = yield* Effect.all([ensureFirstUser, ensureFirstUser, ensureFirstUser], { concurrency: 3 })
      const [password] = passwords.filter(Option.isSome)
      assert.strictEqual(passwords.filter(Option.isSome).length, 1)
      const account = yield* sessions.account("admin")
      assert.isTrue(yield* verify(Redacted.value(password!.value), account!.passwordHash))
      assert.isTrue(yield* users.hasOneTimePassword("admin"))

      const user = { accountId: account!.id, passwordHash: account!.passwordHash }
      yield* sessions.create(user, hashToken("a"), { address: "127.0.0.1", userAgent: "", replaces: null })
      const session = yield* sessions.find(hashToken("a"))
      assert.deepInclude(session, { installation: true, mustChangePassword: true })
      yield* sessions.changePassword(session!, yield* hash("a password of my own"), hashToken("b"))
      assert.isFalse(yield* users.hasOneTimePassword("admin"))
      assert.isNull(yield* sessions.find(hashToken("a")))
      assert.deepInclude(yield* sessions.find(hashToken("b")), { id: session!.id, mustChangePassword: false })

      assert.isTrue(Option.isNone(yield* ensureFirstUser))
    })
  )
})

layer(Stores)("several hubs of a new installation", (it) => {
  it.effect("O7: make one first user, all at once or not", () =>
    Effect.gen(function* () {
      const { createFirst } = yield* UserStore
      const user = (name: string) => ({ name, displayName: name, role: "admin" }) as const
      const made = yield* Effect.all(
        ["admin", "admin", "root", "admin", "chief"].map((name) => createFirst(user(name), "hash")),
        { concurrency: 5 }
      )
      assert.deepStrictEqual(made.toSorted(), [false, false, false, false, true])
    })
  )
})

/** What happens between a password's check and its login: the store has the last word. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SessionStore } from "../../../src/store/access/Sessions.ts"
import { SessionsPg } from "../../../src/store/access/SessionsPg.ts"
import { UserStore } from "../../../src/store/access/Users.ts"
import { UsersPg } from "../../../src/store/access/UsersPg.ts"
import { CataloguePg } from "../../../src/store/catalogue/CataloguePg.ts"
import { ensureDefaultWorkspace } from "../../../src/store/catalogue/Defaults.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))
const Stores = Layer.mergeAll(SessionsPg, UsersPg, CataloguePg).pipe(Layer.provideMerge(Database))

const SOURCE = { address: "192.0.2.1", userAgent: "a browser", replaces: null }
const tokenHash = (text: string) => Buffer.from(text.padEnd(32, "."))

/** A user, and the admin who may change them. */
const someone = Effect.fnUntraced(function* (name: string) {
  yield* ensureDefaultWorkspace
  const users = yield* UserStore
  const sql = yield* PgClient.PgClient
  const [workspace] = yield* sql<{ number: number }>`SELECT number FROM workspace WHERE key = 'default'`
  const by = { workspaceNumber: workspace!.number, actor: "user:boss", installation: true }
  const { user } = yield* users.create(by, { name, displayName: name, role: "viewer" }, "first hash")
  return { by, id: user.id, users, verified: { accountId: user.id, passwordHash: "first hash" } }
})

layer(Stores)("sessions", (it) => {
  it.effect("row 10: a password that an admin has reset since it was checked begins no session", () =>
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const { by, id, users, verified } = yield* someone("anna")
      yield* users.resetPassword(by, id, "second hash")
      const refused = yield* Effect.flip(sessions.create(verified, tokenHash("a"), SOURCE))
      assert.strictEqual(refused._tag, "Unauthorized")
      assert.isNull(yield* sessions.find(tokenHash("a")))
      yield* sessions.create({ ...verified, passwordHash: "second hash" }, tokenHash("a"), SOURCE)
      assert.strictEqual((yield* sessions.find(tokenHash("a")))?.user.name, "anna")
    })
  )

  it.effect("row 10: who was disabled or deleted since begins no session, with a password or without", () =>
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const { by, id, users, verified } = yield* someone("bert")
      yield* users.replace(by, id, { displayName: "bert", role: "viewer", disabled: true }, "present")
      assert.strictEqual((yield* Effect.flip(sessions.create(verified, tokenHash("b"), SOURCE)))._tag, "Unauthorized")
      yield* users.remove(by, id, "present")
      for (const passwordHash of ["first hash", null]) {
        const again = sessions.create({ accountId: id, passwordHash }, tokenHash("b"), SOURCE)
        assert.strictEqual((yield* Effect.flip(again))._tag, "Unauthorized")
      }
    })
  )

  it.effect("row 10: an admin's reset between check and change of a password is the last word", () =>
    Effect.gen(function* () {
      const sessions = yield* SessionStore
      const sql = yield* PgClient.PgClient
      const { by, id, users, verified } = yield* someone("cora")
      yield* sessions.create(verified, tokenHash("c"), SOURCE)
      const session = yield* sessions.find(tokenHash("c"))
      yield* users.resetPassword(by, id, "admin's hash")
      const refused = yield* Effect.flip(sessions.changePassword(session!, "own hash", tokenHash("d")))
      assert.strictEqual(refused._tag, "Conflict")
      const rows = yield* sql<{ hash: string }>`SELECT password_hash AS hash FROM account WHERE id = ${id}::uuid`
      assert.deepStrictEqual(rows, [{ hash: "admin's hash" }])
      assert.isNull(yield* sessions.find(tokenHash("d")))
    })
  )
})

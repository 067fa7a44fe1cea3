import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { accountFor, parseAccount } from "../../../src/store/embedded/Account.ts"

const asRoot = process.getuid?.() === 0

describe("the account Postgres runs as (O1)", () => {
  it("is found in /etc/passwd, and is never root", () => {
    const passwd = "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin\n"
    assert.deepStrictEqual(parseAccount(passwd, "nobody"), { name: "nobody", uid: 65534, gid: 65533 })
    assert.isUndefined(parseAccount(passwd, "root"))
    assert.isUndefined(parseAccount("", "nobody"))
  })

  it.effect.skipIf(asRoot)("is the hub's own when that is not root", () =>
    Effect.gen(function* () {
      assert.isUndefined(yield* accountFor("/nowhere", "/nowhere/password"))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.effect.skipIf(!asRoot)("of root's hub: the database's owner, else the folder's, else nobody", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* fs.makeTempDirectoryScoped({ prefix: "lumina-" })
      const password = `${folder}/password`
      assert.strictEqual((yield* accountFor(folder, password))?.name, "nobody")
      yield* fs.chown(folder, 1234, 1235)
      assert.deepStrictEqual(yield* accountFor(folder, password), { name: "user 1234", uid: 1234, gid: 1235 })
      yield* fs.writeFileString(password, "")
      yield* fs.chown(password, 4321, 4322)
      assert.deepStrictEqual(yield* accountFor(folder, password), { name: "user 4321", uid: 4321, gid: 4322 })
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

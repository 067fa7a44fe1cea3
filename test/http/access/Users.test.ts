import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { call, TestApi } from "../ApiServer.ts"
import { Browser, person } from "../support/Browser.ts"

const workspace = (key: string) =>
  Effect.map(call("POST", "/api/workspaces", { body: { key, name: key } }), ({ body }) => body.id as string)

const inside = (key: string) => ({ headers: { "lumina-workspace": key } })

const error = (answer: { readonly status: number; readonly body: { readonly error: { readonly code: string } } }) => [
  answer.status,
  answer.body.error.code
]

layer(TestApi)("users", (it) => {
  it.effect("the last admin of the installation is neither demoted, disabled nor removed", () =>
    Effect.gen(function* () {
      const only = yield* person("only", "admin")
      const path = `/api/users/${only.id}`
      const document = { displayName: "Only", role: "admin", disabled: false }
      const attempts = [
        call("PUT", path, { body: { ...document, role: "operator" } }),
        call("PUT", path, { body: { ...document, disabled: true } }),
        call("DELETE", path)
      ]
      for (const attempt of attempts) assert.deepStrictEqual(error(yield* attempt), [409, "conflict"])
      assert.deepInclude((yield* call("GET", path)).body, { role: "admin", disabled: false, version: 2 })
      assert.strictEqual((yield* only.browser.send("GET", "/api/users")).status, 200)
      const second = yield* person("second", "admin")
      assert.strictEqual((yield* call("PUT", path, { body: { ...document, role: "viewer" } })).status, 200)
      assert.deepStrictEqual(error(yield* call("DELETE", `/api/users/${second.id}`)), [409, "conflict"])
      assert.strictEqual((yield* call("PUT", path, { body: document })).status, 200)
      assert.strictEqual((yield* call("DELETE", `/api/users/${second.id}`)).status, 204)
    })
  )

  it.effect("X1: a user is added with a one-time password, shown once, and listed without it", () =>
    Effect.gen(function* () {
      const created = yield* call("POST", "/api/users", {
        body: { name: "maria", displayName: "Maria Lopez", role: "operator" }
      })
      assert.deepStrictEqual([created.status, created.headers.get("etag")], [201, '"1"'])
      const { password, ...user } = created.body
      const read = yield* call("GET", `/api/users/${user.id}`)
      assert.deepStrictEqual(read.body, { ...user, mustChangePassword: true, lastLoginAt: null })
      const list = yield* call("GET", "/api/users?name=maria")
      assert.deepStrictEqual(list.body.items, [read.body])
      for (const { text } of [read, list, yield* call("GET", "/api/audit")]) {
        assert.notInclude(text, password)
        assert.notInclude(text, "scrypt")
      }
      const again = { body: { name: "maria", displayName: "x", role: "viewer" } }
      assert.deepStrictEqual(error(yield* call("POST", "/api/users", again)), [409, "conflict"])
      for (const name of ["", "Maria", "a b", "x".repeat(65), "-a", "a\u0000", "аdmin", 5]) {
        const body = { name, displayName: "x", role: "viewer" }
        assert.deepStrictEqual(error(yield* call("POST", "/api/users", { body })), [422, "invalid"])
      }
    })
  )

  it.effect("row 8: fields that nobody may set are refused or ignored", () =>
    Effect.gen(function* () {
      const extra = { installation: true, workspaceNumber: 1, passwordHash: "x", mustChangePassword: false }
      const user = { name: "mia", displayName: "Mia", role: "viewer" }
      assert.strictEqual((yield* call("POST", "/api/users", { body: { ...user, ...extra } })).status, 422)
      const { id } = yield* person("mia", "viewer")
      const changed = yield* call("PUT", `/api/users/${id}`, {
        body: { ...extra, id: "x", name: "root", displayName: "Mia", role: "viewer", disabled: false, version: 99 }
      })
      assert.deepInclude(changed.body, { id, name: "mia", mustChangePassword: false, version: 3 })
    })
  )

  it.effect("row 7: what a role does not allow is 403, what it does is not", () =>
    Effect.gen(function* () {
      const people = [
        yield* person("viola", "viewer"),
        yield* person("oscar", "operator"),
        yield* person("adam", "admin")
      ]
      const id = "00000000-0000-0000-0000-000000000000"
      const rows: ReadonlyArray<readonly [method: string, path: string, open: string]> = [
        ["GET", "/api/alerts", "voa"],
        ["GET", "/api/rules", "voa"],
        ["POST", `/api/alerts/${id}/acknowledge`, "oa"],
        ["POST", `/api/alerts/${id}/close`, "oa"],
        ["POST", "/api/incidents/INC-000001/resolve", "oa"],
        ["POST", "/api/incidents/INC-000001/merge", "oa"],
        ["POST", "/api/rules", "a"],
        ["PUT", "/api/policy", "a"],
        ["POST", "/api/hosts", "a"],
        ["GET", "/api/users", "a"],
        ["POST", "/api/users", "a"],
        ["GET", "/api/api-keys", "a"],
        ["GET", "/api/audit", "a"],
        ["POST", "/api/workspaces", "a"]
      ]
      for (const [method, path, open] of rows) {
        for (const { browser, name } of people) {
          const { status } = yield* browser.send(method, path, method === "GET" ? {} : { body: {} })
          assert.strictEqual(status !== 403, open.includes(name[0]!), `${name} ${method} ${path}: ${status}`)
        }
      }
    })
  )

  it.effect("a change of role, being disabled and a reset password end the user's sessions; a new name does not", () =>
    Effect.gen(function* () {
      const { browser, id, name, password } = yield* person("nina", "viewer")
      const path = `/api/users/${id}`
      const isIn = Effect.map(browser.send("GET", "/api/session"), ({ status }) => status === 200)
      const login = (secret: string) => browser.send("POST", "/api/session", { body: { name, password: secret } })
      const change = (body: object) =>
        Effect.map(
          call("PUT", path, { body: { displayName: "N", role: "viewer", disabled: false, ...body } }),
          (_) => _.status
        )
      assert.strictEqual(yield* change({}), 200)
      assert.isTrue(yield* isIn)
      assert.strictEqual(yield* change({ role: "operator" }), 200)
      assert.isFalse(yield* isIn)
      yield* login(password)
      assert.strictEqual(yield* change({ disabled: true }), 200)
      assert.isFalse(yield* isIn)
      const refused = yield* login(password)
      assert.deepStrictEqual(error(refused), [401, "invalid_login"])
      assert.strictEqual(yield* change({}), 200)
      yield* login(password)
      const reset = yield* call("POST", `${path}/reset-password`)
      assert.isFalse(yield* isIn)
      assert.strictEqual((yield* login(password)).status, 401)
      assert.strictEqual((yield* login(reset.body.password)).body.mustChangePassword, true)
      assert.strictEqual((yield* call("PUT", path, { body: {}, headers: { "if-match": "1" } })).status, 422)
      const stale = { body: { displayName: "N", role: "viewer", disabled: false }, headers: { "if-match": "1" } }
      assert.deepStrictEqual(error(yield* call("PUT", path, stale)), [412, "stale_version"])
    })
  )

  it.effect("K8: a user sees the workspaces they are in, and no other", () =>
    Effect.gen(function* () {
      yield* workspace("payments")
      yield* workspace("shop")
      const { browser, id } = yield* person("peter", "operator", "payments")
      const session = yield* browser.send("GET", "/api/session")
      assert.deepStrictEqual(session.body.workspaces, [{ key: "payments", name: "payments", role: "operator" }])
      const here = yield* browser.send("GET", "/api/system")
      assert.deepStrictEqual([here.body.workspace.key, here.body.installation], ["payments", null])
      for (const key of ["shop", "default", "nowhere"]) {
        assert.deepStrictEqual(error(yield* browser.send("GET", "/api/alerts", inside(key))), [404, "not_found"])
      }
      assert.strictEqual((yield* call("GET", `/api/users/${id}`, inside("shop"))).status, 404)
      const joined = yield* call("POST", "/api/users", {
        body: { name: "peter", displayName: "ignored", role: "admin" },
        ...inside("shop")
      })
      assert.deepInclude(joined.body, { id, displayName: "PETER", role: "admin", password: null })
      assert.strictEqual((yield* browser.send("GET", "/api/users", inside("shop"))).status, 200)
      assert.strictEqual((yield* browser.send("GET", "/api/users")).status, 403)
      const listed = yield* browser.send("GET", "/api/workspaces", inside("shop"))
      assert.deepStrictEqual(
        listed.body.items.map((item: { key: string }) => item.key),
        ["shop"]
      )
    })
  )

  it.effect("an admin of one workspace cannot take over a user of two, nor learn who is in another", () =>
    Effect.gen(function* () {
      yield* workspace("left")
      yield* workspace("right")
      const chief = yield* person("chief", "admin")
      const boss = yield* person("boss", "admin", "left")
      const shared = yield* person("shared", "viewer", "left")
      const own = yield* person("own", "viewer", "left")
      for (const [name, key] of [
        ["shared", "right"],
        ["chief", "left"]
      ] as const) {
        const body = { name, displayName: "x", role: "viewer" }
        assert.strictEqual((yield* chief.browser.send("POST", "/api/users", { body, ...inside(key) })).status, 201)
      }
      const as = (method: string, path: string, body?: object) =>
        boss.browser.send(method, path, body === undefined ? {} : { body })
      for (const { id } of [shared, chief]) {
        assert.deepStrictEqual(error(yield* as("POST", `/api/users/${id}/reset-password`)), [403, "forbidden"])
        const disabled = { displayName: "x", role: "viewer", disabled: true }
        assert.deepStrictEqual(error(yield* as("PUT", `/api/users/${id}`, disabled)), [403, "forbidden"])
      }
      const foreign = { name: "second", displayName: "x", role: "viewer" }
      yield* person("second", "viewer", "right")
      assert.deepStrictEqual(error(yield* as("POST", "/api/users", foreign)), [409, "conflict"])
      const raised = yield* as("PUT", `/api/users/${shared.id}`, {
        displayName: "SHARED",
        role: "admin",
        disabled: false
      })
      assert.strictEqual(raised.status, 200)
      assert.strictEqual((yield* as("POST", `/api/users/${own.id}/reset-password`)).status, 200)
      assert.strictEqual((yield* as("DELETE", `/api/users/${shared.id}`)).status, 204)
      const still = yield* call("GET", `/api/users/${shared.id}`, inside("right"))
      assert.deepInclude(still.body, { role: "viewer", disabled: false })
      assert.strictEqual((yield* as("DELETE", `/api/users/${own.id}`)).status, 204)
      const gone = { body: { name: "own", password: own.password } }
      assert.strictEqual((yield* new Browser().send("POST", "/api/session", gone)).status, 401)
      assert.deepStrictEqual(error(yield* as("POST", "/api/workspaces", { key: "mine", name: "Mine" })), [
        403,
        "forbidden"
      ])
    })
  )

  it.effect("X4: every change of a user is in the workspace's audit log, with before and after", () =>
    Effect.gen(function* () {
      const { browser } = yield* person("auditor", "admin")
      const { id } = yield* person("subject", "viewer")
      const body = { displayName: "S", role: "operator", disabled: false }
      yield* browser.send("PUT", `/api/users/${id}`, { body })
      yield* browser.send("POST", `/api/users/${id}/reset-password`)
      yield* browser.send("DELETE", `/api/users/${id}`)
      const { items } = (yield* call("GET", "/api/audit?subject=user:subject&actor=user:auditor")).body
      const before = { displayName: "SUBJECT", role: "viewer", disabled: false }
      assert.deepStrictEqual(
        items.map(({ action, after, before }: Record<string, unknown>) => ({ action, before, after })),
        [
          { action: "deleted", before: body, after: null },
          { action: "passwordReset", before: null, after: null },
          { action: "updated", before, after: body }
        ]
      )
    })
  )
})

import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { call, TestApi } from "./ApiServer.ts"
import { Browser, person } from "./support/Browser.ts"

const login = (browser: Browser, name: string, password: string, headers = {}) =>
  browser.send("POST", "/api/session", { body: { name, password }, headers })

layer(TestApi)("sessions", (it) => {
  it.effect("X1: a new user logs in with the one-time password and may only change it", () =>
    Effect.gen(function* () {
      const { body } = yield* call("POST", "/api/users", {
        body: { name: "maria", displayName: "Maria", role: "operator" }
      })
      assert.match(body.password, /^([2-9a-km-z]{5}-){3}[2-9a-km-z]{5}$/)
      const browser = new Browser()
      const session = yield* login(browser, " Maria", body.password)
      assert.strictEqual(session.status, 200)
      assert.deepInclude(session.body, {
        user: { id: body.id, name: "maria", displayName: "Maria", hasPassword: true },
        workspaces: [{ key: "default", name: "Default", role: "operator" }],
        mustChangePassword: true
      })
      const refused = yield* browser.send("GET", "/api/alerts")
      assert.deepStrictEqual([refused.status, refused.body.error.code], [403, "password_change_required"])
      const tooShort = yield* browser.send("PUT", "/api/session/password", {
        body: { current: body.password, new: "short" }
      })
      assert.deepStrictEqual([tooShort.status, tooShort.body.error.details[0].field], [422, "new"])
      const changed = yield* browser.send("PUT", "/api/session/password", {
        body: { current: body.password, new: "the sea is calm today" }
      })
      assert.deepInclude(changed.body, { mustChangePassword: false })
      assert.strictEqual((yield* browser.send("GET", "/api/alerts")).status, 200)
      assert.strictEqual((yield* login(new Browser(), "maria", body.password)).status, 401)
    })
  )

  it.effect("X1: the cookie is for the hub's own pages, and no script's; logging out ends it", () =>
    Effect.gen(function* () {
      const { browser } = yield* person("otto", "viewer")
      const attributes = browser.attributes.get("lumina_session")!
      for (const expected of [/; HttpOnly/i, /; SameSite=Lax/i, /; Path=\//i]) assert.match(attributes, expected)
      assert.notMatch(attributes, /secure/i)
      const stolen = browser.cookie
      assert.strictEqual((yield* browser.send("DELETE", "/api/session")).status, 204)
      assert.isFalse(browser.cookies.has("lumina_session"))
      const after = yield* call("GET", "/api/session", { token: null, headers: { cookie: stolen } })
      assert.deepStrictEqual([after.status, after.body.error.code], [401, "unauthorized"])
    })
  )
})

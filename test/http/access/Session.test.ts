import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { call, TestApi } from "../ApiServer.ts"
import { Browser, person } from "../support/Browser.ts"

const login = (browser: Browser, name: string, password: string, headers = {}) =>
  browser.send("POST", "/api/session", { body: { name, password }, headers })

const changePassword = (browser: Browser, current: string, next: string) =>
  browser.send("PUT", "/api/session/password", { body: { current, new: next } })

/** Moves a column of the user's sessions into the past. */
const age = Effect.fnUntraced(function* (column: "expires_at" | "last_seen_at", userId: string, hours: number) {
  const sql = yield* PgClient.PgClient
  yield* sql`UPDATE session SET ${sql(column)} = ${sql(column)} - ${hours}::int * interval '1 hour'
    WHERE account_id = ${userId}::uuid`
})

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
      const changed = yield* changePassword(browser, body.password, "the sea is calm today")
      assert.deepInclude(changed.body, { mustChangePassword: false })
      assert.strictEqual((yield* browser.send("GET", "/api/alerts")).status, 200)
      assert.strictEqual((yield* login(new Browser(), "maria", body.password)).status, 401)
    })
  )

  it.effect("X1: the cookie is for the hub's own pages and no script's; logging out ends it", () =>
    Effect.gen(function* () {
      const { browser } = yield* person("otto", "viewer")
      const attributes = browser.attributes.get("lumina_session")!
      for (const expected of [/; HttpOnly/i, /; SameSite=Lax/i, /; Path=\/(;|$)/i]) assert.match(attributes, expected)
      const stolen = browser.cookie
      assert.strictEqual((yield* browser.send("DELETE", "/api/session")).status, 204)
      assert.isFalse(browser.cookies.has("lumina_session"))
      const after = yield* call("GET", "/api/session", { token: null, headers: { cookie: stolen } })
      assert.deepStrictEqual([after.status, after.body.error.code], [401, "unauthorized"])
    })
  )

  it.effect(
    "each login has another token, and ends the browser's session before; a password change ends all others",
    () =>
      Effect.gen(function* () {
        const { browser, name, password } = yield* person("quinn", "viewer")
        const before = { token: browser.cookies.get("lumina_session"), csrf: browser.csrfToken }
        const elsewhere = new Browser()
        yield* login(elsewhere, name, password)
        assert.notStrictEqual(elsewhere.cookies.get("lumina_session"), before.token)
        assert.strictEqual((yield* browser.send("GET", "/api/session")).status, 200)
        // A cookie that somebody put into the browser beforehand is no one's afterwards.
        const replaced = elsewhere.cookie
        yield* login(elsewhere, name, password)
        const gone = yield* call("GET", "/api/session", { token: null, headers: { cookie: replaced } })
        assert.strictEqual(gone.status, 401)
        const stolen = browser.cookie
        assert.strictEqual((yield* changePassword(browser, password, "another long password")).status, 200)
        assert.notStrictEqual(browser.cookies.get("lumina_session"), before.token)
        assert.notStrictEqual(browser.csrfToken, before.csrf)
        assert.strictEqual((yield* browser.send("GET", "/api/session")).status, 200)
        assert.strictEqual((yield* elsewhere.send("GET", "/api/session")).status, 401)
        assert.strictEqual(
          (yield* call("GET", "/api/session", { token: null, headers: { cookie: stolen } })).status,
          401
        )
      })
  )

  it.effect("row 52: a session ends after 14 days, and after 12 hours without a request, by the database's clock", () =>
    Effect.gen(function* () {
      const { browser, id, name, password } = yield* person("rosa", "viewer")
      yield* age("last_seen_at", id, 11)
      assert.strictEqual((yield* browser.send("GET", "/api/session")).status, 200)
      // That request counts: 11 hours more are not 22.
      yield* age("last_seen_at", id, 11)
      assert.strictEqual((yield* browser.send("GET", "/api/alerts")).status, 200)
      yield* age("last_seen_at", id, 13)
      assert.strictEqual((yield* browser.send("GET", "/api/alerts")).status, 401)
      yield* login(browser, name, password)
      yield* age("expires_at", id, 13 * 24)
      assert.strictEqual((yield* browser.send("GET", "/api/alerts")).status, 200)
      yield* age("expires_at", id, 24)
      assert.strictEqual((yield* browser.send("GET", "/api/alerts")).status, 401)
    })
  )

  it.effect("a disabled user has no session, not even one that began while they were being disabled", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { browser, id } = yield* person("ralf", "viewer")
      yield* sql`UPDATE account SET disabled = true WHERE id = ${id}::uuid`
      assert.strictEqual((yield* browser.send("GET", "/api/session")).status, 401)
    })
  )

  it.effect("one's own sessions are listed, and ended; those of others are not", () =>
    Effect.gen(function* () {
      const mine = yield* person("sara", "viewer")
      const other = yield* person("theo", "viewer")
      const phone = new Browser()
      yield* login(phone, mine.name, mine.password, { "user-agent": "a phone" })
      const { items } = (yield* mine.browser.send("GET", "/api/session/all")).body
      assert.deepStrictEqual(
        items.map((item: { userAgent: string; current: boolean }) => [item.userAgent === "a phone", item.current]),
        [
          [true, false],
          [false, true]
        ]
      )
      assert.strictEqual((yield* other.browser.send("DELETE", `/api/session/all/${items[0].id}`)).status, 404)
      assert.strictEqual((yield* mine.browser.send("DELETE", `/api/session/all/${items[0].id}`)).status, 204)
      assert.strictEqual((yield* phone.send("GET", "/api/session")).status, 401)
      assert.strictEqual((yield* mine.browser.send("DELETE", "/api/session/all/x")).status, 404)
    })
  )

  it.effect("K5: a user has at most 50 sessions, the newest", () =>
    Effect.gen(function* () {
      const { browser, id, name, password } = yield* person("uma", "viewer")
      for (let i = 0; i < 50; i++) yield* login(new Browser(), name, password)
      assert.strictEqual((yield* browser.send("GET", "/api/session")).status, 401)
      yield* login(browser, name, password)
      assert.strictEqual((yield* browser.send("GET", "/api/session/all")).body.items.length, 50)
      // What is over does not stay either.
      const sql = yield* PgClient.PgClient
      yield* age("last_seen_at", id, 13)
      yield* login(browser, name, password)
      const rows = yield* sql`SELECT 1 FROM session WHERE account_id = ${id}::uuid`
      assert.strictEqual(rows.length, 1)
    })
  )

  it.effect("a password is long, not the name, and not what everybody tries; the current one must be right", () =>
    Effect.gen(function* () {
      const { browser, password } = yield* person("a-rather-long-name", "viewer")
      const answers: Array<unknown> = []
      for (const next of ["short", "x".repeat(129), "A-Rather-Long-Name", "password1234", "ababababababab", password]) {
        const { body, status } = yield* changePassword(browser, password, next)
        answers.push([status, body.error.details[0].field])
      }
      assert.deepStrictEqual(answers, Array(6).fill([422, "new"]))
      const wrong = yield* changePassword(browser, "not my password", "a fine new password")
      assert.deepStrictEqual([wrong.status, wrong.body.error.details[0].field], [422, "current"])
    })
  )

  it.effect("a token and a session are not mixed: the token counts, and has no session", () =>
    Effect.gen(function* () {
      const { browser } = yield* person("vera", "viewer")
      const key = (yield* call("POST", "/api/api-keys", { body: { name: "k", scopes: ["ingest"] } })).body.key
      assert.strictEqual((yield* browser.send("GET", "/api/alerts", { token: key })).status, 403)
      assert.strictEqual((yield* browser.send("GET", "/api/alerts", { token: "nonsense" })).status, 401)
      assert.strictEqual((yield* browser.send("GET", "/api/session", { token: key })).status, 401)
      assert.strictEqual((yield* browser.send("DELETE", "/api/session", { token: key })).status, 401)
      assert.strictEqual((yield* browser.send("GET", "/api/session")).status, 200)
    })
  )

  it.effect("the name and password for a proxy in front, which browsers send along, are nobody's token", () =>
    Effect.gen(function* () {
      const { browser } = yield* person("wilma", "viewer")
      const headers = { authorization: `Basic ${Buffer.from("lumina:for the proxy").toString("base64")}` }
      assert.strictEqual((yield* browser.send("GET", "/api/alerts", { headers })).status, 200)
      assert.strictEqual((yield* browser.send("GET", "/api/session", { headers })).status, 200)
      assert.strictEqual((yield* call("GET", "/api/alerts", { token: null, headers })).status, 401)
    })
  )

  it.effect("X4: logins, failed ones, logouts and password changes are in the audit log, without any secret", () =>
    Effect.gen(function* () {
      const { browser, name, password } = yield* person("wanda", "viewer")
      yield* browser.send("DELETE", "/api/session")
      const { body, text } = yield* call("GET", "/api/audit?subject=user:wanda")
      assert.deepStrictEqual(
        body.items.map((item: { actor: string; action: string }) => [item.actor, item.action]),
        [
          ["user:wanda", "loggedOut"],
          ["user:wanda", "passwordChanged"],
          ["user:wanda", "loggedIn"],
          ["bootstrap", "created"]
        ]
      )
      assert.notInclude(text, password)
      assert.strictEqual((yield* login(browser, name, password)).status, 200)
    })
  )

  it.effect("rows 1, 16, 17: what is no login is refused before anything is hashed", () =>
    Effect.gen(function* () {
      const post = (raw: string) => call("POST", "/api/session", { token: null, raw })
      const bodies = [
        "",
        "{}",
        "[]",
        '{"name":"a"}',
        '{"name":1,"password":2}',
        '{"name":"a","password":"b","role":"admin"}'
      ]
      for (const raw of bodies) assert.strictEqual((yield* post(raw)).status, 422, raw)
      assert.strictEqual((yield* post(`{"name":"a","password":"${"x".repeat(1_025)}"}`)).status, 422)
      assert.strictEqual((yield* post('{"name":"\\u0000","password":"b"}')).status, 422)
      assert.strictEqual((yield* post('{"__proto__":{"name":"a"},"password":"b"}')).status, 422)
      const cookies = ["lumina_session=", `lumina_session=${"x".repeat(8_000)}`, "lumina_session=' OR 1=1 --", "=;=;;"]
      for (const cookie of cookies) {
        assert.strictEqual((yield* call("GET", "/api/session", { token: null, headers: { cookie } })).status, 401)
      }
    })
  )
})

/** Who guesses passwords, behind a proxy that the hub trusts: so a test has as many addresses as it likes. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { call, testApi } from "../ApiServer.ts"
import { Browser, person } from "../support/Browser.ts"

interface Row {
  readonly actor: string
  readonly subject: string
  readonly after: object
}

const from = (address: string) => ({ "x-forwarded-for": address })

const tryLogin = (name: string, password: string, address: string, browser = new Browser()) =>
  browser.send("POST", "/api/session", { body: { name, password }, headers: from(address) })

layer(testApi({ trustedProxies: ["127.0.0.1"] }))("logins", (it) => {
  it.effect("row 9: who guesses one user's password from many addresses waits, longer each time", () =>
    Effect.gen(function* () {
      const { name, password } = yield* person("olga", "viewer")
      const statuses: Array<number> = []
      for (let i = 0; i < 8; i++) statuses.push((yield* tryLogin(name, "guess", `198.51.100.${i}`)).status)
      assert.deepStrictEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429])
      const refused = yield* tryLogin(name, password, "198.51.100.99")
      assert.deepStrictEqual([refused.status, refused.body.error.code], [429, "too_many_attempts"])
      assert.strictEqual(refused.headers.get("retry-after"), "1")
      let guesses = 0
      for (let second = 0; second < 600; second += 10) {
        if ((yield* tryLogin(name, "guess", `203.0.113.${second / 10}`)).status === 401) guesses++
        yield* TestClock.adjust("10 seconds")
      }
      // At most one a minute, and the first of them sooner; not none: nobody is locked out for good.
      assert.isAtMost(guesses, 15)
      assert.isAtLeast(guesses, 9)
    })
  )

  it.effect("row 9: meanwhile the owner logs in from a browser that has done so before", () =>
    Effect.gen(function* () {
      const { browser, name, password } = yield* person("paul", "viewer")
      for (let i = 0; i < 10; i++) yield* tryLogin(name, "guess", `198.51.100.${i}`)
      for (let i = 0; i < 30; i++) yield* tryLogin(`user-${i}`, "guess", "203.0.113.200")
      yield* browser.send("DELETE", "/api/session")
      assert.strictEqual((yield* tryLogin(name, password, "203.0.113.200", new Browser())).status, 429)
      assert.strictEqual((yield* tryLogin(name, password, "203.0.113.200", browser)).status, 200)
      // The cookie is good for its user alone, and only as the hub has signed it.
      const victim = yield* person("quentin", "viewer")
      for (let i = 0; i < 10; i++) yield* tryLogin(victim.name, "guess", `198.51.100.${i}`)
      assert.strictEqual((yield* tryLogin(victim.name, victim.password, "192.0.2.1", browser)).status, 429)
      const forged = new Browser()
      forged.cookies.set("lumina_device", `${"0".repeat(32)}.${"A".repeat(43)}`)
      assert.strictEqual((yield* tryLogin(victim.name, victim.password, "192.0.2.1", forged)).status, 429)
    })
  )

  it.effect("row 9: with such a browser, too, one cannot guess for ever", () =>
    Effect.gen(function* () {
      const { browser, name } = yield* person("ruth", "viewer")
      const statuses: Array<number> = []
      for (let i = 0; i < 7; i++) statuses.push((yield* tryLogin(name, "guess", "192.0.2.7", browser)).status)
      assert.deepStrictEqual(statuses, [401, 401, 401, 401, 401, 429, 429])
    })
  )

  it.effect("row 9: one address cannot try one password on many users; its neighbours go on", () =>
    Effect.gen(function* () {
      const { name, password } = yield* person("sven", "viewer")
      const statuses: Array<number> = []
      for (let i = 0; i < 25; i++) statuses.push((yield* tryLogin(`anybody-${i}`, "Summer2026!!", "192.0.2.50")).status)
      assert.deepStrictEqual(statuses, [...Array(20).fill(401), ...Array(5).fill(429)])
      assert.strictEqual((yield* tryLogin(name, password, "192.0.2.50")).status, 429)
      assert.strictEqual((yield* tryLogin(name, password, "192.0.2.51")).status, 200)
    })
  )

  it.effect("row 9: an IPv6 network is one address", () =>
    Effect.gen(function* () {
      const statuses: Array<number> = []
      for (let i = 0; i < 22; i++) {
        statuses.push((yield* tryLogin(`somebody-${i}`, "guess", `2001:db8:0:1::${i.toString(16)}`)).status)
      }
      assert.deepStrictEqual(statuses.slice(19), [401, 429, 429])
      assert.strictEqual((yield* tryLogin("somebody", "guess", "2001:db8:0:2::1")).status, 401)
    })
  )

  it.effect("row 9: who has been right starts anew, and time forgives", () =>
    Effect.gen(function* () {
      const { name, password } = yield* person("tina", "viewer")
      for (let round = 0; round < 3; round++) {
        for (let i = 0; i < 4; i++) assert.strictEqual((yield* tryLogin(name, "guess", "192.0.2.60")).status, 401)
        assert.strictEqual((yield* tryLogin(name, password, "192.0.2.61")).status, 200)
      }
      for (let i = 0; i < 6; i++) yield* tryLogin(name, "guess", "192.0.2.62")
      assert.strictEqual((yield* tryLogin(name, password, "192.0.2.63")).status, 429)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* tryLogin(name, password, "192.0.2.63")).status, 200)
    })
  )

  it.effect("a name that nobody has, a wrong password and a disabled user are answered alike", () =>
    Effect.gen(function* () {
      const { id, name, password } = yield* person("ursula", "viewer")
      const wrong = yield* tryLogin(name, "guess", "192.0.2.70")
      const unknown = yield* tryLogin("nobody-at-all", password, "192.0.2.70")
      const body = { displayName: "U", role: "viewer", disabled: true }
      assert.strictEqual((yield* call("PUT", `/api/users/${id}`, { body })).status, 200)
      const disabled = yield* tryLogin(name, password, "192.0.2.70")
      assert.strictEqual(wrong.status, 401)
      for (const answer of [unknown, disabled]) {
        assert.deepStrictEqual([answer.status, answer.text], [wrong.status, wrong.text])
        assert.deepStrictEqual(answer.headers.getSetCookie(), [])
      }
    })
  )

  it.effect("X4: failed logins are in the audit log, a row a minute for each user, and no name that nobody has", () =>
    Effect.gen(function* () {
      const { name } = yield* person("viktor", "viewer")
      yield* TestClock.adjust("1 minute")
      for (let i = 0; i < 4; i++) yield* tryLogin(name, "guess", `192.0.2.${80 + i}`)
      yield* tryLogin("my-secret-typed-here", "x", "192.0.2.85")
      yield* TestClock.adjust("1 minute")
      const failures = Effect.map(call("GET", "/api/audit?action=loginFailed"), ({ body }) => body.items as Array<Row>)
      // It is written by the hub on its own.
      const rows = yield* Effect.repeat(failures, {
        until: (items) => items.some(({ subject }) => subject === "user:viktor")
      })
      const mine = rows.filter(({ subject }) => subject === "user:viktor")
      assert.strictEqual(mine.length, 1)
      assert.deepInclude(mine[0], {
        actor: "anonymous",
        after: { count: 4, addresses: ["192.0.2.80", "192.0.2.81", "192.0.2.82", "192.0.2.83"] }
      })
      assert.notInclude(JSON.stringify(rows), "my-secret-typed-here")
    })
  )

  it.effect("X4: they are so after a bug, too", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { name } = yield* person("xaver", "viewer")
      yield* TestClock.adjust("1 minute")
      yield* sql`CREATE SEQUENCE attempts`
      yield* sql`CREATE FUNCTION bug() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM nextval('attempts'); RAISE EXCEPTION 'a bug'; END $$`
      yield* sql`CREATE TRIGGER bug BEFORE INSERT ON audit EXECUTE FUNCTION bug()`
      yield* tryLogin(name, "guess", "192.0.2.95")
      yield* TestClock.adjust("1 minute")
      yield* Effect.repeat(sql`SELECT FROM attempts WHERE is_called`, { until: (rows) => rows.length > 0 })
      yield* sql`DROP TRIGGER bug ON audit`
      yield* tryLogin(name, "guess", "192.0.2.96")
      yield* TestClock.adjust("1 minute")
      const noted = sql<{ subject: string }>`SELECT subject FROM audit WHERE subject = 'user:xaver'
        AND action = 'loginFailed'`
      assert.strictEqual((yield* Effect.repeat(noted, { until: (rows) => rows.length > 0 })).length, 1)
    })
  )

  it.effect("row 10: an address that the proxy did not see is not believed", () =>
    Effect.gen(function* () {
      const { browser, name, password } = yield* person("wim", "viewer")
      for (let i = 0; i < 25; i++) yield* tryLogin(`spoof-${i}`, "guess", `10.0.0.${i}, 192.0.2.90`)
      assert.strictEqual((yield* tryLogin("spoof", "guess", "10.9.9.9, 192.0.2.90")).status, 429)
      const headers = { "x-forwarded-proto": "https", ...from("192.0.2.91") }
      yield* browser.send("POST", "/api/session", { body: { name, password }, headers })
      assert.match(browser.attributes.get("lumina_session")!, /; Secure/)
      const { items } = (yield* browser.send("GET", "/api/session/all")).body
      assert.strictEqual(items[0].address, "192.0.2.91")
    })
  )
})

layer(testApi())("logins without a trusted proxy", (it) => {
  it.effect("row 10: X-Forwarded-For and X-Forwarded-Proto count for nothing", () =>
    Effect.gen(function* () {
      const { browser, name, password } = yield* person("xaver", "viewer")
      const headers = { "x-forwarded-proto": "https", ...from("192.0.2.1") }
      yield* browser.send("POST", "/api/session", { body: { name, password }, headers })
      assert.notMatch(browser.attributes.get("lumina_session")!, /Secure/)
      assert.strictEqual((yield* browser.send("GET", "/api/session/all")).body.items[0].address, "127.0.0.1")
      for (let i = 0; i < 20; i++) yield* tryLogin(`spoof-${i}`, "guess", `198.51.100.${i}`)
      assert.strictEqual((yield* tryLogin("spoof", "guess", "198.51.100.99")).status, 429)
    })
  )
})

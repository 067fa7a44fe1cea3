import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import type { OidcConfig } from "../../../src/config.ts"
import { call, TestApi, testApi } from "../ApiServer.ts"
import { Browser, person } from "../support/Browser.ts"
import { CLIENT_ID, CLIENT_SECRET, FakeProvider } from "../support/FakeProvider.ts"

const PUBLIC_URL = "https://lumina.example"

const configFor = (issuer: string): OidcConfig => ({
  issuer,
  clientId: CLIENT_ID,
  clientSecret: Option.some(Redacted.make(CLIENT_SECRET)),
  name: "Example",
  scopes: "openid profile",
  publicUrl: PUBLIC_URL,
  roleClaim: "groups",
  roles: [
    { value: "sre", workspace: "default", role: "operator" },
    { value: "boss", workspace: "default", role: "admin" },
    { value: "staff", workspace: "default", role: "viewer" },
    { value: "staff", workspace: "nowhere", role: "admin" }
  ]
})

const Server = Layer.unwrap(
  Effect.map(FakeProvider, ({ issuer }) => testApi({ oidc: Option.some(configFor(issuer)) }))
).pipe(Layer.provideMerge(FakeProvider.layer))

const begin = (browser: Browser, returnTo = "/alerts") =>
  Effect.map(
    browser.send("GET", `/api/session/oidc?returnTo=${encodeURIComponent(returnTo)}`),
    ({ headers, status }) => {
      assert.strictEqual(status, 302)
      return headers.get("location")!
    }
  )

const comeBack = (browser: Browser, query: string) =>
  Effect.map(browser.send("GET", `/api/session/oidc/callback${query}`), ({ headers, status }) => {
    assert.strictEqual(status, 302)
    return headers.get("location")
  })

/** Through the provider and back; answers where the browser ends up. */
const logIn = Effect.fnUntraced(function* (browser: Browser, claims: Record<string, unknown>, wrong = {}) {
  const provider = yield* FakeProvider
  return yield* comeBack(browser, provider.login(yield* begin(browser), claims, wrong))
})

const maria = { sub: "m-1", preferred_username: "Maria", name: "Maria Lopez", groups: ["sre", "staff"] }

layer(Server)("login with an identity provider", (it) => {
  it.effect("X1: a new user comes back logged in, with the roles that their groups give", () =>
    Effect.gen(function* () {
      const options = yield* call("GET", "/api/session/options", { token: null })
      assert.deepStrictEqual(options.body, { oidc: { name: "Example", path: "/api/session/oidc" } })
      const browser = new Browser()
      const authorization = new URL(yield* begin(browser))
      const { code_challenge, nonce, state, ...asked } = Object.fromEntries(authorization.searchParams)
      assert.deepStrictEqual(asked, {
        client_id: CLIENT_ID,
        redirect_uri: `${PUBLIC_URL}/api/session/oidc/callback`,
        response_type: "code",
        scope: "openid profile",
        code_challenge_method: "S256"
      })
      for (const random of [code_challenge, nonce, state]) assert.match(random!, /^[\w-]{43}$/)
      assert.strictEqual(yield* logIn(browser, maria), "/alerts")
      assert.isFalse(browser.cookies.has("lumina_oidc"))
      const session = (yield* browser.send("GET", "/api/session")).body
      assert.deepInclude(session, {
        workspaces: [{ key: "default", name: "Default", role: "operator" }],
        mustChangePassword: false
      })
      assert.deepInclude(session.user, { name: "maria", displayName: "Maria Lopez", hasPassword: false })
      assert.strictEqual((yield* browser.send("GET", "/api/rules")).status, 200)
      const change = yield* browser.send("PUT", "/api/session/password", {
        body: { current: "", new: "a password for myself" }
      })
      assert.notStrictEqual(change.status, 200)
    })
  )

  it.effect("the same person is the same user, with the roles of today; other roles end other sessions", () =>
    Effect.gen(function* () {
      yield* person("keeper", "admin")
      const first = new Browser()
      const second = new Browser()
      const nora = { ...maria, sub: "n-1", preferred_username: "nora" }
      yield* logIn(first, nora)
      yield* logIn(second, { ...nora, preferred_username: "renamed" })
      const [one, two] = [yield* first.send("GET", "/api/session"), yield* second.send("GET", "/api/session")]
      assert.deepStrictEqual(one.body.user, two.body.user)
      yield* logIn(second, { ...nora, groups: ["boss"] })
      assert.strictEqual((yield* second.send("GET", "/api/session")).body.workspaces[0].role, "admin")
      assert.strictEqual((yield* first.send("GET", "/api/session")).status, 401)
      const { items } = (yield* call("GET", "/api/audit?subject=user:nora&actor=identity-provider")).body
      assert.deepStrictEqual(
        items.map(({ action, after }: { action: string; after: { role: string } }) => [action, after.role]),
        [
          ["updated", "admin"],
          ["created", "operator"]
        ]
      )
    })
  )

  it.effect("who has no role, or is disabled, stays outside", () =>
    Effect.gen(function* () {
      const browser = new Browser()
      for (const groups of [undefined, [], "other", ["SRE"], { sre: true }, ["*"]]) {
        const stranger = { ...maria, sub: "stranger", preferred_username: "stranger", groups }
        assert.strictEqual(yield* logIn(browser, stranger), "/login?error=oidc_refused")
      }
      assert.strictEqual((yield* call("GET", "/api/users?name=stranger")).body.items.length, 0)
      const olga = { ...maria, sub: "o-1", preferred_username: "olga", groups: "staff" }
      assert.strictEqual(yield* logIn(browser, olga), "/alerts")
      const [{ id }] = (yield* call("GET", "/api/users?name=olga")).body.items
      const body = { displayName: "Olga", role: "viewer", disabled: true }
      assert.strictEqual((yield* call("PUT", `/api/users/${id}`, { body })).status, 200)
      assert.strictEqual(yield* logIn(browser, olga), "/login?error=oidc_refused")
      assert.strictEqual((yield* browser.send("GET", "/api/session")).status, 401)
      assert.strictEqual((yield* call("POST", `/api/users/${id}/reset-password`)).status, 409)
    })
  )

  it.effect("a name that a user with a password has gives nobody that user", () =>
    Effect.gen(function* () {
      const { id, name } = yield* person("paul", "admin")
      const browser = new Browser()
      yield* logIn(browser, { ...maria, sub: "p-1", preferred_username: name })
      const { user } = (yield* browser.send("GET", "/api/session")).body
      assert.notStrictEqual(user.id, id)
      assert.match(user.name, /^paul-[0-9a-f]{12}$/)
    })
  )

  it.effect("what the provider did not sign for this login is none", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const past = Math.floor(Date.now() / 1_000) - 600
      const wrong = [
        { nonce: "another" },
        { nonce: undefined },
        { aud: "somebody else" },
        { iss: "https://evil.example" },
        { exp: past, iat: past },
        { sub: undefined }
      ]
      for (const claims of wrong) {
        const browser = new Browser()
        assert.strictEqual(yield* logIn(browser, maria, claims), "/login?error=oidc_failed", JSON.stringify(claims))
        assert.isFalse(browser.cookies.has("lumina_session"))
      }
      provider.forge()
      assert.strictEqual(yield* logIn(new Browser(), maria), "/login?error=oidc_failed")
      provider.honest()
    })
  )

  it.effect("a login goes on in the browser in which it began, once, and with its own state and verifier", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const browser = new Browser()
      const failed = "/login?error=oidc_failed"
      const query = provider.login(yield* begin(browser), maria)
      assert.strictEqual(yield* comeBack(new Browser(), query), failed)
      const other = new Browser()
      yield* begin(other)
      assert.strictEqual(yield* comeBack(other, query), failed)
      // In its own browser too, with nothing wrong but the state; and what failed does not come back.
      const fresh = provider.login(yield* begin(browser), maria)
      assert.strictEqual(yield* comeBack(browser, fresh.replace(/state=.*/, "state=x")), failed)
      assert.strictEqual(yield* comeBack(browser, fresh), failed)
      const thief = new Browser()
      const [mine, theirs] = [yield* begin(browser), yield* begin(thief)]
      const code = provider.login(mine, maria).replace(/&state=.*/, "")
      assert.strictEqual(yield* comeBack(thief, `${code}&state=${new URL(theirs).searchParams.get("state")}`), failed)
      for (const text of ["", "?", "?error=access_denied", "?code=x", "?code=x&state=y&code=z"]) {
        yield* begin(browser)
        assert.strictEqual(yield* comeBack(browser, text), failed, text)
      }
      const broken = new Browser()
      broken.cookies.set("lumina_oidc", Buffer.from('{"state":5}').toString("base64url"))
      assert.strictEqual(yield* comeBack(broken, query), failed)
    })
  )

  it.effect("afterwards the browser is on a page of this hub, and of no other", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const rows = [
        ["/incidents?status=Open#top", "/incidents?status=Open#top"],
        ["//evil.example", "/"],
        ["/\\evil.example", "/"],
        ["https://evil.example", "/"],
        ["/\r\nset-cookie: a=b", "/"],
        ["javascript:alert(1)", "/"],
        ["/".padEnd(3_000, "x"), "/"]
      ]
      for (const [returnTo, page] of rows) {
        const browser = new Browser()
        const authorization = yield* begin(browser, returnTo)
        assert.strictEqual(yield* comeBack(browser, provider.login(authorization, maria)), page)
      }
    })
  )

  it.effect("nor is it where the browser's own cookie says", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const browser = new Browser()
      const query = provider.login(yield* begin(browser), maria)
      const flow = JSON.parse(Buffer.from(browser.cookies.get("lumina_oidc")!, "base64url").toString())
      const forged = { ...flow, returnTo: "https://evil.example" }
      browser.cookies.set("lumina_oidc", Buffer.from(JSON.stringify(forged)).toString("base64url"))
      assert.strictEqual(yield* comeBack(browser, query), "/")
    })
  )

  it.effect("a provider that is away is told apart, and passwords go on", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const browser = new Browser()
      const query = provider.login(yield* begin(browser), maria)
      provider.isAway = true
      assert.strictEqual(yield* comeBack(browser, query), "/login?error=oidc_unavailable")
      yield* person("quinn", "viewer")
      provider.isAway = false
      assert.strictEqual(yield* logIn(browser, maria), "/alerts")
    })
  )
})

layer(Server)("an identity provider that was not there at first", (it) => {
  it.effect("is asked once for all who wait for it, and again a while later", () =>
    Effect.gen(function* () {
      const provider = yield* FakeProvider
      const tryToBegin = Effect.map(new Browser().send("GET", "/api/session/oidc"), ({ headers }) =>
        headers.get("location")!.replace(/^https?:.*/, "there")
      )
      provider.isAway = true
      const before = provider.asked
      const away = "/login?error=oidc_unavailable"
      const tries = yield* Effect.all(
        Array.from({ length: 10 }, () => tryToBegin),
        { concurrency: 10 }
      )
      assert.deepStrictEqual([...new Set(tries)], [away])
      assert.strictEqual(provider.asked - before, 1)
      provider.isAway = false
      assert.strictEqual(yield* tryToBegin, away)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(yield* tryToBegin, "there")
    })
  )
})

layer(TestApi)("without an identity provider", (it) => {
  it.effect("there is no such way", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* call("GET", "/api/session/options", { token: null })).body, { oidc: null })
      for (const path of ["/api/session/oidc", "/api/session/oidc/callback?code=x"]) {
        assert.strictEqual((yield* call("GET", path, { token: null })).status, 404)
      }
    })
  )
})

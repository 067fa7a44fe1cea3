import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { HttpApi } from "effect/http-api"
import { Api } from "../../../src/http/api/Api.ts"
import { ApiServer, call, TestApi } from "../ApiServer.ts"
import { Browser, person } from "../support/Browser.ts"

/** Every endpoint that changes something, but the login, which needs no session. */
const changes = (): ReadonlyArray<{ readonly method: string; readonly path: string }> => {
  const found: Array<{ method: string; path: string }> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint: { identifier, method, path } }) => {
      if (method !== "GET" && identifier !== "login") found.push({ method, path: path.replace(/:\w+/g, "x") })
    }
  })
  return found
}

layer(TestApi)("requests by cookie", (it) => {
  it.effect("row 47: change nothing without the session's CSRF token, on any route", () =>
    Effect.gen(function* () {
      const { browser } = yield* person("ann", "admin")
      const other = yield* person("bob", "admin")
      assert.isAbove(changes().length, 30)
      for (const { method, path } of changes()) {
        for (const token of [null, "", "x", `${browser.csrfToken}x`, other.browser.csrfToken]) {
          const headers = { cookie: browser.cookie, ...(token === null ? {} : { "lumina-csrf": token }) }
          const answer = yield* call(method, path, { token: null, headers, body: {} })
          assert.deepStrictEqual([answer.status, answer.body.error.code], [403, "csrf_failed"], `${method} ${path}`)
        }
      }
      const made = yield* browser.send("POST", "/api/hosts", { body: { name: "web-1" } })
      assert.strictEqual(made.status, 201)
    })
  )

  it.effect("row 47: change nothing when another host's page sends them, and log nobody in", () =>
    Effect.gen(function* () {
      const { url } = yield* ApiServer
      const { browser, name, password } = yield* person("cleo", "admin")
      const port = new URL(url).port
      const foreign = ["null", "https://evil.example", `http://127.0.0.1.evil.example:${port}`, "http://127.0.0.1", "x"]
      for (const origin of foreign) {
        const change = yield* browser.send("POST", "/api/hosts", { body: { name: "web-2" }, headers: { origin } })
        assert.deepStrictEqual([change.status, change.body.error.code], [403, "csrf_failed"], origin)
        const stranger = new Browser()
        const login = yield* stranger.send("POST", "/api/session", { body: { name, password }, headers: { origin } })
        assert.deepStrictEqual([login.status, login.body.error.code], [403, "csrf_failed"], origin)
        assert.strictEqual(stranger.cookies.size, 0)
      }
      const own = yield* browser.send("POST", "/api/hosts", { body: { name: "web-2" }, headers: { origin: url } })
      assert.strictEqual(own.status, 201)
    })
  )

  it.effect("row 47: no answer says that another page may read it, not even to a preflight", () =>
    Effect.gen(function* () {
      const { browser } = yield* person("dora", "admin")
      const headers = {
        origin: "null",
        "access-control-request-method": "POST",
        "access-control-request-headers": "lumina-csrf"
      }
      for (const [method, path] of [
        ["GET", "/api/alerts"],
        ["OPTIONS", "/api/alerts"],
        ["OPTIONS", "/api/session"],
        ["GET", "/openapi.json"],
        ["GET", "/nowhere"]
      ] as const) {
        const answer = yield* browser.send(method, path, { headers })
        const cors = [...answer.headers.keys()].filter((name) => name.startsWith("access-control-"))
        assert.deepStrictEqual(cors, [], `${method} ${path}`)
        if (method === "OPTIONS") assert.strictEqual(answer.status, 405)
      }
    })
  )

  it.effect("no answer is framed, sniffed, embedded or kept by a cache", () =>
    Effect.gen(function* () {
      for (const path of [
        "/api/alerts",
        "/api/session",
        "/api/nowhere",
        "/healthz",
        "/metrics",
        "/openapi.json",
        "/docs"
      ]) {
        const { headers } = yield* call("GET", path)
        assert.strictEqual(headers.get("x-content-type-options"), "nosniff", path)
        assert.strictEqual(headers.get("x-frame-options"), "DENY", path)
        assert.strictEqual(headers.get("referrer-policy"), "same-origin", path)
        assert.strictEqual(headers.get("cross-origin-opener-policy"), "same-origin", path)
        assert.strictEqual(headers.get("cross-origin-resource-policy"), "same-origin", path)
        assert.match(headers.get("content-security-policy")!, /default-src 'none'.*frame-ancestors 'none'/, path)
        if (path.startsWith("/api/")) assert.strictEqual(headers.get("cache-control"), "no-store", path)
      }
    })
  )

  it.effect("a page has a policy of its own, which counts", () =>
    Effect.gen(function* () {
      const { headers } = yield* call("GET", "/docs")
      assert.match(headers.get("content-security-policy")!, /^default-src 'none'; script-src /)
    })
  )

  it.effect("row 11: a token in the address is none", () =>
    Effect.gen(function* () {
      const { key } = (yield* call("POST", "/api/api-keys", { body: { name: "k", scopes: ["admin"] } })).body
      for (const name of ["token", "access_token", "api_key", "authorization", "lumina_session"]) {
        const answer = yield* call("GET", `/api/api-keys?${name}=${key}`, { token: null })
        assert.strictEqual(answer.status, 401)
        assert.notInclude(answer.text, key)
      }
    })
  )
})

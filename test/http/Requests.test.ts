/** Requests that are wrong in every way: a clear answer of one shape, nothing broken, nothing said of the inside. */
import { connect } from "node:net"
import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { type Answer, ApiServer, adminToken, call, TestApi } from "./ApiServer.ts"

const codeOf = ({ body, status }: Answer): string => {
  assert.deepStrictEqual(Object.keys(body), ["error"])
  assert.deepStrictEqual(Object.keys(body.error), ["code", "message", "details"])
  return `${status} ${body.error.code}`
}

const rule = { name: "r", metric: "host.load.1m", threshold: { type: "static", above: { warning: 1 } } }

layer(TestApi)("requests", (it) => {
  it.effect("no token, or one that is none: 401, without asking the store", () =>
    Effect.gen(function* () {
      for (const token of [null, "", "x", adminToken.slice(1), `lum_${"A".repeat(60)}`, "x".repeat(15_000)]) {
        const answer = yield* call("GET", "/api/rules", { token })
        assert.strictEqual(codeOf(answer), "401 unauthorized")
        assert.strictEqual(answer.headers.get("www-authenticate"), "Bearer")
      }
      const inQuery = yield* call("GET", `/api/rules?access_token=${encodeURIComponent(adminToken)}`, { token: null })
      assert.strictEqual(codeOf(inQuery), "401 unauthorized")
    })
  )

  it.effect("a header of a megabyte is refused by the server itself", () =>
    Effect.gen(function* () {
      const { url } = yield* ApiServer
      const head = `GET /api/rules HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${"x".repeat(1_000_000)}\r\n\r\n`
      const answer = yield* Effect.callback<string>((resume) => {
        const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write(head))
        let text = ""
        socket.on("data", (chunk) => (text += chunk))
        socket.on("error", () => {})
        socket.on("close", () => resume(Effect.succeed(text)))
      })
      assert.match(answer, /^HTTP\/1\.1 4(31|00)/)
      assert.strictEqual((yield* call("GET", "/api/rules")).status, 200)
    })
  )

  it.effect("an unknown path is 404, a path that takes another method 405", () =>
    Effect.gen(function* () {
      assert.strictEqual(codeOf(yield* call("GET", "/api/nothing?x=1")), "404 not_found")
      assert.strictEqual(codeOf(yield* call("POST", "/")), "404 not_found")
      const answer = yield* call("PATCH", "/api/rules")
      assert.strictEqual(codeOf(answer), "405 method_not_allowed")
      assert.strictEqual(answer.headers.get("allow"), "GET, POST")
      assert.strictEqual(codeOf(yield* call("DELETE", "/api/violations")), "405 method_not_allowed")
      assert.strictEqual((yield* call("HEAD", "/api/rules")).status, 200)
      for (const path of ["/docs", "/openapi.json", "/metrics", "/healthz"]) {
        assert.strictEqual(codeOf(yield* call("POST", path)), "405 method_not_allowed", path)
      }
      assert.strictEqual(codeOf(yield* call("OPTIONS", "/api/rules")), "405 method_not_allowed")
    })
  )

  it.effect("every field of a query that is wrong is named: limits, cursors, times, what nobody knows", () =>
    Effect.gen(function* () {
      const fields = (query: string) =>
        Effect.map(call("GET", `/api/rules?${query}`), (answer) => {
          assert.strictEqual(codeOf(answer), "400 invalid_query")
          return answer.body.error.details.map(({ field }: { field: string }) => field)
        })
      assert.deepStrictEqual(yield* fields("limit=1001"), ["limit"])
      assert.deepStrictEqual(yield* fields("limit=1e9"), ["limit"])
      assert.deepStrictEqual(yield* fields("limit=0&offset=-1"), ["offset", "limit"])
      assert.deepStrictEqual(yield* fields("limit=x&from=yesterday&to=99999999999999999"), ["limit", "from", "to"])
      for (const cursor of ["x", "'; DROP TABLE rule; --", Buffer.from("1.x").toString("base64url"), "%00"]) {
        assert.deepStrictEqual((yield* fields(`cursor=${encodeURIComponent(cursor)}`)).length, 1, cursor)
      }
      assert.deepStrictEqual(yield* fields("enabled=maybe&sort=name"), ["sort", "enabled.0"])
      const labels = yield* call("GET", "/api/alerts?labels=host%3Dweb-1")
      assert.strictEqual(codeOf(labels), "400 invalid_query")
    })
  )

  it.effect("times are RFC 3339 or epoch milliseconds", () =>
    Effect.gen(function* () {
      const [first] = (yield* call("GET", "/api/rules?limit=1")).body.items
      const millis = Date.parse(first.createdAt)
      const count = (from: number | string, to: number | string) =>
        Effect.map(call("GET", `/api/rules?from=${encodeURIComponent(from)}&to=${to}`), ({ body }) => body.items.length)
      assert.isAbove(yield* count(millis, millis + 1), 0)
      assert.isAbove(yield* count(first.createdAt.replace("Z", "+00:00"), millis + 1), 0)
      assert.strictEqual(yield* count(millis + 1, millis + 10), 0)
      assert.strictEqual(yield* count(0, millis), 0)
    })
  )

  it.effect("a body that is not JSON is 400, one too large 413, one of another type 415", () =>
    Effect.gen(function* () {
      const send = (raw: string, headers: Record<string, string> = {}) =>
        Effect.map(call("POST", "/api/rules", { raw, headers }), codeOf)
      assert.strictEqual(yield* send("{"), "400 malformed_json")
      assert.strictEqual(yield* send("{}", { "content-type": "text/plain" }), "415 unsupported_media_type")
      assert.strictEqual(yield* send(`"${"x".repeat(8 * 1024 * 1024)}"`), "413 body_too_large")
      assert.strictEqual(yield* send("[".repeat(100_000) + "]".repeat(100_000)), "413 body_too_large")
      const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 60_000 }, (_, i) => [`k${i}`, 0])))
      assert.strictEqual(yield* send(wide), "413 body_too_large")
      assert.strictEqual(yield* send("{}", { "content-encoding": "gzip" }), "415 unsupported_encoding")
      assert.strictEqual(yield* send(""), "422 invalid")
    })
  )

  it.effect("text that the store cannot hold is refused before it gets there", () =>
    Effect.gen(function* () {
      for (const text of ["\\u0000", "\\ud800", "\\udc00\\ud800"]) {
        const answer = yield* call("POST", "/api/hosts", { raw: `{"name":"a${text}"}` })
        assert.strictEqual(codeOf(answer), "422 invalid")
      }
      assert.strictEqual(codeOf(yield* call("GET", "/api/rules?name=%00")), "400 invalid_query")
      assert.strictEqual((yield* call("GET", "/api/rules/%00")).status, 400)
      const pair = yield* call("POST", "/api/rules", { raw: JSON.stringify({ ...rule, name: "\\ud83d\\ude00 ok" }) })
      assert.strictEqual(pair.status, 201)
    })
  )

  it.effect("names of the prototype are names like any other", () =>
    Effect.gen(function* () {
      const answer = yield* call("POST", "/api/rules", {
        raw: `{"name":"proto","metric":"host.load.1m","threshold":{"type":"static","above":{"warning":1}},
          "scope":{"__proto__":"x","constructor":["y"],"toString":{"regex":"z"}}}`
      })
      assert.strictEqual(answer.status, 201)
      const read = yield* call("GET", `/api/rules/${answer.body.id}`)
      assert.deepStrictEqual(Object.keys(read.body.scope).toSorted(), ["__proto__", "constructor", "toString"])
      assert.isUndefined(Object.hasOwn({}, "x") ? 1 : undefined)
      const polluted = yield* call("POST", "/api/hosts", { raw: '{"name":"h","__proto__":{"admin":true}}' })
      assert.strictEqual(codeOf(polluted), "422 invalid")
      const labels = encodeURIComponent('{"__proto__":"x","constructor":"y"}')
      assert.strictEqual((yield* call("GET", `/api/alerts?labels=${labels}`)).status, 200)
    })
  )

  it.effect("what only the hub may set is ignored in what is put back, and refused where nothing is put back", () =>
    Effect.gen(function* () {
      const created = yield* call("POST", "/api/rules", {
        body: { ...rule, name: "assigned", id: "x", version: 99, createdAt: "2000-01-01T00:00:00Z" }
      })
      assert.strictEqual(created.status, 201)
      assert.strictEqual(created.body.version, 1)
      assert.notStrictEqual(created.body.createdAt, "2000-01-01T00:00:00.000Z")
      const unknown = yield* call("POST", "/api/rules", { body: { ...rule, workspaceNumber: 2, epoch: 1 } })
      assert.strictEqual(codeOf(unknown), "422 invalid")
      const role = yield* call("POST", "/api/api-keys", { body: { name: "k", scopes: ["read"], role: "admin" } })
      assert.strictEqual(codeOf(role), "422 invalid")
    })
  )

  it.effect("SQL in any place is text", () =>
    Effect.gen(function* () {
      const evil = encodeURIComponent("'; DROP TABLE document; -- $1 %' OR '1'='1")
      for (const path of [
        `/api/rules/${evil}`,
        `/api/rules/${evil}/revisions`,
        `/api/hosts/${evil}`,
        `/api/api-keys/${evil}`,
        `/api/alerts/${evil}`,
        `/api/incidents/${evil}`,
        `/api/incidents/${evil}/timeline`,
        `/api/workspaces/${evil}`
      ]) {
        assert.strictEqual(codeOf(yield* call("GET", path)), "404 not_found", path)
      }
      const labels = encodeURIComponent(JSON.stringify({ "a'b": "'; --" }))
      for (const path of [
        `/api/rules?name=${evil}&metric=${evil}`,
        `/api/alerts?metric=${evil}&labels=${labels}&ruleId=${evil}&incidentId=${evil}`,
        `/api/violations?metric=${evil}&ruleId=${evil}&alertId=${evil}&labels=${labels}`,
        `/api/incidents?primaryServiceName=${evil}&incidentKey=${evil}`,
        `/api/series?metric=${evil}&dimensionKey=${evil}`,
        `/api/audit?actor=${evil}`
      ]) {
        const answer = yield* call("GET", path)
        assert.strictEqual(answer.status, 200, path)
        assert.deepStrictEqual(answer.body, { items: [], nextCursor: null })
      }
      assert.strictEqual((yield* call("GET", "/api/rules")).status, 200)
    })
  )
})

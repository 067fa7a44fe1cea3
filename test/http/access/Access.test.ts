import { assert, layer } from "@effect/vitest"
import { Clock, Effect, Result } from "effect"
import { HttpApi } from "effect/http-api"
import { TestClock } from "effect/testing"
import { Api } from "../../../src/http/api/Api.ts"
import { NeededScope } from "../../../src/http/api/Auth.ts"
import { Access } from "../../../src/store/access/Access.ts"
import { call, TestApi } from "../ApiServer.ts"

const keyWith = Effect.fnUntraced(function* (scopes: ReadonlyArray<string>, headers = {}) {
  const answer = yield* call("POST", "/api/api-keys", { body: { name: scopes.join("+"), scopes }, headers })
  assert.strictEqual(answer.status, 201)
  return answer.body.key as string
})

/** Every endpoint that asks for a token, with the scope it needs. */
const endpoints = (): ReadonlyArray<{ readonly method: string; readonly path: string; readonly scope: string }> => {
  const found: Array<{ method: string; path: string; scope: string }> = []
  HttpApi.reflect(Api, {
    onGroup: () => {},
    onEndpoint: ({ endpoint, group, mergedAnnotations }) => {
      if (group.identifier === "health" || group.identifier === "session") return
      const declared = mergedAnnotations.mapUnsafe.get(NeededScope.key) as string | undefined
      const path = endpoint.path.replace(/:\w+/g, "00000000-0000-0000-0000-000000000000")
      found.push({ method: endpoint.method, path, scope: declared ?? (endpoint.method === "GET" ? "read" : "write") })
    }
  })
  return found
}

layer(TestApi)("access", (it) => {
  it.effect("X3: every endpoint is closed to keys without its scope", () =>
    Effect.gen(function* () {
      const keys = {
        ingest: yield* keyWith(["ingest"]),
        read: yield* keyWith(["read"]),
        operate: yield* keyWith(["operate"]),
        write: yield* keyWith(["write"]),
        admin: yield* keyWith(["admin"])
      }
      const open = {
        ingest: [],
        read: ["read"],
        operate: ["read", "operate"],
        write: ["read", "operate", "write"],
        admin: ["read", "operate", "write", "admin"]
      } as const
      assert.isAbove(endpoints().length, 40)
      for (const { method, path, scope } of endpoints()) {
        for (const [name, token] of Object.entries(keys)) {
          const { status } = yield* call(method, path, { token, ...(method === "GET" ? {} : { body: {} }) })
          const isOpen = (open[name as keyof typeof open] as ReadonlyArray<string>).includes(scope)
          assert.strictEqual(status !== 403, isOpen, `${name}: ${method} ${path} ${status}`)
          assert.notStrictEqual(status, 500, `${method} ${path}`)
        }
        assert.strictEqual((yield* call(method, path, { token: null })).status, 401)
      }
    })
  )

  it.effect("X2: a host's token is shown once and opens nothing of the API", () =>
    Effect.gen(function* () {
      const created = yield* call("POST", "/api/hosts", { body: { name: "web-1" } })
      const { id, token } = created.body
      assert.deepStrictEqual([created.status, created.headers.get("etag")], [201, '"1"'])
      assert.match(token, /^lum_[0-9A-Za-z]{60}$/)
      const read = yield* call("GET", `/api/hosts/${id}`)
      assert.notInclude(read.text, token)
      assert.deepInclude(read.body, { id, name: "web-1", version: 1, lastSeenAt: null })
      assert.strictEqual(read.body.tokens[0].id, token.slice(4, 12))
      for (const path of ["/api/hosts", "/api/rules", "/api/system"]) {
        assert.strictEqual((yield* call("GET", path, { token })).status, 403)
      }
      const access = yield* Access
      const identity = yield* access.verify(`Bearer ${token}`)
      assert.deepInclude(identity, { hostName: "web-1", scopes: ["ingest"], workspaceKey: "default" })
      const taken = yield* call("POST", "/api/hosts", { body: { name: "web-1" } })
      assert.deepStrictEqual([taken.status, taken.body.error.code], [409, "conflict"])
      for (const name of ["", "a b", "x".repeat(256), 5, null]) {
        assert.strictEqual((yield* call("POST", "/api/hosts", { body: { name } })).status, 422)
      }
    })
  )

  it.effect("X2: a rotated token is good beside the new one until its grace is over; a revoked one is not", () =>
    Effect.gen(function* () {
      const access = yield* Access
      const isGood = (token: string) =>
        Effect.map(Effect.result(access.verify(`Bearer ${token}`)), (result) => Result.isSuccess(result))
      const { id, token: first } = (yield* call("POST", "/api/hosts", { body: { name: "web-2" } })).body
      const rotated = yield* call("POST", `/api/hosts/${id}/rotate`, { body: { grace: "1h" } })
      const second = rotated.body.token
      assert.strictEqual(rotated.body.tokens.length, 2)
      assert.deepStrictEqual([yield* isGood(first), yield* isGood(second)], [true, true])
      const last = (yield* call("POST", `/api/hosts/${id}/rotate`, { body: { grace: "0s" } })).body.token
      const withoutBody = yield* call("POST", `/api/hosts/${id}/rotate`)
      assert.strictEqual(withoutBody.status, 200)
      assert.strictEqual((yield* call("POST", `/api/hosts/${id}/rotate`, { body: { grace: "8d" } })).status, 422)
      const one = yield* call("POST", `/api/hosts/${id}/revoke`, { body: { tokenId: last.slice(4, 12) } })
      assert.strictEqual(one.body.tokens.length, 1)
      const all = yield* call("POST", `/api/hosts/${id}/revoke`)
      assert.deepStrictEqual(all.body.tokens, [])
      assert.isFalse(yield* isGood(last))
    })
  )

  it.effect("a host is renamed and deleted under its version", () =>
    Effect.gen(function* () {
      const { id } = (yield* call("POST", "/api/hosts", { body: { name: "old" } })).body
      const stale = yield* call("PUT", `/api/hosts/${id}`, { body: { name: "new" }, headers: { "if-match": "2" } })
      assert.strictEqual(stale.status, 412)
      const read = (yield* call("GET", `/api/hosts/${id}`)).body
      const renamed = yield* call("PUT", `/api/hosts/${id}`, { body: { ...read, name: "new" } })
      assert.deepInclude(renamed.body, { name: "new", version: 2 })
      assert.strictEqual((yield* call("GET", "/api/hosts?name=new")).body.items.length, 1)
      assert.strictEqual((yield* call("DELETE", `/api/hosts/${id}`, { headers: { "if-match": "1" } })).status, 412)
      assert.strictEqual((yield* call("DELETE", `/api/hosts/${id}`)).status, 204)
      assert.strictEqual((yield* call("GET", `/api/hosts/${id}`)).status, 404)
    })
  )

  it.effect("X3: a key is shown once, changed and revoked", () =>
    Effect.gen(function* () {
      const created = yield* call("POST", "/api/api-keys", { body: { name: "ci", scopes: ["read"] } })
      const { id, key } = created.body
      assert.match(key, /^lumk_[0-9A-Za-z]{59}$/)
      assert.strictEqual((yield* call("GET", "/api/rules", { token: key })).status, 200)
      const read = yield* call("GET", `/api/api-keys/${id}`)
      assert.notInclude(read.text, key)
      const changed = yield* call("PUT", `/api/api-keys/${id}`, { body: { ...read.body, scopes: ["ingest"] } })
      assert.deepInclude(changed.body, { name: "ci", scopes: ["ingest"], version: 2 })
      assert.strictEqual((yield* call("DELETE", `/api/api-keys/${id}`)).status, 204)
      assert.strictEqual((yield* call("GET", `/api/api-keys/${id}`)).status, 404)
      for (const scopes of [[], ["root"], ["read", "read"], "read"]) {
        assert.strictEqual((yield* call("POST", "/api/api-keys", { body: { name: "x", scopes } })).status, 422)
      }
    })
  )

  it.effect("X3: a key that expires is refused from then on, and may be given longer", () =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const at = (millis: number) => new Date(now + millis).toISOString()
      const body = { name: "short", scopes: ["read"], expiresAt: at(60_000) }
      const created = yield* call("POST", "/api/api-keys", { body })
      const { expiresAt, id, key } = created.body
      assert.strictEqual(expiresAt, body.expiresAt)
      const isGood = Effect.map(call("GET", "/api/rules", { token: key }), ({ status }) => status === 200)
      assert.isTrue(yield* isGood)
      yield* TestClock.adjust("1 minute")
      assert.isFalse(yield* isGood)
      assert.strictEqual((yield* call("GET", `/api/api-keys/${id}`)).body.expiresAt, body.expiresAt)
      yield* call("PUT", `/api/api-keys/${id}`, { body: { ...body, expiresAt: null } })
      yield* TestClock.adjust("2 seconds")
      assert.isTrue(yield* isGood)
      for (const expiresAt of [at(60_000), "tomorrow", "2026-02-30T00:00:00Z", 5, ""]) {
        const refused = yield* call("POST", "/api/api-keys", { body: { ...body, expiresAt } })
        assert.strictEqual(refused.status, 422, String(expiresAt))
      }
    })
  )

  it.effect("X4: who did what is listed, without any secret", () =>
    Effect.gen(function* () {
      const { key } = (yield* call("POST", "/api/api-keys", { body: { name: "auditor", scopes: ["admin"] } })).body
      const { token } = (yield* call("POST", "/api/hosts", { body: { name: "audited" }, token: key })).body
      const audit = yield* call("GET", "/api/audit?actor=api-key%3Aauditor&limit=1000")
      assert.deepStrictEqual(
        audit.body.items.map(({ action, actor, subject }: Record<string, string>) => ({ action, actor, subject })),
        [{ action: "created", actor: "api-key:auditor", subject: "host:audited" }]
      )
      const everything = yield* call("GET", "/api/audit?limit=1000")
      assert.notInclude(everything.text, token)
      assert.notInclude(everything.text, key)
    })
  )
})

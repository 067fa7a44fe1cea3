import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { HttpApi } from "effect/http-api"
import { TestClock } from "effect/testing"
import { Api } from "../../src/http/api/Api.ts"
import { call, Journal, TestApi } from "./ApiServer.ts"
import { insertFacts } from "./FactsFixture.ts"

const createWorkspace = (key: string) => call("POST", "/api/workspaces", { body: { key, name: key } })

/** One of everything in a workspace: item paths, and a text that is in all of it and in nothing else. */
const populate = Effect.fnUntraced(function* (key: string, secret: string) {
  const headers = { "lumina-workspace": key }
  const post = (path: string, body: object) =>
    Effect.map(call("POST", path, { body, headers }), (answer) => {
      assert.strictEqual(answer.status, 201, path)
      return answer.body
    })
  const workspace = (yield* call("GET", `/api/workspaces?key=${key}`)).body.items[0]
  const metric = yield* post("/api/metric-definitions", { key: secret })
  const threshold = { type: "static", above: { warning: 1 } }
  const rule = yield* post("/api/rules", { key: secret, name: secret, metric: secret, threshold })
  const host = yield* post("/api/hosts", { name: secret })
  const admin = yield* post("/api/api-keys", { name: secret, scopes: ["admin"] })
  const user = yield* post("/api/users", { name: secret, displayName: secret, role: "admin" })
  const alertId = yield* insertFacts({ workspaceKey: key, ruleId: rule.id, metric: secret, labels: { host: secret } })
  return {
    token: admin.key as string,
    ids: {
      rules: rule.id,
      "metric-definitions": metric.id,
      hosts: host.id,
      users: user.id,
      "api-keys": admin.id,
      workspaces: workspace.id,
      alerts: alertId,
      incidents: "INC-000001"
    } as Record<string, string>
  }
})

layer(TestApi)("workspaces", (it) => {
  it.effect("a workspace has a key for ever, a name, and what every workspace starts with", () =>
    Effect.gen(function* () {
      const created = yield* createWorkspace("payments")
      assert.deepStrictEqual([created.status, created.body.key, created.body.version], [201, "payments", 1])
      assert.strictEqual((yield* createWorkspace("payments")).status, 409)
      assert.strictEqual((yield* createWorkspace("Not A Key")).status, 422)
      const path = `/api/workspaces/${created.body.id}`
      const renamed = yield* call("PUT", path, { body: { ...created.body, name: "Pay" }, headers: { "if-match": "1" } })
      assert.deepInclude(renamed.body, { key: "payments", name: "Pay", version: 2 })
      assert.strictEqual((yield* call("PUT", path, { body: { key: "x", name: "y" } })).status, 422)
      const rules = yield* call("GET", "/api/rules", { headers: { "lumina-workspace": "payments" } })
      assert.isAbove(rules.body.items.length, 3)
      const unknown = yield* call("GET", "/api/rules", { headers: { "lumina-workspace": "nowhere" } })
      assert.deepStrictEqual([unknown.status, unknown.body.error.code], [404, "not_found"])
      assert.strictEqual(unknown.body.error.message, "no such workspace")
    })
  )

  it.effect("H6: an admin of the installation has a workspace keep its history for another time", () =>
    Effect.gen(function* () {
      const { body } = yield* call("POST", "/api/workspaces", { body: { key: "archive", name: "Archive" } })
      const path = `/api/workspaces/${body.id}`
      assert.deepStrictEqual(body.retention, { coldDays: null, rawDays: null })
      const retention = { coldDays: 365, rawDays: null }
      const kept = yield* call("PUT", path, { body: { name: "Archive", retention }, headers: { "if-match": "1" } })
      assert.deepStrictEqual([kept.status, kept.body.retention, kept.body.version], [200, retention, 2])
      const system = yield* call("GET", "/api/system", { headers: { "lumina-workspace": "archive" } })
      assert.deepStrictEqual(system.body.retention, { hotHours: 24, coldDays: 365, rawDays: 7 })
      for (const coldDays of [0, 366, 1.5, "30"]) {
        const body = { name: "Archive", retention: { coldDays, rawDays: null } }
        assert.strictEqual((yield* call("PUT", path, { body })).status, 422, String(coldDays))
      }
      const key = yield* call("POST", "/api/api-keys", {
        body: { name: "own admin", scopes: ["admin"] },
        headers: { "lumina-workspace": "archive" }
      })
      const own = (body: object) => call("PUT", path, { body, token: key.body.key })
      assert.strictEqual((yield* own({ name: "Mine", retention })).status, 200)
      assert.strictEqual((yield* own({ name: "Mine", retention: { coldDays: 1, rawDays: 1 } })).status, 403)
      assert.strictEqual((yield* own({ name: "Mine" })).status, 403)
      assert.deepStrictEqual((yield* call("GET", path)).body.retention, retention)
    })
  )

  it.effect("K8: nothing of a workspace is seen or touched from another, on any route", () =>
    Effect.gen(function* () {
      yield* createWorkspace("left")
      yield* createWorkspace("right")
      const left = yield* populate("left", "secret-of-left")
      const right = yield* populate("right", "secret-of-right")
      const routes: Array<{ readonly method: string; readonly path: string }> = []
      HttpApi.reflect(Api, {
        onGroup: () => {},
        onEndpoint: ({ endpoint: { method, path }, group }) => {
          // Sessions are people's, not a workspace's.
          if (group.identifier !== "session") routes.push({ method, path })
        }
      })
      let items = 0
      for (const { method, path } of routes) {
        const [, , resource = ""] = path.split("/")
        const own = path.replace(/:\w+/, left.ids[resource] ?? "x")
        const foreign = path.replace(/:\w+/, right.ids[resource] ?? "x")
        const body = method === "GET" ? {} : { body: BODIES[path] ?? {} }
        // What is shared by name, such as INC-000001, is each workspace's own.
        if (path.includes(":") && resource !== "incidents") {
          items++
          const answer = yield* call(method, foreign, { token: left.token, ...body })
          assert.strictEqual(answer.status, 404, `${method} ${path}: ${answer.text}`)
        }
        if (method !== "GET") continue
        const answer = yield* call("GET", own, { token: left.token })
        assert.notInclude(answer.text, "secret-of-right", path)
        if (RESOURCES.has(resource)) assert.include(answer.text, "secret-of-left", path)
        const history = yield* call("GET", "/api/history?metric=secret-of-right", { token: left.token })
        assert.deepStrictEqual(history.body, { series: [] })
      }
      assert.isAbove(items, 15)
      for (const [resource, id] of Object.entries(right.ids)) {
        const still = yield* call("GET", `/api/${resource}/${id}`, { token: right.token })
        assert.strictEqual(still.status, 200, resource)
      }
    })
  )

  it.effect("K8: a removed workspace is gone at once for whoever may administer, its tokens within 2 s", () =>
    Effect.gen(function* () {
      const { events } = yield* Journal
      yield* createWorkspace("doomed")
      const { ids, token } = yield* populate("doomed", "secret-of-doomed")
      const path = `/api/workspaces/${ids.workspaces}`
      const headers = { "lumina-workspace": "doomed" }
      const remove = (version: string, options = {}) =>
        call("DELETE", path, { headers: { "if-match": version }, ...options })
      // Both are known by now: to be forgotten.
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* call("GET", "/api/rules", { headers })).status, 200)
      assert.strictEqual((yield* call("GET", "/api/rules", { token })).status, 200)
      assert.strictEqual((yield* remove("1", { token })).status, 403)
      assert.strictEqual((yield* remove("7")).status, 412)
      const [first] = (yield* call("GET", "/api/workspaces?key=default")).body.items
      const kept = yield* call("DELETE", `/api/workspaces/${first.id}`)
      assert.deepStrictEqual([kept.status, kept.body.error.code], [409, "conflict"])

      events.length = 0
      assert.strictEqual((yield* remove("1")).status, 204)
      // D11: no partition judges anything of it any more.
      assert.match(events.join(), /^refresh \d+$/)
      assert.strictEqual((yield* call("GET", path)).status, 404)
      assert.strictEqual((yield* remove("2")).status, 404)
      assert.strictEqual((yield* createWorkspace("doomed")).status, 409)
      assert.deepStrictEqual((yield* call("GET", "/api/workspaces?key=doomed")).body.items, [])
      yield* TestClock.adjust("2 seconds")
      for (const route of ["/api/rules", "/api/alerts", "/api/hosts", "/api/history?metric=m", "/api/series"]) {
        assert.strictEqual((yield* call("GET", route, { headers })).status, 404, route)
        assert.strictEqual((yield* call("GET", route, { token })).status, 401, route)
      }
      assert.strictEqual((yield* call("POST", "/api/rules", { headers, body: {} })).status, 404)
      const audit = (yield* call("GET", "/api/audit?subject=workspace:doomed")).body.items
      assert.deepInclude(audit[0], { actor: "bootstrap", action: "deleted", after: null })
      assert.deepInclude(audit[0].before, { key: "doomed", name: "doomed" })
    })
  )

  it.effect("a workspace goes while partitions are away, too: they end its rules when they are back", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      const { body } = yield* createWorkspace("alone")
      state.isAway = true
      const answer = yield* call("DELETE", `/api/workspaces/${body.id}`)
      state.isAway = false
      assert.strictEqual(answer.status, 204)
      assert.strictEqual((yield* call("GET", `/api/workspaces/${body.id}`)).status, 404)
    })
  )

  it.effect("K8: a key of one workspace cannot name another, nor make one", () =>
    Effect.gen(function* () {
      yield* createWorkspace("closed")
      const headers = { "lumina-workspace": "closed" }
      const { key } = (yield* call("POST", "/api/api-keys", { body: { name: "k", scopes: ["admin"] }, headers })).body
      for (const foreign of ["default", "nowhere"]) {
        const answer = yield* call("GET", "/api/rules", { token: key, headers: { "lumina-workspace": foreign } })
        assert.deepStrictEqual([answer.status, answer.body.error.code], [403, "forbidden"])
      }
      const listed = yield* call("GET", "/api/workspaces", { token: key })
      assert.deepStrictEqual(
        listed.body.items.map((item: { key: string }) => item.key),
        ["closed"]
      )
      const made = yield* call("POST", "/api/workspaces", { token: key, body: { key: "mine", name: "Mine" } })
      assert.strictEqual(made.status, 403)
      const system = yield* call("GET", "/api/system", { token: key })
      assert.isNull(system.body.installation)
    })
  )
})

/** Lists and items that must show the workspace's own secret. */
const RESOURCES = new Set([
  "rules",
  "metric-definitions",
  "hosts",
  "users",
  "api-keys",
  "alerts",
  "violations",
  "incidents",
  "series",
  "audit",
  "export-config"
])

const BODIES: Readonly<Record<string, object>> = {
  "/api/rules/:id": { name: "x", metric: "m", threshold: { type: "static", above: { warning: 1 } } },
  "/api/hosts/:id": { name: "x" },
  "/api/users/:id": { displayName: "x", role: "viewer", disabled: true },
  "/api/api-keys/:id": { name: "x", scopes: ["read"] },
  "/api/workspaces/:id": { name: "x" },
  "/api/alerts/:id/close": { note: "x" }
}

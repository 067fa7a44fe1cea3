import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { TestClock } from "effect/testing"
import { inject } from "vitest"
import { call, Journal, TestApi, testApi } from "./ApiServer.ts"
import { person } from "./support/Browser.ts"

const partition = {
  partition: 0,
  owner: "here",
  ready: true,
  reason: null,
  epoch: 1,
  journalSeq: 0,
  appliedSeq: 0,
  snapshotSeq: 0,
  series: 5,
  awakeDetectors: 0,
  rawBytes: 0,
  rawMissing: null,
  late: 0,
  duplicate: 0,
  conflicting: 0
} as const

layer(TestApi)("system", (it) => {
  it.effect(
    "O3: alive always, ready when every partition of this node evaluates; neither asks for a token, /metrics does",
    () =>
      Effect.gen(function* () {
        const { state } = yield* Journal
        const ready = Effect.map(call("GET", "/readyz", { token: null }), ({ status }) => status)
        assert.strictEqual((yield* call("GET", "/healthz", { token: null })).status, 200)
        assert.strictEqual(yield* ready, 503)
        state.partitions = [partition, { ...partition, partition: 1, ready: false }]
        assert.strictEqual(yield* ready, 503)
        state.partitions = [partition, { ...partition, partition: 1, owner: "elsewhere", ready: false }]
        assert.strictEqual(yield* ready, 200)
        assert.strictEqual((yield* call("GET", "/metrics", { token: null })).status, 401)
        const metrics = yield* call("GET", "/metrics")
        assert.strictEqual(metrics.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8")
      })
  )

  it.effect("K8: metrics of the hub count all workspaces, so another one than the default does not see them", () =>
    Effect.gen(function* () {
      yield* call("POST", "/api/workspaces", { body: { key: "tenant", name: "Tenant" } })
      const answer = yield* call("GET", "/metrics", { headers: { "lumina-workspace": "tenant" } })
      assert.strictEqual(answer.status, 403)
    })
  )

  it.effect("X2: what workspaces share is shown to admins of the default one, in it", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      state.partitions = [partition]
      const isShown = (ask: typeof call, headers: Record<string, string> = {}) =>
        Effect.map(ask("GET", "/api/system", { headers }), ({ body, status }) => {
          assert.strictEqual(status, 200)
          return body.installation !== null
        })
      yield* call("POST", "/api/workspaces", { body: { key: "shop", name: "Shop" } })
      const elsewhere = { "lumina-workspace": "shop" }
      assert.deepStrictEqual([yield* isShown(call), yield* isShown(call, elsewhere)], [true, false])
      const shown: Array<boolean> = []
      for (const [role, workspace] of [
        ["admin", "default"],
        ["operator", "default"],
        ["viewer", "default"],
        ["admin", "shop"]
      ] as const) {
        const { browser } = yield* person(`${role}-${workspace}`, role, workspace)
        shown.push(yield* isShown(browser.send))
      }
      assert.deepStrictEqual(shown, [true, false, false, false])
    })
  )

  it.effect("O3: /metrics counts points once every partition of this node is back", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      state.partitions = [partition]
      yield* TestClock.adjust("1 second")
      const { text } = yield* call("GET", "/metrics")
      for (const [name, count] of Object.entries({ evaluated: 7, late: 3, duplicate: 2, conflicting: 1 })) {
        assert.include(text, `# TYPE lumina_points_${name}_total counter\nlumina_points_${name}_total ${count}\n`)
      }
    })
  )

  it.effect("the system shows its limits, durability and partitions", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      const refused = { ...partition, partition: 1, ready: false, reason: "no form for it", rawMissing: "on its way" }
      state.partitions = [partition, refused]
      const { body } = yield* call("GET", "/api/system")
      assert.strictEqual(body.limits.listMost, 1_000)
      assert.strictEqual(body.limits.pointsPerSecondPerWorkspace, 10_000_000)
      assert.deepStrictEqual(body.installation.partitions, [partition, refused])
      assert.strictEqual(body.installation.series, 10)
      assert.strictEqual(body.installation.durability, "none") // tests run Postgres without fsync
      assert.isAbove(body.installation.disk.freeBytes, 0)
      const { folder, tiers, ...history } = body.installation.history
      assert.deepStrictEqual(history, { state: "diskLow", message: "the disk is almost full", unreadable: [] })
      assert.isAbove(folder.freeBytes, 0)
      assert.isNull(folder.reason)
      assert.deepStrictEqual(tiers, [
        { tier: "control", bytes: 0, files: 0 },
        { tier: "hot", bytes: 0, files: 0 },
        { tier: "raw", bytes: 0, files: 0 },
        { tier: "rollup-5m", bytes: 0, files: 0 }
      ])
      assert.match(body.version, /^\d+\.\d+\.\d+$/)
    })
  )

  it.effect("a database that is away is 503 with Retry-After, not ready, and back by itself", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      state.partitions = [partition]
      const sql = yield* PgClient.PgClient
      const [row] = yield* sql<{ name: string }>`SELECT current_database() AS name`
      const allow = (isAllowed: boolean) => administer(`ALTER DATABASE ${row!.name} ALLOW_CONNECTIONS ${isAllowed}`)
      yield* allow(false)
      yield* administer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${row!.name}'`)
      for (const path of ["/api/rules", "/api/alerts", "/readyz"]) {
        const answer = yield* call("GET", path)
        assert.deepStrictEqual([answer.status, answer.body.error.code], [503, "unavailable"], path)
        assert.strictEqual(answer.headers.get("retry-after"), "1")
        assert.notMatch(answer.text, /postgres|database "|SQL|127\.0\.0\.1/i)
      }
      const created = yield* call("POST", "/api/hosts", { body: { name: "away" } })
      assert.strictEqual(created.status, 503)
      assert.strictEqual((yield* call("GET", "/healthz")).status, 200)
      yield* allow(true)
      assert.strictEqual((yield* call("GET", "/api/rules")).status, 200)
      assert.strictEqual((yield* call("GET", "/readyz")).status, 200)
      assert.strictEqual((yield* call("POST", "/api/hosts", { body: { name: "away" } })).status, 201)
    })
  )

  it.effect("a fault of ours says nothing of the inside, only under which id the log has it", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      state.partitions = [{ ...partition, series: Number.NaN }]
      const answer = yield* call("GET", "/api/system")
      state.partitions = [partition]
      assert.strictEqual(answer.status, 500)
      const { correlationId } = answer.body.error.details
      assert.match(correlationId, /^[0-9a-f-]{36}$/)
      assert.deepStrictEqual(answer.body, {
        error: {
          code: "internal",
          message: "a fault of the hub; its log has the details",
          details: { correlationId }
        }
      })
    })
  )
})

layer(testApi({ historyDir: "/nowhere/history" }))("system without its history folder", (it) => {
  it.effect("shows all else, and says so", () =>
    Effect.gen(function* () {
      const { body, status } = yield* call("GET", "/api/system")
      assert.strictEqual(status, 200)
      assert.deepStrictEqual(body.installation.history.folder, {
        path: "/nowhere/history",
        freeBytes: null,
        totalBytes: null,
        reason: "cannot be read: ENOENT"
      })
    })
  )
})

const administer = (statement: string) =>
  PgClient.makeClient({ url: Redacted.make(inject("postgresUrl")) }).pipe(
    Effect.flatMap((sql) => sql.unsafe(statement)),
    Effect.scoped,
    Effect.provide(Reactivity.layer),
    Effect.orDie
  )

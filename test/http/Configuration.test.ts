import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { Catalogue } from "../../src/store/catalogue/Catalogue.ts"
import { call, Journal, TestApi } from "./ApiServer.ts"

const threshold = { type: "static", above: { warning: 1 } }

layer(TestApi)("configuration", (it) => {
  it.effect("M1: a metric is defined, completed, listed, changed and deleted", () =>
    Effect.gen(function* () {
      const body = {
        key: "container.cpu.usage_percent",
        displayName: "Container CPU",
        unit: "percent",
        source: "agent",
        entity: "Container",
        ownership: "platform",
        dimensionality: "Multi",
        dimensionLabels: ["pod"],
        state: "Active"
      }
      const created = yield* call("POST", "/api/metric-definitions", { body })
      assert.deepStrictEqual([created.status, created.headers.get("etag")], [201, '"1"'])
      const { createdAt, id, updatedAt, version, ...shown } = created.body
      assert.deepStrictEqual(shown, { ...body, dataStatus: "NotReceiving", receivedAt: null })
      assert.strictEqual((yield* call("POST", "/api/metric-definitions", { body })).status, 409)
      const path = `/api/metric-definitions/${id}`
      const changed = yield* call("PUT", path, { body: { ...created.body, unit: "%" }, headers: { "if-match": "1" } })
      assert.deepInclude(changed.body, { unit: "%", version: 2 })
      const listed = yield* call("GET", "/api/metric-definitions?unit=%25&entity=Container&dataStatus=NotReceiving")
      assert.deepStrictEqual(listed.body.items, [changed.body])
      const least = yield* call("POST", "/api/metric-definitions", { body: { key: "CpuUsageRate(%)" } })
      assert.deepInclude(least.body, { displayName: "CpuUsageRate(%)", dimensionality: "Single", state: "Active" })
      assert.strictEqual((yield* call("DELETE", path)).status, 204)
      assert.strictEqual((yield* call("GET", path)).status, 404)
    })
  )

  it.effect("M1: what a definition cannot be is 422", () =>
    Effect.gen(function* () {
      for (const [change, field] of [
        [{ key: "" }, "key"],
        [{ key: "a\u0007b" }, "key"],
        [{ key: "x".repeat(256) }, "key"],
        [{ entity: "Toaster" }, "entity"],
        [{ state: "Sleeping" }, "state"],
        [{ dimensionality: "Multi" }, "dimensionLabels"],
        [{ dimensionality: "Single", dimensionLabels: ["pod"] }, "dimensionLabels"],
        [{ dimensionLabels: ["pod", "pod"] }, "dimensionLabels"],
        [{ colour: "red" }, "colour"]
      ] as const) {
        const answer = yield* call("POST", "/api/metric-definitions", { body: { key: "refused", ...change } })
        assert.deepStrictEqual([answer.status, answer.body.error.details?.[0].field], [422, field])
      }
    })
  )

  it.effect("M1: a metric that points arrived of is there as Draft, and receiving", () =>
    Effect.gen(function* () {
      const catalogue = yield* Catalogue
      yield* catalogue.received(1, ["unknown.metric"], 0) // the test's clock stands at 0
      const listed = yield* call("GET", "/api/metric-definitions?state=Draft&dataStatus=Receiving")
      assert.deepInclude(listed.body.items[0], {
        key: "unknown.metric",
        source: "discovered",
        dataStatus: "Receiving",
        receivedAt: "1970-01-01T00:00:00.000Z"
      })
      const defined = yield* call("POST", "/api/metric-definitions", { body: { key: "unknown.metric", unit: "s" } })
      assert.strictEqual(defined.status, 201)
    })
  )

  it.effect("N2: a workspace has a policy from its beginning", () =>
    Effect.gen(function* () {
      const { events } = yield* Journal
      const { body } = yield* call("GET", "/api/policy")
      assert.deepInclude(body, { window: "15m", severity: "SameOrEscalation", dependencyHops: 0, resolveAfter: "15m" })
      const before = events.length
      const put = (change: object, ifMatch = "*") =>
        call("PUT", "/api/policy", { body: { ...body, ...change }, headers: { "if-match": ifMatch } })
      const changed = yield* put({ window: "5m" }, `"${body.version}"`)
      assert.deepInclude(changed.body, { window: "5m", version: body.version + 1 })
      assert.strictEqual(events.length, before + 1)
      assert.strictEqual((yield* put({ window: "6m" }, `"${body.version}"`)).status, 412)
      const refused = yield* put({ window: "0s", severity: "Worst" })
      assert.deepStrictEqual(
        [refused.status, ...refused.body.error.details.map(({ field }: { field: string }) => field)],
        [422, "window", "severity"]
      )
    })
  )

  it.effect("O6: what is exported can be applied: elsewhere it creates all, here it changes nothing", () =>
    Effect.gen(function* () {
      yield* call("POST", "/api/rules", { body: { name: "mine", metric: "host.load.1m", threshold } })
      const exported = (yield* call("GET", "/api/export-config")).body
      assert.sameMembers(Object.keys(exported), ["metricDefinitions", "rules", "policy"])
      const here = yield* call("POST", "/api/apply", { body: exported })
      const all = exported.metricDefinitions.length + exported.rules.length + 1
      assert.deepInclude(here.body, { created: 0, updated: 0, unchanged: all })
      yield* call("POST", "/api/workspaces", { body: { key: "copy", name: "Copy" } })
      const headers = { "lumina-workspace": "copy" }
      const there = yield* call("POST", "/api/apply", { body: exported, headers })
      assert.deepInclude(there.body.items, { kind: "rule", key: "mine", status: "created" })
      assert.deepStrictEqual((yield* call("GET", "/api/export-config", { headers })).body, exported)
      const changed = { rules: [{ ...exported.rules.find(({ key }: { key: string }) => key === "mine"), name: "x" }] }
      const again = yield* call("POST", "/api/apply", { body: changed, headers })
      assert.deepStrictEqual(again.body, {
        created: 0,
        updated: 1,
        unchanged: 0,
        items: [{ kind: "rule", key: "mine", status: "updated" }]
      })
    })
  )

  it.effect("O6: a file with one mistake changes nothing, and every mistake of it is named", () =>
    Effect.gen(function* () {
      const { events } = yield* Journal
      const before = events.length
      const answer = yield* call("POST", "/api/apply", {
        body: {
          metricDefinitions: [{ key: "applied.metric" }, { key: "" }],
          rules: [{ key: "applied", name: "a", metric: "applied.metric", threshold, trigger: { violations: 0 } }],
          policy: { window: "0s" }
        }
      })
      assert.deepStrictEqual(
        [answer.status, ...answer.body.error.details.map(({ field }: { field: string }) => field)],
        [422, "metricDefinitions.1.key", "rules.0.trigger.violations", "policy.window"]
      )
      const rule = { key: "twice", name: "a", metric: "host.load.1m", threshold }
      for (const body of [
        { rules: [rule, rule] },
        { rule: [] },
        { rules: {} },
        [],
        { rules: [{ ...rule, metric: "no" }] }
      ]) {
        assert.strictEqual((yield* call("POST", "/api/apply", { body })).status, 422)
      }
      assert.strictEqual((yield* call("GET", "/api/metric-definitions?key=applied.metric")).body.items.length, 0)
      assert.strictEqual((yield* call("GET", "/api/rules?key=twice")).body.items.length, 0)
      assert.strictEqual(events.length, before)
    })
  )
})

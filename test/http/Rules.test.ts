import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { call, Journal, TestApi } from "./ApiServer.ts"

const document = {
  key: "filesystem",
  name: "Filesystem almost full",
  enabled: true,
  metric: "host.filesystem.used_percent",
  scope: { host: ["web-1", "web-2"] },
  threshold: { type: "static", above: { warning: { breach: 80, recover: 75 }, critical: 95 } },
  trigger: { violations: 3, within: "5m" },
  recovery: { cleanFor: "10m", minPoints: 3 },
  noData: { after: "auto", action: "Alert" }
}

layer(TestApi)("rules", (it) => {
  it.effect("a rule is created, read, replaced, listed and deleted", () =>
    Effect.gen(function* () {
      const created = yield* call("POST", "/api/rules", { body: document })
      assert.strictEqual(created.status, 201)
      assert.strictEqual(created.headers.get("etag"), '"1"')
      const { createdAt, id, updatedAt, version, ...shown } = created.body
      assert.deepStrictEqual(shown, document)
      assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.strictEqual(updatedAt, createdAt)
      assert.strictEqual(version, 1)

      const path = `/api/rules/${id}`
      assert.deepStrictEqual((yield* call("GET", path)).body, created.body)
      const replaced = yield* call("PUT", path, { body: { ...created.body, name: "Renamed" } })
      assert.deepStrictEqual(
        [replaced.status, replaced.headers.get("etag"), replaced.body.name, replaced.body.version],
        [200, '"2"', "Renamed", 2]
      )
      const again = yield* call("PUT", path, { body: replaced.body })
      assert.strictEqual(again.body.version, 2)
      const listed = yield* call("GET", "/api/rules?key=filesystem&enabled=true")
      assert.deepStrictEqual(listed.body, { items: [replaced.body], nextCursor: null })
      const revisions = yield* call("GET", `${path}/revisions`)
      assert.deepStrictEqual(
        revisions.body.items.map((item: { revision: number; rule: { name: string } }) => [
          item.revision,
          item.rule.name
        ]),
        [
          [2, "Renamed"],
          [1, document.name]
        ]
      )
      assert.deepInclude(yield* call("DELETE", path), { status: 204, text: "" })
      assert.strictEqual((yield* call("GET", path)).status, 404)
      assert.strictEqual((yield* call("DELETE", path)).status, 404)
      assert.strictEqual((yield* call("PUT", path, { body: document })).status, 404)
      assert.strictEqual((yield* call("GET", `${path}/revisions`)).body.items.length, 2)
    })
  )

  it.effect("a change made from an old version is 412, another rule of the same key 409", () =>
    Effect.gen(function* () {
      const body = { ...document, key: "versions" }
      const created = yield* call("POST", "/api/rules", { body })
      const path = `/api/rules/${created.body.id}`
      const put = (ifMatch: string, name: string) =>
        Effect.map(call("PUT", path, { body: { ...body, name }, headers: { "if-match": ifMatch } }), (answer) => [
          answer.status,
          answer.body.version ?? answer.body.error.code
        ])
      assert.deepStrictEqual(yield* put('"1"', "b"), [200, 2])
      assert.deepStrictEqual(yield* put('"1"', "c"), [412, "stale_version"])
      assert.deepStrictEqual(yield* put("2", "d"), [200, 3])
      assert.deepStrictEqual(yield* put('W/"3"', "e"), [200, 4])
      assert.deepStrictEqual(yield* put("*", "f"), [200, 5])
      assert.deepStrictEqual(yield* put("latest", "g"), [400, "invalid_query"])
      const stale = yield* call("DELETE", path, { headers: { "if-match": "4" } })
      assert.strictEqual(stale.status, 412)
      const taken = yield* call("POST", "/api/rules", { body })
      assert.deepStrictEqual([taken.status, taken.body.error.code], [409, "conflict"])
      assert.deepStrictEqual(taken.body.error.details, { id: created.body.id })
      const renamed = yield* call("PUT", path, { body: { ...body, key: "other" } })
      assert.deepStrictEqual(renamed.body.error?.details, [{ field: "key", reason: 'cannot change: it is "versions"' }])
    })
  )

  it.effect("D11: a change is answered only when every partition has taken it in", () =>
    Effect.gen(function* () {
      const { events } = yield* Journal
      const newest = () => events.filter((event) => event.startsWith("refresh")).at(-1)
      const before = events.length
      const created = yield* call("POST", "/api/rules", { body: { ...document, key: "journalled" } })
      const first = newest()
      assert.isAbove(events.length, before)
      yield* call("PUT", `/api/rules/${created.body.id}`, { body: { ...document, key: "journalled", name: "x" } })
      const second = newest()
      assert.notStrictEqual(second, first)
      // Sent again after a 503, a change is not made again, but answered only when it is in force all the same.
      yield* call("PUT", `/api/rules/${created.body.id}`, { body: { ...document, key: "journalled", name: "x" } })
      assert.strictEqual(events.filter((event) => event === second).length, 2)
      yield* call("DELETE", `/api/rules/${created.body.id}`)
      assert.notStrictEqual(newest(), second)
    })
  )

  it.effect("D11: while partitions cannot take it in, the answer is 503 and says so", () =>
    Effect.gen(function* () {
      const journal = yield* Journal
      journal.state.isAway = true
      const answer = yield* call("POST", "/api/rules", { body: { ...document, key: "away" } })
      journal.state.isAway = false
      assert.deepStrictEqual([answer.status, answer.headers.get("retry-after")], [503, "3"])
      assert.deepStrictEqual(answer.body.error.code, "unavailable")
    })
  )

  it.effect("D3: what makes no sense is 422, with field and reason", () =>
    Effect.gen(function* () {
      const above = (limits: object) => ({ threshold: { type: "static", above: limits } })
      const cases: ReadonlyArray<readonly [object, string]> = [
        [above({ warning: { breach: 80, recover: 85 } }), "threshold.above.warning.recover"],
        [above({ warning: 96, critical: 95 }), "threshold.above.warning"],
        [{ threshold: { type: "static", above: { warning: 1 }, below: { warning: 1 } } }, "threshold.below.warning"],
        [{ trigger: { violations: 0, within: "5m" } }, "trigger.violations"],
        [{ trigger: { violations: 4, ofLast: 3 } }, "trigger.violations"],
        [{ trigger: { violations: 1, within: "0s" } }, "trigger.within"],
        [{ trigger: { violations: 1, within: "8d" } }, "trigger.within"],
        [{ recovery: { cleanFor: "-1s", minPoints: 1 } }, "recovery.cleanFor"],
        [{ recovery: { cleanFor: "1m", minPoints: 0 } }, "recovery.minPoints"],
        [{ scope: { host: { regex: "(a+)+$\\1" } } }, "scope.host.regex"],
        [{ threshold: { type: "static", above: { warning: "80" } } }, "threshold.above.warning"],
        [{ threshold: { type: 'constructor.constructor("x")' } }, "threshold.type"],
        [{ treshold: 1 }, "treshold"]
      ]
      for (const [change, field] of cases) {
        const answer = yield* call("POST", "/api/rules", { body: { ...document, key: "refused", ...change } })
        assert.deepStrictEqual([answer.status, answer.body.error?.code], [422, "invalid"], field)
        assert.include(
          answer.body.error.details.map((detail: { field: string }) => detail.field),
          field
        )
      }
    })
  )

  it.effect("M1: a rule on a metric that is unknown or not active is 422", () =>
    Effect.gen(function* () {
      const attach = (metric: string) =>
        Effect.map(call("POST", "/api/rules", { body: { ...document, key: `on-${metric}`, metric } }), (answer) => [
          answer.status,
          answer.body.error?.details[0].field
        ])
      assert.deepStrictEqual(yield* attach("unknown"), [422, "metric"])
      for (const state of ["Draft", "Inactive"]) {
        const key = `metric.${state}`
        const definition = yield* call("POST", "/api/metric-definitions", { body: { key, state } })
        assert.deepStrictEqual(yield* attach(key), [422, "metric"])
        yield* call("PUT", `/api/metric-definitions/${definition.body.id}`, { body: { key, state: "Active" } })
        assert.deepStrictEqual(yield* attach(key), [201, undefined])
        const remove = yield* call("DELETE", `/api/metric-definitions/${definition.body.id}`)
        assert.deepStrictEqual([remove.status, remove.body.error.details], [409, { rules: [`on-${key}`] }])
      }
    })
  )

  it.effect("pages go on where they ended, whatever is added meanwhile", () =>
    Effect.gen(function* () {
      const keys = Array.from({ length: 5 }, (_, i) => `page-${i}`)
      const filter = keys.map((key) => `key=${key}`).join("&")
      for (const key of keys) yield* call("POST", "/api/rules", { body: { ...document, key } })
      const seen: Array<string> = []
      let cursor = ""
      do {
        const page = yield* call("GET", `/api/rules?${filter}&limit=2${cursor}`)
        seen.push(...page.body.items.map((item: { key: string }) => item.key))
        cursor = page.body.nextCursor === null ? "" : `&cursor=${page.body.nextCursor}`
        yield* call("POST", "/api/rules", { body: { ...document, key: `between-${seen.length}` } })
      } while (cursor !== "")
      assert.deepStrictEqual(seen, keys.toReversed())
    })
  )
})

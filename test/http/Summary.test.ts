import { assert, layer } from "@effect/vitest"
import { Effect } from "effect"
import { call, TestApi } from "./ApiServer.ts"
import { at, insertFacts } from "./FactsFixture.ts"

const iso = (minute: number) => at(minute).toISOString()
const range = `from=${iso(0)}&to=${iso(60)}`

const rule = Effect.fnUntraced(function* (key: string) {
  const threshold = { type: "static", above: { warning: 80 } }
  const answer = yield* call("POST", "/api/rules", { body: { key, name: key, metric: "host.load.1m", threshold } })
  return answer.body.id as string
})

layer(TestApi)("summary", (it) => {
  it.effect("U1: counts what is open now, whatever the range, and what began in it", () =>
    Effect.gen(function* () {
      const ruleId = yield* rule("often")
      const other = yield* rule("seldom")
      const facts = { workspaceKey: "default", labels: {} }
      yield* insertFacts({ ...facts, ruleId, metric: "m1", series: 1, incident: 1 })
      yield* insertFacts({ ...facts, ruleId, metric: "m2", series: 2, incident: 1, endMinute: 12 })
      yield* insertFacts({ ...facts, ruleId: other, metric: "m3", series: 3, incident: 2, endMinute: 12 })
      const { body, status } = yield* call("GET", `/api/summary?${range}`)
      assert.strictEqual(status, 200)
      const none = { open: 0, acknowledged: 0 }
      assert.deepStrictEqual(body.open.alerts, { Critical: none, Warning: { open: 1, acknowledged: 0 } })
      assert.strictEqual(body.open.incidents.Critical.open + body.open.incidents.Warning.open, 2)
      const { activity } = body
      assert.strictEqual(activity.alerts, 3)
      assert.strictEqual(activity.intervalSeconds, 60)
      assert.deepStrictEqual(activity.intervals, [{ from: iso(0), Critical: 0, Warning: 3 }])
      assert.deepStrictEqual(
        activity.rules.map((one: { ruleId: string; alerts: number }) => [one.ruleId, one.alerts]),
        [
          [ruleId, 2],
          [other, 1]
        ]
      )
      const later = yield* call("GET", `/api/summary?from=${iso(30)}&to=${iso(60)}`)
      assert.deepStrictEqual(later.body.open, body.open)
      assert.deepInclude(later.body.activity, { alerts: 0, intervals: [], rules: [] })
    })
  )

  it.effect("K8: of another workspace nothing is counted", () =>
    Effect.gen(function* () {
      yield* call("POST", "/api/workspaces", { body: { key: "other", name: "Other" } })
      const { body } = yield* call("GET", `/api/summary?${range}`, { headers: { "lumina-workspace": "other" } })
      assert.strictEqual(body.activity.alerts, 0)
      assert.strictEqual(body.open.alerts.Warning.open, 0)
    })
  )

  it.effect("a range that is none and too many intervals are refused; intervals are at most as many as asked for", () =>
    Effect.gen(function* () {
      for (const [query, refused] of [
        [`from=${iso(60)}&to=${iso(60)}`, 422],
        [`${range}&intervals=0`, 400],
        [`${range}&intervals=501`, 400]
      ] as const) {
        assert.strictEqual((yield* call("GET", `/api/summary?${query}`)).status, refused, query)
      }
      for (const [intervals, seconds] of [
        [1, 3_600],
        [7, 600],
        [500, 10]
      ] as const) {
        const { body } = yield* call("GET", `/api/summary?${range}&intervals=${intervals}`)
        assert.strictEqual(body.activity.intervalSeconds, seconds)
      }
    })
  )
})

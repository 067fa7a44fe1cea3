/** `/api/series` and `/api/history` as their callers see them. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { HistoryAnswer } from "../../src/schema/History.ts"
import { dimensionKeyOf, type Labels } from "../../src/schema/Identity.ts"
import { call, Journal, TestApi } from "./ApiServer.ts"

const T0 = Date.UTC(2026, 0, 5)
const MINUTE = 60_000

const insertSeries = Effect.fnUntraced(function* (series: ReadonlyArray<readonly [metric: string, labels: Labels]>) {
  const sql = yield* PgClient.PgClient
  for (const [i, [metric, labels]] of series.entries()) {
    yield* sql`INSERT INTO series (partition_id, series, workspace_number, metric, dimension_key, labels, first_seen_at)
      VALUES (9, ${i}, 1, ${metric}, ${dimensionKeyOf(labels)}, ${sql.json(labels)}, ${new Date(T0 + i * 1_000)})`
  }
})

const names = ({ body }: { body: { items: ReadonlyArray<{ metric: string; dimensionKey: string }> } }) =>
  body.items.map(({ dimensionKey, metric }) => `${metric}{${dimensionKey}}`)

const json = (value: unknown) => encodeURIComponent(JSON.stringify(value))
const NUL = encodeURIComponent("a\u0000b")

layer(TestApi)("series and history", (it) => {
  it.effect("series are found by metric, by its beginning and by labels, newest first, page by page", () =>
    Effect.gen(function* () {
      yield* insertSeries([
        ["cpu.used", { host: "a" }],
        ["cpu.used", { host: "b" }],
        ["cpu_used", { host: "a" }],
        ["mem%", { host: "a" }],
        ["mem.used", {}]
      ])
      const list = (query: string) => Effect.map(call("GET", `/api/series?${query}`), names)
      assert.deepStrictEqual(yield* list("prefix=cpu"), ["cpu_used{host=a}", "cpu.used{host=b}", "cpu.used{host=a}"])
      assert.deepStrictEqual(yield* list("prefix=cpu."), ["cpu.used{host=b}", "cpu.used{host=a}"])
      assert.deepStrictEqual(yield* list("prefix=mem%25"), ["mem%{host=a}"])
      assert.deepStrictEqual(yield* list(`prefix=m&labels=${json({ host: "a" })}`), ["mem%{host=a}"])
      assert.deepStrictEqual(yield* list("metric=mem.used&metric=cpu_used"), ["mem.used{}", "cpu_used{host=a}"])
      assert.deepStrictEqual(yield* list("prefix=nothing"), [])
      const first = yield* call("GET", "/api/series?prefix=cpu&limit=2")
      assert.deepStrictEqual(names(first), ["cpu_used{host=a}", "cpu.used{host=b}"])
      assert.deepStrictEqual(yield* list(`prefix=cpu&limit=2&cursor=${first.body.nextCursor}`), ["cpu.used{host=a}"])
    })
  )

  it.effect("K9: what is no metric and no label is refused, or matches nothing", () =>
    Effect.gen(function* () {
      for (const [query, status] of [
        ["prefix=", 400],
        [`prefix=${NUL}`, 400],
        [`prefix=${"x".repeat(256)}`, 400],
        ["prefix=a&prefix=b", 400],
        ["limit=1e9", 400],
        [`labels=${json({ a: 1 })}`, 400],
        [`labels=${json({ a: "\u0000" })}`, 400],
        [`labels=${json({ a: "\ud800" })}`, 400],
        [`metric=${NUL}`, 400],
        [`dimensionKey=${NUL}`, 400],
        ["dimensionKey=%5C", 200]
      ] as const) {
        const answer = yield* call("GET", `/api/series?${query}`)
        assert.strictEqual(answer.status, status, query)
        if (status === 200) assert.deepStrictEqual(answer.body.items, [])
      }
    })
  )

  it.effect("H5: a question that cannot be read is 400, one that makes no sense 422, each naming its fields", () =>
    Effect.gen(function* () {
      const fields = (query: string) =>
        Effect.map(call("GET", `/api/history?${query}`), ({ body, status }) => [
          status,
          ...body.error.details.map(({ field }: { field: string }) => field)
        ])
      assert.deepStrictEqual(yield* fields("from=0&to=1"), [400, "metric"])
      assert.deepStrictEqual(yield* fields("metric=%C2%85"), [400, "metric"])
      assert.deepStrictEqual(yield* fields(`metric=m&labels=${json({ a: "\u0000" })}`), [400, "labels"])
      assert.deepStrictEqual(yield* fields("metric=m&step=0"), [400, "step"])
      assert.deepStrictEqual(yield* fields("metric=m&step=-5m&from=yesterday"), [400, "from", "step"])
      assert.deepStrictEqual(yield* fields("metric=m&resolution=1m"), [400, "resolution"])
      assert.deepStrictEqual(yield* fields("metric=m&from=2&to=1"), [422, "from"])
      assert.deepStrictEqual(yield* fields("metric=m&from=2&to=2"), [422, "from"])
      assert.deepStrictEqual(yield* fields("metric=m&from=-9999999999999&to=0"), [422, "from"])
      assert.deepStrictEqual(yield* fields("metric=m&step=999999999999999"), [422, "step"])
      assert.strictEqual((yield* call("GET", "/api/history?metric=unheard-of")).status, 200)
    })
  )

  it.effect("H5: the answer has the documented shape, also where it is written in several texts", () =>
    Effect.gen(function* () {
      const { state } = yield* Journal
      const sql = yield* PgClient.PgClient
      yield* sql`INSERT INTO series (partition_id, series, workspace_number, metric, dimension_key, labels,
          first_seen_at)
        SELECT 10, i, 1, 'written', 'i=' || i, jsonb_build_object('i', i::text), now() FROM generate_series(1, 30) AS i`
      state.points = Array.from({ length: 600 }, (_, i) => [T0 + i * 1_000, i === 0 ? -0 : i / 7] as const)
      const { body, headers } = yield* call("GET", `/api/history?metric=written&from=${T0}&to=${T0 + 10 * MINUTE}`)
      state.points = []
      assert.strictEqual(headers.get("content-type"), "application/json")
      assert.strictEqual(body.series.length, 30)
      for (const one of body.series) {
        const spans = one.spans.map((span: { from: string; to: string }) => ({
          ...span,
          from: Date.parse(span.from),
          to: Date.parse(span.to)
        }))
        Schema.decodeUnknownSync(HistoryAnswer)({ series: [{ ...one, spans }] })
        assert.strictEqual(one.points.length, 600)
        assert.deepStrictEqual(one.points[7], [T0 + 7_000, 1, 1, 1])
      }
      const none = yield* call("GET", "/api/history?metric=unheard-of")
      assert.strictEqual(none.text, '{"series":[]}')
    })
  )
})

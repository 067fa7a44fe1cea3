/** Search for series: whatever is combined, and however it is answered, the answer is that of a plain filter. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { dimensionKeyOf, type Labels } from "../../../src/schema/Identity.ts"
import { type PageRequest, pageIn } from "../../../src/store/queries/Page.ts"
import { Queries, type SeriesQuery, type StoredSeries } from "../../../src/store/queries/Queries.ts"
import { QueriesPg } from "../../../src/store/queries/QueriesPg.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

const START = Date.UTC(2026, 0, 1)

/** Metrics that look like patterns, that sort differently by language than by code point, and one for each series. */
const metrics = ["cpu", "cpu.used_percent", "cpuXused_percent", "cpu%", "Ärger", "ärger", "zz\u{10FFFD}"]

const stored: ReadonlyArray<StoredSeries> = Array.from({ length: 300 }, (_, i) => {
  const labels: Labels = {
    host: `h-${i % 20}`,
    ...(i % 3 === 0 ? { env: "prod" } : {}),
    ...(i === 7 ? { "a=b,c": 'quo"te\\' } : {})
  }
  return {
    partition: i % 4,
    series: i,
    metric: i % 3 === 1 ? `unique.${i}` : metrics[i % metrics.length]!,
    dimensionKey: dimensionKeyOf(labels),
    labels,
    // Several of one time: place tells them apart.
    firstSeenAt: START + Math.floor(i / 9) * 1_000
  }
})

const insert = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  for (const workspace of [1, 2]) {
    for (const one of stored) {
      yield* sql`INSERT INTO series (partition_id, series, workspace_number, metric, dimension_key, labels,
          first_seen_at)
        VALUES (${one.partition}, ${one.series + 1_000 * workspace}, ${workspace}, ${one.metric},
          ${one.dimensionKey}, ${sql.json(one.labels)}, ${new Date(one.firstSeenAt)})`
    }
  }
})

const matches = ({ filters, labels, prefix }: SeriesQuery, one: StoredSeries): boolean =>
  (filters.metric?.includes(one.metric) ?? true) &&
  (filters.dimensionKey?.includes(one.dimensionKey) ?? true) &&
  (prefix === null || one.metric.startsWith(prefix)) &&
  Object.entries(labels ?? {}).every(([name, value]) => one.labels[name] === value)

const position = ({ firstSeenAt, partition, series }: StoredSeries) => ({
  time: firstSeenAt,
  id: `${partition}:${String(series).padStart(4, "0")}`
})

const expected = (query: SeriesQuery) =>
  pageIn(
    stored.filter((one) => matches(query, one)),
    { ...query, after: null, limit: 1_000 },
    position
  ).items.map(({ series }) => series)

/** All pages of a list, one after the other. */
const listed = Effect.fnUntraced(function* (query: SeriesQuery) {
  const queries = yield* Queries
  const found: Array<number> = []
  let after: PageRequest["after"] = null
  do {
    const page: { items: ReadonlyArray<StoredSeries>; next: PageRequest["after"] } = yield* queries.series(1, {
      ...query,
      after
    })
    found.push(...page.items.map(({ series }) => series - 1_000))
    after = page.next
  } while (after !== null)
  return found
})

const all: SeriesQuery = { limit: 40, after: null, from: null, to: null, filters: {}, labels: null, prefix: null }

layer(Layer.provideMerge(QueriesPg, Database))("search for series", (it) => {
  it.effect("by metric, prefix, labels and time, page by page, of one workspace (K8)", () =>
    Effect.gen(function* () {
      yield* insert
      const labelSets: ReadonlyArray<Labels | null> = [
        null,
        { env: "prod" },
        { host: "h-7", env: "prod" },
        { "a=b,c": 'quo"te\\' },
        { host: "h" }
      ]
      let found = 0
      for (const metric of [null, ["cpu"], ["cpu", "cpu%", "cpu", "unique.4"], ["nothing"]]) {
        for (const prefix of [null, "cpu", "cpu%", "cpu_", "unique.", "Ä", "zz", "zz\u{10FFFD}", "nothing"]) {
          for (const labels of labelSets) {
            for (const from of [null, START + 11_000]) {
              const query = { ...all, filters: metric === null ? {} : { metric }, labels, prefix, from }
              const wanted = expected(query)
              assert.deepStrictEqual(yield* listed(query), wanted, JSON.stringify(query))
              found += wanted.length
            }
          }
        }
      }
      assert.isAbove(found, 1_500)
    })
  )

  it.effect("by dimension key, of one or of several", () =>
    Effect.gen(function* () {
      const one = stored[7]!.dimensionKey
      for (const dimensionKey of [[one], [one, stored[0]!.dimensionKey], ["no key"], [""]]) {
        const query = { ...all, filters: { dimensionKey } }
        assert.deepStrictEqual(yield* listed(query), expected(query))
      }
    })
  )

  it.effect("H5: the series of a metric with labels, in order of their keys, no more than asked for", () =>
    Effect.gen(function* () {
      const queries = yield* Queries
      const labels = { env: "prod" }
      const found = yield* queries.seriesOf(1, "cpu", labels, 1_000)
      const wanted = stored
        .filter(({ metric }) => metric === "cpu")
        .filter((one) => one.labels.env === "prod")
        .map(({ dimensionKey }) => dimensionKey)
        .sort()
      assert.isAbove(wanted.length, 3)
      assert.deepStrictEqual(
        found.map(({ dimensionKey }) => dimensionKey),
        wanted
      )
      assert.strictEqual((yield* queries.seriesOf(1, "cpu", {}, 2)).length, 2)
    })
  )
})

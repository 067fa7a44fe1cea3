import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, Latch, Layer } from "effect"
import { Facts } from "../../../src/store/facts/Facts.ts"
import { FactsPg } from "../../../src/store/facts/FactsPg.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

const DAY_SECONDS = 86_400

layer(Layer.provideMerge(FactsPg, Database))("facts in Postgres only", (it) => {
  it.effect("K3: the database itself holds that one alert is open per rule, series and severity", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const [index] = yield* sql<{ definition: string }>`
        SELECT indexdef AS definition FROM pg_indexes WHERE indexname = 'alert_one_open'`
      assert.match(
        index!.definition,
        /^CREATE UNIQUE INDEX .* \(rule_id, partition_id, series, severity\) WHERE \(end_time IS NULL\)$/
      )
    })
  )

  it.effect("violations go by the day they were recorded on, once their retention is over", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const facts = yield* Facts
      const now = yield* sql<{ day: number }>`SELECT floor(extract(epoch FROM now()) / ${DAY_SECONDS})::int AS day`
      const today = now[0]!.day
      for (const age of [2, 30, 33]) {
        const from = (today - age) * DAY_SECONDS
        yield* sql.unsafe(
          `CREATE TABLE violation_${from} PARTITION OF violation
           FOR VALUES FROM (to_timestamp(${from})) TO (to_timestamp(${from + DAY_SECONDS}))`
        )
        yield* sql`INSERT INTO violation (workspace_number, timestamp, partition_id, series, rule_id, revision, actual,
            direction, severity, confidence, recorded_at)
          VALUES (1, now(), 1, 1, gen_random_uuid(), 1, ${age}, 1, 1, 1, to_timestamp(${from}))`
      }
      yield* facts.maintain({ violationDays: 30, alertDays: 400 })
      const left = yield* sql<{ actual: number }>`SELECT actual FROM violation ORDER BY actual`
      assert.deepStrictEqual(
        left.map(({ actual }) => actual),
        [2, 30]
      )
    })
  )

  it.effect("violations that somebody reads go another time: those who write them do not wait for the reader", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const facts = yield* Facts
      yield* sql`CREATE TABLE violation_1600000000 PARTITION OF violation
        FOR VALUES FROM (to_timestamp(1600000000)) TO (to_timestamp(1600086400))`
      const table = sql<{ name: string | null }>`SELECT to_regclass('violation_1600000000')::text AS name`
      const isRead = Latch.makeUnsafe(false)
      const isOver = Latch.makeUnsafe(false)
      const reading = yield* sql`LOCK TABLE violation_1600000000 IN ACCESS SHARE MODE`.pipe(
        Effect.andThen(isRead.open),
        Effect.andThen(isOver.await),
        sql.withTransaction,
        Effect.forkChild
      )
      yield* isRead.await
      yield* facts.maintain({ violationDays: 30, alertDays: 400 })
      assert.deepStrictEqual(yield* table, [{ name: "violation_1600000000" }])
      isOver.openUnsafe()
      yield* Fiber.join(reading)
      yield* facts.maintain({ violationDays: 30, alertDays: 400 })
      assert.deepStrictEqual(yield* table, [{ name: null }])
    })
  )

  it.effect("alerts go when they have been over for their retention; an open one stays for ever", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const facts = yield* Facts
      const insert = (name: string, openDays: number, endDays: number | null) => sql`
        INSERT INTO alert (id, workspace_number, kind, name, severity, operational_status, trigger_reason,
          violation_count, start_time, open_time, end_time, metric, dimension_key, labels, correlation_key, live,
          received_at, evaluated_at)
        VALUES (gen_random_uuid(), 1, 'Metric', ${name}, 'Warning', 'Open', '', 1,
          now() - make_interval(days => ${openDays}),
          now() - make_interval(days => ${openDays}), now() - make_interval(days => ${endDays}), 'cpu', '', '{}',
          'metric:cpu', true, now(), now())`
      yield* insert("open", 900, null)
      yield* insert("recent", 900, 399)
      yield* insert("old", 900, 401)
      yield* facts.maintain({ violationDays: 30, alertDays: 400 })
      const left = yield* sql<{ name: string }>`SELECT name FROM alert ORDER BY name`
      assert.deepStrictEqual(
        left.map(({ name }) => name),
        ["open", "recent"]
      )
    })
  )
})

/** The live feed's store on Postgres: what lies between two positions, whatever order transactions end in. */
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Exit, Layer, Queue, Schema, Scope, Stream } from "effect"
import { Reactivity } from "effect/reactivity"
import { installationOf, type LiveEvent, LiveEvents, LivePosition } from "../../src/store/LiveEvents.ts"
import { LiveEventsPg } from "../../src/store/LiveEventsPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { testDatabase } from "../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))
const Test = LiveEventsPg.pipe(Layer.provideMerge(Database))

const alertId = "8c1d5c0e-58d1-5b0e-9f64-0c3a2d7b9e15"

/** A transition as the facts transaction writes it. */
const insertTransition = (workspaceNumber: number, tag: string, metric: string) =>
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient
    const document = {
      _tag: tag,
      alertId,
      ruleId: "r",
      ruleRevision: 1,
      severity: "Warning",
      metric,
      dimensionKey: "host=a",
      labels: { host: "a" },
      startTime: 1_000,
      openTime: 2_000,
      endTime: 3_000,
      closeReason: "Manual",
      violationCount: 4,
      actor: "ann",
      note: "done",
      time: 2_500
    }
    yield* sql`INSERT INTO alert_transition (workspace_number, correlation_key, alert_id, kind, document)
      VALUES (${workspaceNumber}, 'k', ${alertId}::uuid, ${tag}, ${sql.json(document)})`
    yield* sql`SELECT pg_notify('lumina_transition', ${String(workspaceNumber)})`
  })

const between = Effect.fnUntraced(function* (after: LiveEvents["Service"]["position"], workspaceNumber: number | null) {
  const events = yield* LiveEvents
  const range = { after: yield* after, until: yield* events.position, workspaceNumber }
  return yield* Stream.runCollect(events.between(range))
})

const metrics = (events: ReadonlyArray<LiveEvent>) => events.map(({ data }) => data.metric ?? data.incidentKey)

layer(Test, { timeout: 60_000 })((it) => {
  it.effect("O5: a position names the installation, which a restore makes anew, and is read with it", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { position } = yield* LiveEvents
      yield* sql`INSERT INTO history_folder (token) VALUES ('0123abcd-0000-4000-8000-000000000000')`
      const after = yield* position
      assert.strictEqual(installationOf(after), "0123abcd")
      assert.isTrue(Schema.is(LivePosition)(after))
      yield* insertTransition(9, "AlertOpened", "named")
      assert.deepStrictEqual(metrics(yield* between(Effect.succeed(after), 9)), ["named"])
    })
  )

  it.effect("transitions and timelines are events, alerts first", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { position } = yield* LiveEvents
      const after = yield* position
      yield* sql`INSERT INTO incident (workspace_number, number, correlation_key, status, severity, first_open_time,
          last_open_time, start_time, primary_service, primary_metric, alert_count, active_alert_count, aggregate)
        VALUES (1, 7, 'k', 'Open', 'Critical', to_timestamp(1), to_timestamp(2), to_timestamp(1),
          'shop', 'cpu', 2, 1, '{}')`
      yield* sql`INSERT INTO incident_timeline (workspace_number, incident, sequence, type, time, actor)
        VALUES (1, 7, 1, 'opened', to_timestamp(2), 'system')`
      yield* insertTransition(1, "AlertOpened", "a")
      yield* insertTransition(1, "AlertAcknowledged", "b")
      yield* insertTransition(1, "AlertSettled", "not told")
      yield* insertTransition(1, "AlertClosed", "c")
      const events = yield* between(Effect.succeed(after), 1)
      assert.deepStrictEqual(
        events.map(({ type, time }) => [type, time]),
        [
          ["alert.opened", 2_000],
          ["alert.acknowledged", 2_500],
          ["alert.closed", 3_000],
          ["incident.opened", 2_000]
        ]
      )
      const common = {
        id: alertId,
        name: null,
        severity: "Warning",
        ruleId: "r",
        ruleRevision: 1,
        metric: "c",
        dimensionKey: "host=a",
        labels: { host: "a" },
        relatedService: null,
        relatedCi: null,
        startTime: "1970-01-01T00:00:01.000Z",
        openTime: "1970-01-01T00:00:02.000Z"
      }
      assert.deepStrictEqual(events[2]?.data, {
        ...common,
        endTime: "1970-01-01T00:00:03.000Z",
        closeReason: "Manual",
        violationCount: 4,
        actor: "ann",
        note: "done"
      })
      assert.deepStrictEqual(events[3]?.data, {
        incidentKey: "INC-000007",
        status: "Open",
        severity: "Critical",
        startTime: "1970-01-01T00:00:01.000Z",
        endTime: null,
        alertCount: 2,
        activeAlertCount: 1,
        primaryServiceName: "shop",
        primaryCiName: null,
        primaryMetricId: "cpu",
        sequence: 1,
        actor: "system",
        alertId: null,
        note: null
      })
    })
  )

  it.effect("K8: only the workspace's own are told", () =>
    Effect.gen(function* () {
      const { position } = yield* LiveEvents
      const after = yield* position
      yield* insertTransition(2, "AlertOpened", "own")
      yield* insertTransition(3, "AlertOpened", "other")
      assert.deepStrictEqual(metrics(yield* between(Effect.succeed(after), 2)), ["own"])
      assert.deepStrictEqual(metrics(yield* between(Effect.succeed(after), null)), ["own", "other"])
    })
  )

  it.effect("a transaction that ends after a later one is told then, once", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { position } = yield* LiveEvents
      const start = yield* position
      const early = yield* Scope.make()
      const inEarly = yield* Scope.provide(openTransaction(sql), early)
      yield* inEarly(insertTransition(1, "AlertOpened", "early"))
      yield* insertTransition(1, "AlertOpened", "late")
      const first = yield* between(Effect.succeed(start), 1)
      const middle = yield* position
      yield* Scope.close(early, Exit.void)
      const second = yield* between(Effect.succeed(middle), 1)
      const third = yield* between(position, 1)
      assert.deepStrictEqual([metrics(first), metrics(second), metrics(third)], [["late"], ["early"], []])
    })
  )

  it.effect("what was written after a position is not before it", () =>
    Effect.gen(function* () {
      const { between, position } = yield* LiveEvents
      const after = yield* position
      yield* insertTransition(1, "AlertOpened", "before")
      const until = yield* position
      yield* insertTransition(1, "AlertOpened", "behind")
      const events = yield* Stream.runCollect(between({ after, until, workspaceNumber: 1 }))
      assert.deepStrictEqual(metrics(events), ["before"])
    })
  )

  it.effect("more than a page", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const { position } = yield* LiveEvents
      const after = yield* position
      yield* sql`INSERT INTO alert_transition (workspace_number, correlation_key, kind, document)
        SELECT 1, 'k', 'AlertOpened',
          jsonb_build_object('_tag', 'AlertOpened', 'metric', i, 'startTime', 0, 'openTime', 0)
        FROM generate_series(1, 2500) i`
      const events = yield* between(Effect.succeed(after), 1)
      assert.deepStrictEqual(
        metrics(events),
        Array.from({ length: 2_500 }, (_, i) => i + 1)
      )
    })
  )

  it.effect("changes: one element when it watches, and one for what is written then", () =>
    Effect.gen(function* () {
      const { changes } = yield* LiveEvents
      const elements = yield* Stream.toQueue(changes, { capacity: "unbounded" })
      yield* Queue.take(elements)
      yield* insertTransition(1, "AlertOpened", "a")
      yield* Queue.take(elements)
      const sql = yield* PgClient.PgClient
      yield* sql`SELECT pg_notify('lumina_incident', '1')`
      yield* Queue.take(elements)
    })
  )
})

/** A transaction on a connection of its own, which is committed when the scope closes. */
const openTransaction = Effect.fnUntraced(function* (sql: PgClient.PgClient) {
  const own = yield* Effect.provide(PgClient.makeClient(sql.config), Reactivity.layer)
  yield* own`BEGIN`
  yield* Effect.addFinalizer(() => Effect.orDie(own`COMMIT`))
  return <A, E>(effect: Effect.Effect<A, E, PgClient.PgClient>) => Effect.provideService(effect, PgClient.PgClient, own)
})

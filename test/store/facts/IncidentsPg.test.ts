import { randomUUID } from "node:crypto"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Latch, Layer } from "effect"
import type { CorrelatorInput } from "../../../src/actors/correlator/Input.ts"
import { DEFAULT_POLICY } from "../../../src/schema/Policy.ts"
import { type CorrelationInbox, Incidents } from "../../../src/store/facts/Incidents.ts"
import { IncidentsPg } from "../../../src/store/facts/IncidentsPg.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { closed, merge, opened, split } from "../../actors/correlator/inputs.ts"
import { testDatabase } from "../../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

layer(Layer.provideMerge(IncidentsPg, Database))("incidents in Postgres", (it) => {
  it.effect("what a correlator took is kept with its order and with the policy it was judged by", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const incidents = yield* Incidents
      const inbox = { workspaceNumber: 7, correlationKey: "service:shop" }
      yield* sql`INSERT INTO workspace (number, id, key, name) VALUES (7, gen_random_uuid(), 'seven', '')`
      const tick = sql`INSERT INTO alert_transition (workspace_number, correlation_key, kind, document)
        VALUES (7, ${inbox.correlationKey}, 'Input', '{"_tag":"Tick","hubTime":1000}')`
      const setPolicy = (version: number) => sql`
        INSERT INTO document (id, workspace_number, kind, key, version, body)
        VALUES (gen_random_uuid(), 7, 'policy', 'policy', ${version}, ${sql.json(DEFAULT_POLICY)})
        ON CONFLICT (workspace_number, kind, key) DO UPDATE SET version = excluded.version`
      yield* tick
      assert.strictEqual(yield* incidents.take(inbox), 1)
      yield* setPolicy(3)
      yield* tick
      yield* tick
      assert.strictEqual(yield* incidents.take(inbox), 2)
      yield* setPolicy(4)
      yield* tick
      assert.strictEqual(yield* incidents.take(inbox), 1)
      const rows = yield* sql<{ position: bigint; version: number | null }>`
        SELECT taken_position AS position, taken_policy_version AS version FROM alert_transition
        WHERE workspace_number = 7 ORDER BY id`
      assert.deepStrictEqual(
        rows.map(({ position, version }) => [Number(position), version]),
        [
          [1, null],
          [2, 3],
          [3, 3],
          [4, 4]
        ]
      )
    })
  )

  it.effect("N1: numbers are a workspace's own, and nobody waits for the transaction that took the ones before", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      for (const number of [1, 2]) {
        yield* sql`INSERT INTO workspace (number, id, key, name)
          VALUES (${number}, gen_random_uuid(), ${String(number)}, '')`
      }
      const take = (workspace: number, count: number) =>
        Effect.map(
          sql<{ first: number }>`SELECT take_incident_numbers(${workspace}, ${count}) AS first`,
          ([row]) => row!.first
        )
      const isTaken = yield* Deferred.make<number>()
      const isOver = Latch.makeUnsafe(false)
      const slow = yield* take(1, 3).pipe(
        Effect.flatMap((first) => Deferred.succeed(isTaken, first)),
        Effect.andThen(isOver.await),
        sql.withTransaction,
        Effect.forkChild
      )
      assert.strictEqual(yield* Deferred.await(isTaken), 1)
      assert.deepStrictEqual([yield* take(1, 1), yield* take(1, 2), yield* take(2, 1)], [4, 5, 1])
      isOver.openUnsafe()
      yield* Fiber.join(slow)
      assert.strictEqual(yield* take(1, 1), 7)
    })
  )

  it.effect("a close that waits for another key's merge is counted where the alert is by then", () =>
    Effect.gen(function* () {
      const { here, there } = yield* twoIncidents(8)
      yield* here.send(merge(1, 3, [2]))
      yield* there.send(closed(there.alertId, 4, there.detector))
      yield* takeMeanwhile(here.inbox, there.inbox)
      assert.deepStrictEqual(yield* countsOf(8), [
        { number: 1, alerts: 2, active: 1 },
        { number: 2, alerts: 0, active: 0 }
      ])
    })
  )

  it.effect("and so is one that waits for its split into an incident that was not there before", () =>
    Effect.gen(function* () {
      const { here, there } = yield* twoIncidents(9)
      yield* here.send(merge(1, 3, [2]))
      yield* (yield* Incidents).take(here.inbox)
      yield* here.send(split(1, 4, [there.alertId]))
      yield* there.send(closed(there.alertId, 5, there.detector))
      yield* takeMeanwhile(here.inbox, there.inbox)
      assert.deepStrictEqual(yield* countsOf(9), [
        { number: 1, alerts: 1, active: 1 },
        { number: 2, alerts: 0, active: 0 },
        { number: 3, alerts: 1, active: 0 }
      ])
    })
  )
})

/** An incident of one alert in each of two correlation keys: numbers 1 and 2. */
const twoIncidents = Effect.fnUntraced(function* (workspaceNumber: number) {
  const sql = yield* PgClient.PgClient
  const incidents = yield* Incidents
  yield* sql`INSERT INTO workspace (number, id, key, name)
    VALUES (${workspaceNumber}, gen_random_uuid(), ${String(workspaceNumber)}, '')`
  const incidentOf = Effect.fnUntraced(function* (service: string, minute: number) {
    const inbox = { workspaceNumber, correlationKey: `service:${service}` }
    const alertId = randomUUID()
    const detector = { ruleId: randomUUID(), dimensionKey: `service=${service}` }
    const send = (input: CorrelatorInput) => sql`
      INSERT INTO alert_transition (workspace_number, correlation_key, kind, document)
      VALUES (${workspaceNumber}, ${inbox.correlationKey}, 'Input', ${sql.json(input)})`
    yield* send(opened(alertId, minute, { ...detector, service }))
    yield* incidents.take(inbox)
    return { alertId, detector, inbox, send }
  })
  return { here: yield* incidentOf("shop", 1), there: yield* incidentOf("warehouse", 2) }
})

/** The second inbox is taken from while the transaction of the first is not over: it waits for a lock of that. */
const takeMeanwhile = Effect.fnUntraced(function* (first: CorrelationInbox, second: CorrelationInbox) {
  const sql = yield* PgClient.PgClient
  const incidents = yield* Incidents
  const isTaken = Latch.makeUnsafe(false)
  const isOver = Latch.makeUnsafe(false)
  const taking = yield* incidents
    .take(first)
    .pipe(Effect.andThen(isTaken.open), Effect.andThen(isOver.await), sql.withTransaction, Effect.forkChild)
  yield* isTaken.await
  const waiting = yield* Effect.forkChild(incidents.take(second))
  yield* untilLocked
  isOver.openUnsafe()
  yield* Fiber.join(taking)
  assert.strictEqual(yield* Fiber.join(waiting), 1)
})

const countsOf = (workspaceNumber: number) =>
  Effect.flatMap(
    PgClient.PgClient,
    (sql) => sql`SELECT number, alert_count AS alerts, active_alert_count AS active FROM incident
      WHERE workspace_number = ${workspaceNumber} ORDER BY number`
  )

/** Until a transaction of this test's database waits for another's lock. */
const untilLocked = Effect.flatMap(
  PgClient.PgClient,
  (sql) => sql`SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
).pipe(Effect.repeat({ until: (waiting) => waiting.length > 0 }))

import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { resolveSeries } from "../../../src/actors/partition/LocalOperations.ts"
import { PartitionHost, PartitionHostLive } from "../../../src/actors/partition/PartitionHost.ts"
import type { Change } from "../../../src/actors/partition/Record.ts"
import { partitionOf, seriesKeyBytes, seriesKeyHash } from "../../../src/actors/partition/Registry.ts"
import { Transitions } from "../../../src/actors/partition/Transitions.ts"
import { PARTITIONS } from "../../../src/limits.ts"
import { ruleIdOf, workspaceIdOf } from "../../../src/schema/Identity.ts"
import { Catalogue } from "../../../src/store/catalogue/Catalogue.ts"
import { FactsPg } from "../../../src/store/facts/FactsPg.ts"
import { JournalPg } from "../../../src/store/JournalPg.ts"
import { SnapshotsPg } from "../../../src/store/SnapshotsPg.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { pushPoint } from "../../support/points.ts"
import { testDatabase } from "../../support/postgres.ts"

const workspaceId = workspaceIdOf("default")
const ruleId = ruleIdOf(workspaceId, "cpu")
const changes: ReadonlyArray<Change> = [
  { version: 1, workspaceNumber: 1, kind: "workspace", key: "default", document: { id: workspaceId } },
  { version: 2, workspaceNumber: 1, kind: "metric", key: "cpu", document: { state: "Active", dimensionLabels: [] } },
  {
    version: 3,
    workspaceNumber: 1,
    kind: "rule",
    key: ruleId,
    document: {
      ruleId,
      workspaceId,
      revision: 1,
      rule: {
        key: "cpu",
        name: "CPU",
        enabled: true,
        metric: "cpu",
        scope: {},
        threshold: { type: "static", above: { warning: 80 } },
        trigger: { violations: 2, within: "5m" },
        recovery: { cleanFor: "1m", minPoints: 1 },
        noData: { after: "auto", action: "KeepState" }
      }
    }
  }
]
const catalogue = Layer.mock(Catalogue, {
  changesAfter: (version) => Effect.succeed(changes.filter((change) => change.version > version))
})

const key = () => seriesKeyBytes(1, "cpu", "host=web-1")
const partition = partitionOf(seriesKeyHash(key()), PARTITIONS)

const push = Effect.fnUntraced(function* (points: ReadonlyArray<readonly [number, number]>) {
  const host = yield* PartitionHost
  const ready = Effect.suspend(() => Effect.fromNullishOr(host.partitions.ready(partition)))
  const local = yield* Effect.retry(ready, { schedule: Schedule.spaced("20 millis"), times: 500 })
  yield* host.submit(
    points.length,
    (now) => {
      const series = resolveSeries(local, key(), seriesKeyHash(key()))
      assert.isNumber(series)
      for (const [timestamp, value] of points) pushPoint(local.open, series as number, timestamp, value, now)
    },
    null
  )
  yield* host.decisions.stored(local, local.journalSeq)
})

it.live(
  "points become violations and alerts in Postgres, once, across restarts",
  () =>
    Effect.gen(function* () {
      const { url } = yield* testDatabase
      const hub = PartitionHostLive.pipe(
        Layer.provide([JournalPg, SnapshotsPg, FactsPg, catalogue, Transitions.layer]),
        Layer.provideMerge(Sql.layer(url))
      )
      const life = <A, E>(body: Effect.Effect<A, E, PartitionHost | PgClient.PgClient>) =>
        Effect.gen(function* () {
          yield* (yield* PartitionHost).own(partition)
          return yield* body
        }).pipe(Effect.scoped, Effect.provide(hub, { local: true }))

      const start = Date.UTC(2022, 7, 22)
      yield* life(
        push([
          [start, 50],
          [start + 60_000, 90]
        ])
      )
      const opened = yield* life(
        Effect.gen(function* () {
          yield* push([
            [start + 60_000, 90],
            [start + 120_000, 95]
          ])
          const sql = yield* PgClient.PgClient
          return yield* sql`SELECT operational_status, violation_count, start_time, open_time FROM alert`
        })
      )
      assert.deepStrictEqual(opened.length, 1)
      const rows = yield* life(
        Effect.gen(function* () {
          yield* push([
            [start + 180_000, 10],
            [start + 240_000, 10]
          ])
          const sql = yield* PgClient.PgClient
          const alerts = yield* sql`SELECT operational_status, violation_count, close_reason FROM alert`
          const violations = yield* sql`SELECT actual FROM violation ORDER BY timestamp`
          const transitions = yield* sql`SELECT kind FROM alert_transition ORDER BY id`
          const series = yield* sql`SELECT metric, dimension_key FROM series`
          return { alerts, violations, transitions, series }
        })
      )
      assert.deepStrictEqual(rows, {
        alerts: [{ operational_status: "Closed", violation_count: 2, close_reason: "Recovered" }],
        violations: [{ actual: 90 }, { actual: 95 }],
        transitions: [{ kind: "AlertOpened" }, { kind: "AlertClosed" }],
        series: [{ metric: "cpu", dimension_key: "host=web-1" }]
      })
    }).pipe(Effect.scoped),
  60_000
)

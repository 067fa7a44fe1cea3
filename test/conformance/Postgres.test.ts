import { PgClient } from "@effect/sql-pg"
import { layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { FactsPg } from "../../src/store/facts/FactsPg.ts"
import { JournalPg } from "../../src/store/JournalPg.ts"
import { SnapshotsPg } from "../../src/store/SnapshotsPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { testDatabase } from "../support/postgres.ts"
import { factsConformance } from "./FactsConformance.ts"
import { type AlertRow, Inside, type StoredFacts } from "./Inside.ts"
import { journalConformance, journalMaintenance } from "./JournalConformance.ts"
import { snapshotsConformance } from "./SnapshotsConformance.ts"

/** Rolling tables: name, column and width in seconds. */
const ROLLING = [
  ["journal", "flushed_at", 600],
  ["receipt", "received_at", 21_600]
] as const

const InsidePg = Layer.effect(
  Inside,
  Effect.gen(function* () {
    const sql = yield* PgClient.PgClient

    /** Moves rows into the tables of the past, which are made for them. */
    const ageTable = Effect.fnUntraced(function* ([table, column, width]: (typeof ROLLING)[number], seconds: number) {
      const past = `extract(epoch FROM ${column}) - ${seconds}`
      const lowers = yield* sql.unsafe<{ lower: string }>(
        `SELECT DISTINCT (floor((${past}) / ${width}) * ${width})::bigint::text AS lower FROM ${table}`
      )
      for (const { lower } of lowers) {
        yield* sql.unsafe(
          `CREATE TABLE IF NOT EXISTS ${table}_${lower} PARTITION OF ${table}
           FOR VALUES FROM (to_timestamp(${lower})) TO (to_timestamp(${Number(lower) + width}))`
        )
      }
      yield* sql.unsafe(`UPDATE ${table} SET ${column} = to_timestamp(${past})`)
    })

    const factsOf = Effect.fnUntraced(function* (partition: number) {
      const series = yield* sql<StoredFacts["series"][number]>`
        SELECT series, metric, dimension_key AS "dimensionKey" FROM series
        WHERE partition_id = ${partition} ORDER BY series`
      const violations = yield* sql<StoredFacts["violations"][number]>`
        SELECT series, (extract(epoch FROM timestamp) * 1000)::float8 AS timestamp, actual, lower, upper,
          CASE direction WHEN 1 THEN 'Above' ELSE 'Below' END AS direction,
          CASE severity WHEN 2 THEN 'Critical' ELSE 'Warning' END AS severity
        FROM violation WHERE partition_id = ${partition} ORDER BY timestamp`
      const alerts = yield* sql<AlertRow>`
        SELECT id, operational_status AS status, close_reason AS "closeReason", violation_count AS "violationCount",
          (extract(epoch FROM start_time) * 1000)::float8 AS "startTime",
          (extract(epoch FROM open_time) * 1000)::float8 AS "openTime",
          (extract(epoch FROM end_time) * 1000)::float8 AS "endTime", labels,
          acknowledged_by AS "acknowledgedBy", closed_by AS "closedBy", closed_note AS "closedNote"
        FROM alert WHERE partition_id = ${partition} ORDER BY open_time`
      const transitions = yield* sql<StoredFacts["transitions"][number]>`
        SELECT t.kind, t.alert_id AS "alertId" FROM alert_transition t JOIN alert ON alert.id = t.alert_id
        WHERE alert.partition_id = ${partition} ORDER BY t.id`
      const plain = <A extends object>(rows: ReadonlyArray<A>): ReadonlyArray<A> => rows.map((row) => ({ ...row }))
      return {
        series: plain(series),
        violations: plain(violations),
        alerts: plain(alerts),
        transitions: plain(transitions)
      }
    })

    return Inside.of({
      age: (hours) =>
        Effect.forEach(ROLLING, (table) => ageTable(table, hours * 3_600)).pipe(
          Effect.andThen(sql`UPDATE snapshot SET created_at = created_at - make_interval(secs => ${hours * 3_600})`),
          Effect.asVoid,
          Effect.orDie
        ),
      damage: (partition, kind, how) => {
        const bytes =
          how === "cut" ? "substring(bytes FROM 1 FOR length(bytes) - 1)" : "set_bit(bytes, 8, 1 - get_bit(bytes, 8))"
        return Effect.orDie(
          Effect.asVoid(
            sql.unsafe(
              `UPDATE snapshot_chunk SET bytes = ${bytes} WHERE partition_id = $1 AND kind = $2
               AND seq = (SELECT max(seq) FROM snapshot WHERE partition_id = $1 AND kind = $2)`,
              [partition, kind]
            )
          )
        )
      },
      facts: (partition) => Effect.orDie(factsOf(partition))
    })
  })
)

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))
const Postgres = Layer.mergeAll(JournalPg, SnapshotsPg, FactsPg, InsidePg).pipe(Layer.provide(Layer.fresh(Database)))

layer(Postgres)("journal in Postgres", journalConformance)
layer(Layer.fresh(Postgres))("tidying of the journal in Postgres", journalMaintenance)
layer(Layer.fresh(Postgres))("snapshots in Postgres", snapshotsConformance)
layer(Layer.fresh(Postgres))("facts in Postgres", factsConformance)

/** Floors of what is written: the same statements on another database of the run's own server. */
import type { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"
import { limits } from "../../src/limits.ts"
import type { ViolationFact } from "../../src/schema/Violation.ts"
import { Facts } from "../../src/store/facts/Facts.ts"
import { FactsPg } from "../../src/store/facts/FactsPg.ts"
import { Journal, type Receipt } from "../../src/store/Journal.ts"
import { JournalPg } from "../../src/store/JournalPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { BREACHING_VALUE, labelsOf, METRIC, POINTS_PER_BATCH, WARNING_ABOVE } from "../load/Plan.ts"
import { asFailure, type JournalledCommit } from "./Database.ts"

const FLOOR_MILLIS = 3_000

/** Gives `measure` the stores of a database that is made for it and dropped again. */
const onFloor = <A>(
  sql: PgClient.PgClient,
  url: Redacted.Redacted,
  measure: Effect.Effect<A, Failure, Journal | Facts>
) =>
  Effect.gen(function* () {
    const database = new URL(Redacted.value(url))
    database.pathname = "/floor"
    yield* Effect.acquireRelease(sql`CREATE DATABASE floor`, () => Effect.ignore(sql`DROP DATABASE floor WITH (FORCE)`))
    const stores = Layer.mergeAll(JournalPg, FactsPg).pipe(Layer.provide(Sql.layer(Redacted.make(database.href))))
    return yield* Effect.provide(measure, stores)
  }).pipe(Effect.scoped, Effect.mapError(asFailure))

interface Failure {
  readonly message: string
}

/**
 * Points per second into the journal alone: the run's commits once more, one after the other, with a receipt for each
 * frame.
 */
export const commitFloor = (sql: PgClient.PgClient, url: Redacted.Redacted, commits: ReadonlyArray<JournalledCommit>) =>
  onFloor(
    sql,
    url,
    Effect.gen(function* () {
      const journal = yield* Journal
      const epochs = new Map<number, number>()
      for (const { slices } of commits) {
        for (const { partition } of slices) {
          if (!epochs.has(partition)) epochs.set(partition, (yield* journal.claim(partition)).epoch)
        }
      }
      const steady = commits.filter(({ points }) => points > 0)
      let points = 0
      let seq = 0
      const start = performance.now()
      while (steady.length > 0 && performance.now() - start < FLOOR_MILLIS) {
        for (const commit of steady) {
          seq++
          const slices = commit.slices.map(({ partition, record }) => {
            return { partition, epoch: epochs.get(partition) ?? 0, seq, record }
          })
          yield* journal.append(slices, receiptsFor(commit, seq))
          points += commit.points
        }
      }
      return (points * 1_000) / (performance.now() - start)
    })
  )

const receiptsFor = ({ points }: JournalledCommit, seq: number): ReadonlyArray<Receipt> =>
  Array.from({ length: Math.ceil(points / POINTS_PER_BATCH) }, (_, frame) => {
    const sequence = BigInt(seq) * 1_000n + BigInt(frame)
    return { sender: 1n, sequence, bodyHash: sequence, accepted: POINTS_PER_BATCH, rejected: null }
  })

/** Violations per second, one row each, by the statement and in the batches of the hub. */
export const violationFloor = (sql: PgClient.PgClient, url: Redacted.Redacted) =>
  onFloor(
    sql,
    url,
    Effect.gen(function* () {
      const facts = yield* Facts
      const { epoch } = yield* (yield* Journal).claim(0)
      let rows = 0
      const start = performance.now()
      for (let batch = 1; performance.now() - start < FLOOR_MILLIS; batch++) {
        const violations = Array.from({ length: limits.factsPerCommit }, (_, series) => violation(series, batch))
        const positions = [{ partition: 0, epoch, appliedSeq: batch }]
        yield* facts.commit({ positions, series: [], violations, alerts: [] })
        rows += violations.length
      }
      return (rows * 1_000) / (performance.now() - start)
    })
  )

/**
 * Milliseconds of the two commits that stand before every alert, one frame's records and one fact, with nothing else
 * going on: of a hundred the 99th.
 */
export const twoCommitsFloor = (
  sql: PgClient.PgClient,
  url: Redacted.Redacted,
  commits: ReadonlyArray<JournalledCommit>
) =>
  onFloor(
    sql,
    url,
    Effect.gen(function* () {
      const journal = yield* Journal
      const facts = yield* Facts
      const { partition, record } = commits.at(-1)!.slices[0]!
      const { epoch } = yield* journal.claim(partition)
      const millis: Array<number> = []
      for (let seq = 1; seq <= 100; seq++) {
        const start = performance.now()
        yield* journal.append([{ partition, epoch, seq, record }], [])
        const positions = [{ partition, epoch, appliedSeq: seq }]
        yield* facts.commit({ positions, series: [], violations: [violation(0, seq)], alerts: [] })
        millis.push(performance.now() - start)
      }
      return millis.sort((a, b) => a - b)[98]!
    })
  )

const violation = (series: number, step: number): ViolationFact => ({
  _tag: "Violation",
  ruleId: "7b1f3f0e-0000-5000-8000-000000000001",
  ruleRevision: 1,
  metric: METRIC,
  dimensionKey: "",
  labels: labelsOf(series),
  timestamp: 1_700_000_000_000 + step * 5_000,
  actual: BREACHING_VALUE,
  expected: null,
  lower: null,
  upper: WARNING_ABOVE,
  direction: "Above",
  severity: "Warning",
  deviationPercent: 5.56,
  confidence: 1,
  workspaceNumber: 1,
  partition: 0,
  series,
  live: false,
  receivedTime: 1_700_000_000_000
})

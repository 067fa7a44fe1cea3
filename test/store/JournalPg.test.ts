import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, type Redacted } from "effect"
import { Fenced, Journal } from "../../src/store/Journal.ts"
import { JournalPg } from "../../src/store/JournalPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { testDatabase } from "../support/postgres.ts"

/** One node's connections to the database. */
const connect = (url: Redacted.Redacted) =>
  Effect.map(Layer.build(Layer.fresh(Layer.provideMerge(JournalPg, Sql.layer(url)))), (services) => ({
    sql: Context.get(services, PgClient.PgClient),
    journal: Context.get(services, Journal)
  }))

const untilSomebodyWaits = Effect.fnUntraced(function* (sql: PgClient.PgClient) {
  for (let attempt = 0; attempt < 5_000; attempt++) {
    const waiting = yield* sql`SELECT 1 FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`
    if (waiting.length > 0) return
  }
  assert.fail("nobody waits")
})

const childrenOf = (sql: PgClient.PgClient, table: string) =>
  Effect.map(
    sql<{ name: string }>`SELECT child.relname AS name FROM pg_inherits
      JOIN pg_class child ON child.oid = inhrelid JOIN pg_class parent ON parent.oid = inhparent
      WHERE parent.relname = ${table} ORDER BY 1`,
    (rows) => rows.map(({ name }) => name)
  )

const slice = (epoch: number, seq: number) => ({ partition: 1, epoch, seq, record: Uint8Array.of(seq) })

it.effect("K4: a claim waits for a write on its way, and then knows of it", () =>
  Effect.gen(function* () {
    const { url } = yield* testDatabase
    const [old, successor] = yield* Effect.all([connect(url), connect(url)])
    yield* old.journal.claim(1)
    const claiming = yield* old.sql.withTransaction(
      Effect.gen(function* () {
        yield* old.journal.append([slice(1, 1)], [])
        const claiming = yield* Effect.forkDetach(successor.journal.claim(1), { startImmediately: true })
        yield* untilSomebodyWaits(successor.sql)
        return claiming
      })
    )
    assert.deepStrictEqual(yield* Fiber.join(claiming), { partition: 1, epoch: 2, appliedSeq: 0, tail: 1 })
  })
)

it.effect("K4: a write that comes while a claim is on its way waits for it, and is refused", () =>
  Effect.gen(function* () {
    const { url } = yield* testDatabase
    const [old, successor] = yield* Effect.all([connect(url), connect(url)])
    yield* old.journal.claim(1)
    const writing = yield* successor.sql.withTransaction(
      Effect.gen(function* () {
        yield* successor.journal.claim(1)
        const writing = yield* Effect.forkDetach(Effect.flip(old.journal.append([slice(1, 1)], [])), {
          startImmediately: true
        })
        yield* untilSomebodyWaits(old.sql)
        return writing
      })
    )
    assert.deepStrictEqual(yield* Fiber.join(writing), new Fenced({ partitions: [1] }))
    assert.deepStrictEqual(yield* old.journal.read(1, 0, 10), [])
  })
)

it.effect("there is a table for now and for the time until the next tidying, and old ones go whole", () =>
  Effect.gen(function* () {
    const { url } = yield* testDatabase
    const { journal, sql } = yield* connect(url)
    const [journals, receipts] = [yield* childrenOf(sql, "journal"), yield* childrenOf(sql, "receipt")]
    assert.deepStrictEqual([journals.length, receipts.length], [4, 3])
    const old = 1_600_000_200
    yield* sql.unsafe(
      `CREATE TABLE journal_${old} PARTITION OF journal
        FOR VALUES FROM (to_timestamp(${old})) TO (to_timestamp(${old + 600}))`
    )
    yield* sql`INSERT INTO journal (partition_id, seq, epoch, flushed_at, payload) VALUES
      (1, 1, 1, to_timestamp(${old}), 'x'), (2, 1, 1, to_timestamp(${old}), 'x')`
    yield* journal.maintain([{ partition: 1, seq: 1 }])
    assert.include(yield* childrenOf(sql, "journal"), `journal_${old}`, "partition 2 may still need it")
    yield* journal.maintain([1, 2].map((partition) => ({ partition, seq: 1 })))
    // A minute may have passed into the next table: then there is one more.
    const left = yield* childrenOf(sql, "journal")
    assert.notInclude(left, `journal_${old}`)
    assert.includeMembers([...left], journals.slice(1))
  })
)

it.effect("a table that somebody reads goes another time: writers do not wait for the reader", () =>
  Effect.gen(function* () {
    const { url } = yield* testDatabase
    const [{ journal, sql }, reader] = yield* Effect.all([connect(url), connect(url)])
    const old = 1_600_000_200
    for (const table of ["journal", "receipt"]) {
      for (const from of [old, old + 600]) {
        yield* sql.unsafe(
          `CREATE TABLE ${table}_${from} PARTITION OF ${table}
            FOR VALUES FROM (to_timestamp(${from})) TO (to_timestamp(${from + 600}))`
        )
      }
    }
    yield* journal.claim(1)
    yield* reader.sql.withTransaction(
      Effect.gen(function* () {
        yield* reader.sql.unsafe(`LOCK TABLE journal_${old}, receipt_${old} IN ACCESS SHARE MODE`)
        yield* journal.maintain([])
        yield* journal.append([slice(1, 1)], [])
        // The journal goes from its front; receipts have no order.
        assert.includeMembers([...(yield* childrenOf(sql, "journal"))], [`journal_${old}`, `journal_${old + 600}`])
        const receipts = yield* childrenOf(sql, "receipt")
        assert.include(receipts, `receipt_${old}`)
        assert.notInclude(receipts, `receipt_${old + 600}`)
      })
    )
    yield* journal.maintain([])
    assert.notInclude(yield* childrenOf(sql, "journal"), `journal_${old}`)
    assert.notInclude(yield* childrenOf(sql, "receipt"), `receipt_${old}`)
  })
)

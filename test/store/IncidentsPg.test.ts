import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Deferred, Effect, Fiber, Latch, Layer } from "effect"
import * as Sql from "../../src/store/Sql.ts"
import { testDatabase } from "../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))

layer(Database)("incidents in Postgres", (it) => {
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
})

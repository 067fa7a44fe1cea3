import { PgClient } from "@effect/sql-pg"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { testDatabase } from "../../support/postgres.ts"

it.live("a test has a database of its own", () =>
  Effect.gen(function* () {
    const { name, url } = yield* testDatabase
    const rows = yield* Effect.provide(
      Effect.flatMap(PgClient.PgClient, (sql) => sql`SELECT current_database() AS name, version() AS version`),
      PgClient.layer({ url })
    )
    assert.strictEqual(rows[0]?.name, name)
    assert.match(String(rows[0]?.version), /^PostgreSQL 18\./)
  })
)

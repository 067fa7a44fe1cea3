import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { ruleIdOf, workspaceIdOf } from "../../../src/schema/Identity.ts"
import { AccessPg } from "../../../src/store/access/AccessPg.ts"
import { AccessStore } from "../../../src/store/access/AccessStore.ts"
import { newToken } from "../../../src/store/access/Token.ts"
import { Catalogue } from "../../../src/store/catalogue/Catalogue.ts"
import { CataloguePg } from "../../../src/store/catalogue/CataloguePg.ts"
import { defaultDocuments, ensureDefaultWorkspace } from "../../../src/store/catalogue/Defaults.ts"
import { RemovedWorkspaces, RemovedWorkspacesPg, TABLES } from "../../../src/store/catalogue/RemovedWorkspaces.ts"
import * as Sql from "../../../src/store/Sql.ts"
import { insertFacts } from "../../http/FactsFixture.ts"
import { testDatabase } from "../../support/postgres.ts"

const Database = Layer.unwrap(Effect.map(testDatabase, ({ url }) => Sql.layer(url)))
const Stores = Layer.mergeAll(CataloguePg, AccessPg, RemovedWorkspacesPg).pipe(Layer.provideMerge(Database))

/** A workspace with at least one row in each table. */
const populated = Effect.fnUntraced(function* (key: string) {
  const sql = yield* PgClient.PgClient
  const catalogue = yield* Catalogue
  const access = yield* AccessStore
  const { workspace } = yield* catalogue.createWorkspace("test", { key, name: key }, defaultDocuments())
  const { number } = workspace
  const rule = ruleIdOf(workspaceIdOf(key), "host-cpu-busy")
  const alert = yield* insertFacts({ workspaceKey: key, ruleId: rule, metric: "m", labels: { host: key } })
  yield* catalogue.received(number, ["m"], 1_000)
  const token = yield* newToken("host").pipe(Effect.provide(SecureRandom.layerWebCrypto))
  yield* access.createHost(number, "test", "web-1", token)
  yield* sql`WITH account AS (
      INSERT INTO account (name, display_name) VALUES (${`user of ${key}`}, '') RETURNING id
    ) INSERT INTO membership (account_id, workspace_number, role) SELECT id, ${number}, 'admin' FROM account`
  yield* sql`INSERT INTO alert_transition (workspace_number, correlation_key, kind, document)
    SELECT ${number}, 'ci:x', 'Input', '{}' FROM generate_series(1, 12000)`
  yield* sql`INSERT INTO correlator (workspace_number, correlation_key) VALUES (${number}, 'ci:x')`
  yield* sql`INSERT INTO correlation_decision (workspace_number, alert_id, reasons)
    VALUES (${number}, ${alert}::uuid, '[]')`
  yield* sql`INSERT INTO incident_command (workspace_number, command_id, outcome) VALUES (${number}, 'c', '{}')`
  yield* sql`INSERT INTO alert_command (workspace_number, partition_id, document) VALUES (${number}, 1, '{}')`
  return workspace
})

const countsOf = Effect.fnUntraced(function* (workspaceNumber: number) {
  const sql = yield* PgClient.PgClient
  const counts: Record<string, number> = {}
  for (const table of TABLES) {
    const rows = yield* sql<{ count: bigint }>`
      SELECT count(*) AS count FROM ${sql(table)} WHERE workspace_number = ${workspaceNumber}`
    counts[table] = Number(rows[0]!.count)
  }
  return counts
})

const removedAgo = Effect.fnUntraced(function* (workspaceNumber: number, minutes: number) {
  const sql = yield* PgClient.PgClient
  yield* sql`UPDATE any_workspace SET removed_at = now() - make_interval(mins => ${minutes})
    WHERE number = ${workspaceNumber}`
})

layer(Stores)("removed workspaces", (it) => {
  it.effect("no table with rows of workspaces is forgotten", () =>
    Effect.gen(function* () {
      const sql = yield* PgClient.PgClient
      const rows = yield* sql<{ name: string }>`
        SELECT class.relname AS name FROM pg_attribute JOIN pg_class class ON class.oid = attrelid
        WHERE attname = 'workspace_number' AND class.relkind IN ('r', 'p') AND NOT class.relispartition`
      // What a change was is told to partitions that come back; the others are told of in RemovedWorkspaces.ts.
      const kept = ["change", "series", "tier_file"]
      assert.deepStrictEqual(rows.map(({ name }) => name).sort(), [...TABLES, ...kept].sort())
    })
  )

  it.effect("K8: every row of a removed workspace goes, after a while for what was on its way; none of another", () =>
    Effect.gen(function* () {
      yield* ensureDefaultWorkspace
      const catalogue = yield* Catalogue
      const sql = yield* PgClient.PgClient
      const { purge } = yield* RemovedWorkspaces
      const gone = yield* populated("gone")
      const stays = yield* populated("stays")
      const full = yield* countsOf(gone.number)
      for (const [table, count] of Object.entries(full)) assert.isAbove(count, 0, table)
      const others = yield* countsOf(stays.number)
      const rolesBefore = yield* sql`SELECT 1 FROM account`

      yield* catalogue.removeWorkspace("test", gone.number, "present")
      yield* purge
      const soon = yield* countsOf(gone.number)
      assert.strictEqual(soon.alert, full.alert)
      assert.deepInclude(soon, { document: 0, access_token: 0, membership: 0 })
      assert.strictEqual((yield* sql`SELECT 1 FROM account`).length, rolesBefore.length - 1)

      yield* removedAgo(gone.number, 2)
      yield* purge
      assert.deepStrictEqual([...new Set(Object.values(yield* countsOf(gone.number)))], [0])
      assert.deepStrictEqual(yield* countsOf(stays.number), others)
    })
  )

  it.effect("what comes after the first look is found by a later one, and then nobody looks any more", () =>
    Effect.gen(function* () {
      const catalogue = yield* Catalogue
      const sql = yield* PgClient.PgClient
      const { purge } = yield* RemovedWorkspaces
      const { number } = yield* populated("late")
      const arrives = sql`INSERT INTO alert_command (workspace_number, partition_id, document)
        VALUES (${number}, 1, '{}')`
      yield* catalogue.removeWorkspace("test", number, "present")
      yield* removedAgo(number, 2)
      yield* purge
      yield* arrives
      yield* removedAgo(number, 11)
      yield* purge
      assert.strictEqual((yield* countsOf(number)).alert_command, 0)
      yield* arrives
      yield* purge
      assert.strictEqual((yield* countsOf(number)).alert_command, 1)
      assert.deepStrictEqual(
        yield* sql`SELECT 1 FROM pg_sequences WHERE sequencename = ${`incident_number_${number}`}`,
        []
      )
    })
  )
})

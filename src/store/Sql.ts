/** Postgres as everything in the store uses it: migrated, with reads of the API on connections of their own. */
import { PgClient } from "@effect/sql-pg"
import { Context, Effect, Layer, type Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { Migrator, SqlClient } from "effect/sql"
import { limits } from "../limits.ts"
import { statements as journal } from "./migrations/0001_journal.ts"
import { statements as facts } from "./migrations/0002_facts.ts"
import { statements as catalogue } from "./migrations/0003_catalogue.ts"
import { statements as live } from "./migrations/0004_live.ts"
import { statements as history } from "./migrations/0005_history.ts"
import { statements as seriesSearch } from "./migrations/0006_series_search.ts"
import { statements as access } from "./migrations/0007_access.ts"
import { statements as correlationPolicy } from "./migrations/0009_correlation_policy.ts"
import { statements as incidentOpen } from "./migrations/0011_incident_open.ts"
import { statements as workspaceRemoval } from "./migrations/0012_workspace_removal.ts"
import { statements as policyRevision } from "./migrations/0013_policy_revision.ts"
import { statements as hostLastSeen } from "./migrations/0014_host_last_seen.ts"

/**
 * A pool for questions of the API: it can only read, and a statement is given up after `statementTimeoutMillis`, so
 * that no question, however wide, holds up what is being written.
 */
export class QuerySql extends Context.Service<QuerySql, PgClient.PgClient>()("lumina/store/QuerySql") {}

/** A client of the database at `url`, which has all tables when the layer is built. */
export const layer = (url: Redacted.Redacted) =>
  Layer.mergeAll(Migrated, Queries(url)).pipe(
    Layer.provideMerge(PgClient.layer({ url, maxConnections: limits.writeConnections, applicationName: "lumina" }))
  )

const Queries = (url: Redacted.Redacted) =>
  Layer.effect(
    QuerySql,
    PgClient.make({
      url,
      maxConnections: limits.queryConnections,
      applicationName: "lumina-query",
      startupParameters: {
        default_transaction_read_only: "on",
        statement_timeout: String(limits.statementTimeoutMillis),
        // One plan does not suit a label that every series has and one that few have.
        plan_cache_mode: "force_custom_plan"
      }
    })
  ).pipe(Layer.provide(Reactivity.layer))

const run = (statements: ReadonlyArray<string>) =>
  Effect.flatMap(SqlClient.SqlClient, (sql) =>
    Effect.forEach(statements, (statement) => sql.unsafe(statement), { discard: true })
  )

/** 0008 and 0010 were never given, and must not be: only those behind the newest that a database has are run. */
const migrations: Readonly<Record<string, ReadonlyArray<string>>> = {
  "0001_journal": journal,
  "0002_facts": facts,
  "0003_catalogue": catalogue,
  "0004_live": live,
  "0005_history": history,
  "0006_series_search": seriesSearch,
  "0007_access": access,
  "0009_correlation_policy": correlationPolicy,
  "0011_incident_open": incidentOpen,
  "0012_workspace_removal": workspaceRemoval,
  "0013_policy_revision": policyRevision,
  "0014_host_last_seen": hostLastSeen
}

/** Names the migrations that this version knows, by what the table `migration` calls them. */
export const knownMigrations: ReadonlyArray<string> = Object.keys(migrations)

/**
 * Runs those of `names` that the database has not had. The migrator locks its table, so of several hubs that start at
 * once one migrates and the others wait for it.
 */
export const migrate = (names: ReadonlyArray<string>) =>
  Migrator.make({})({
    loader: Migrator.fromRecord(Object.fromEntries(names.map((name) => [name, run(migrations[name]!)]))),
    table: "migration"
  })

const Migrated = Layer.effectDiscard(migrate(knownMigrations))

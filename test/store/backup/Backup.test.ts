/** A backup of a database with something in every kind of table, and what is made of it, or of a damaged one. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { PgClient } from "@effect/sql-pg"
import { assert, layer } from "@effect/vitest"
import { Context, Effect, Layer, type Redacted } from "effect"
import { Reactivity } from "effect/reactivity"
import { SqlClient } from "effect/sql"
import { backUp } from "../../../src/store/backup/Backup.ts"
import { checksumOf } from "../../../src/store/backup/Files.ts"
import { makeHeldFiles } from "../../../src/store/backup/HistoryCopy.ts"
import { MANIFEST_FILE, SUMS_FILE } from "../../../src/store/backup/Manifest.ts"
import { readBackup, restore } from "../../../src/store/backup/Restore.ts"
import { TOKEN_FILE } from "../../../src/store/history/HistoryFolder.ts"
import { Snapshots } from "../../../src/store/Snapshots.ts"
import { SnapshotsPg } from "../../../src/store/SnapshotsPg.ts"
import { knownMigrations, migrate } from "../../../src/store/Sql.ts"
import { testDatabase } from "../../support/postgres.ts"
import { livePaths, Partition, Root, Tiers } from "../history/tiers.ts"

const DAY = Date.UTC(2026, 10, 21)

/** Folders of a test: `data`, and others that it makes. */
class Place extends Context.Service<Place, string>()("lumina/test/store/backup/Place") {
  static readonly layer = Layer.effect(
    Place,
    Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "lumina-backup-"))),
      (place) => Effect.sync(() => rmSync(place, { recursive: true, force: true }))
    )
  )
}

const World = SnapshotsPg.pipe(Layer.provideMerge(Tiers), Layer.provideMerge(Place.layer))

const client = (url: Redacted.Redacted) =>
  PgClient.make({ url, maxConnections: 2 }).pipe(Effect.provide(Reactivity.layer))

/** Made anew, or counting what is written. */
const OTHERS: ReadonlyArray<string> = ["migration", "history_folder", "access_version"]

/** All tables but those, row by row; without what says which transaction wrote a row. */
const contents = Effect.fnUntraced(function* (sql: PgClient.PgClient) {
  const tables = yield* sql<{ name: string }>`SELECT relname AS name FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY 1`
  const found: Record<string, ReadonlyArray<string>> = {}
  for (const { name } of tables) {
    if (OTHERS.includes(name)) continue
    const rows = yield* sql.unsafe<{ row: string }>(
      `SELECT (to_jsonb(t) - 'transaction_id')::text AS row FROM ${name} t ORDER BY 1`
    )
    found[name] = rows.map(({ row }) => row)
  }
  return found
})

/** Something of every kind: rolling tables, bytes, identities, references, documents, extreme numbers and texts. */
const fill = Effect.gen(function* () {
  const sql = yield* PgClient.PgClient
  const partition = new Partition(3)
  yield* partition.claim
  yield* partition.declare([{ workspaceNumber: 1, metric: "cpu %", labels: { host: 'a"\n\\é😀' } }])
  yield* partition.push(
    Array.from({ length: 100 }, (_, i) => [0, DAY + i * 10_000, i / 3] as const),
    DAY + 3_600_000
  )
  yield* partition.move
  yield* partition.push([[0, DAY + 2_000_000, 1e308]], DAY + 3_600_000)
  const snapshots = yield* Snapshots
  const bytes = Uint8Array.from({ length: 3_000_000 }, (_, i) => (i * i) % 251)
  yield* snapshots.save({ partition: 3, kind: "detection", seq: 2, codecVersion: 1, bytes }, partition.epoch)
  yield* sql`SELECT roll_table('violation', interval '1 day', 0)`
  for (const value of ["NaN", "-Infinity", "5e-324", "0.1"]) {
    yield* sql`INSERT INTO violation (workspace_number, timestamp, partition_id, series, rule_id, revision, actual,
        direction, severity, confidence)
      VALUES (1, now(), 3, 0, gen_random_uuid(), 1, ${value}::text::float8, 1, 2, 0.1)`
  }
  yield* sql`INSERT INTO receipt (sender, sequence, body_hash, accepted, rejected)
    VALUES (9223372036854775807, 1, -9223372036854775808, 3, '[{"index":1}]')`
  yield* sql`INSERT INTO host (id, workspace_number, name) VALUES (gen_random_uuid(), 1, 'web-1')`
  yield* sql`INSERT INTO access_token (id, workspace_number, host_id, name, scopes, hash)
    SELECT 'k1', 1, id, 'web-1', '{ingest,"a b"}', '\\x00ff' FROM host`
  yield* sql`INSERT INTO alert_transition (workspace_number, correlation_key, kind, document)
    VALUES (1, 'ci:web-1', 'Input', ${'{"a":\n [1, 2.50]}'}::text::json)`
  yield* sql`INSERT INTO audit (workspace_number, actor, action, subject, after)
    VALUES (1, 'me', 'create', 'x', '{"n": 12345678901234567890, "t": "\\u2028"}')`
  yield* sql`WITH account AS (
      INSERT INTO account (name, display_name) VALUES ('admin', '') RETURNING id
    ) INSERT INTO session (hash, account_id, expires_at, address, user_agent)
    SELECT '\\x00', id, now() + interval '1 day', '', '' FROM account`
  yield* sql`SELECT nextval('incident_number_1'), nextval('incident_number_1')`
})

const backedUp = Effect.fnUntraced(function* (name: string) {
  const sql = yield* PgClient.PgClient
  const place = yield* Place
  const dataDir = join(place, "data")
  mkdirSync(join(dataDir, "temporary"), { recursive: true })
  for (const file of ["admin-key", "hub.lock"]) writeFileSync(join(dataDir, file), `${file}\n`)
  // Listed, and not there any more when it is looked at.
  symlinkSync(join(place, "nowhere"), join(dataDir, "gone"))
  const target = join(place, name)
  const options = { databaseUrl: sql.config.url!, historyDir: yield* Root, dataDir, target }
  const report = yield* Effect.ensuring(
    backUp({ ...options, version: "1.2.3", nowMillis: DAY }),
    Effect.sync(() => rmSync(join(dataDir, "gone")))
  )
  return { target, report }
})

/** A new database and folders, with the backup in them. */
const restored = Effect.fnUntraced(function* (source: string) {
  const { url } = yield* testDatabase
  const dataDir = mkdtempSync(join(yield* Place, "restored-"))
  const historyDir = join(dataDir, "history")
  const manifest = yield* readBackup(source)
  yield* restore({ source, manifest, dataDir, historyDir, database: Effect.succeed(url) })
  return { sql: yield* client(url), dataDir, historyDir }
})

const refusal = (source: string) => Effect.map(Effect.flip(readBackup(source)), ({ message }) => message)

layer(Layer.fresh(World), { timeout: 120_000 })("a backup", (it) => {
  it.effect("O5: every row, file and number is there again, in another database and other folders", () =>
    Effect.gen(function* () {
      yield* fill
      const source = yield* PgClient.PgClient
      const { report, target } = yield* backedUp("whole")
      assert.deepStrictEqual(report.warnings, [])
      assert.isAbove(report.historyFiles, 1)
      for (const entry of readdirSync(target, { withFileTypes: true, recursive: true })) {
        const { mode } = statSync(join(entry.parentPath, entry.name))
        assert.strictEqual(mode & 0o777, entry.isDirectory() ? 0o700 : 0o600, entry.name)
      }
      const { dataDir, historyDir, sql } = yield* restored(target)
      const expected = yield* contents(source)
      assert.isAbove(expected.hot_block!.length, 0)
      // Among the sessions may be some that were ended since: people log in anew.
      assert.strictEqual(expected.session!.length, 1)
      assert.deepStrictEqual(yield* contents(sql), { ...expected, session: [] })

      const [{ next } = { next: null }] = yield* sql<{ next: bigint }>`SELECT nextval('incident_number_1') AS next`
      assert.strictEqual(next, 3n)
      const [{ id } = { id: null }] = yield* sql<{ id: bigint }>`INSERT INTO audit (workspace_number, actor, action,
        subject) VALUES (1, 'me', 'x', 'x') RETURNING id`
      assert.strictEqual(id, 2n)
      const [token] = yield* sql<{ token: string }>`SELECT token FROM history_folder`
      assert.strictEqual(readFileSync(join(historyDir, TOKEN_FILE), "utf8").trim(), token!.token)
      assert.deepStrictEqual(readdirSync(dataDir).sort(), ["admin-key", "history"])
      for (const tier of ["raw", "rollup-5m"] as const) {
        for (const path of yield* livePaths(tier)) {
          const copy = path.replace(yield* Root, historyDir)
          assert.isTrue(readFileSync(path).equals(readFileSync(copy)), copy)
        }
      }
      // Nothing is left beside the files of the history.
      assert.isFalse(readdirSync(yield* Root).some((name) => name.startsWith(".backup")))
    }).pipe(Effect.scoped)
  )

  it.effect("whatever byte is another, whatever file is missing: it is refused before anything is touched", () =>
    Effect.gen(function* () {
      const { target } = yield* backedUp("sound")
      const files = readdirSync(target, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile())
      for (const entry of files) {
        const file = join(entry.parentPath, entry.name)
        const bytes = readFileSync(file)
        const damaged = Buffer.from(bytes)
        const at = Math.floor(bytes.length / 2)
        if (bytes.length > 0) damaged[at] = damaged[at]! ^ 1
        else continue
        writeFileSync(file, damaged)
        assert.match(yield* refusal(target), /is damaged|is of a kind/, file)
        rmSync(file)
        assert.match(yield* refusal(target), /is damaged|not finished/, file)
        writeFileSync(file, bytes)
      }
      yield* readBackup(target)
    })
  )

  it.effect("a folder that is not empty, and a database that is not, are refused and left alone", () =>
    Effect.gen(function* () {
      const place = yield* Place
      const { target } = yield* backedUp("again")
      const manifest = yield* readBackup(target)
      const used = join(place, "used")
      cpSync(join(place, "data"), used, { recursive: true })
      const { url } = yield* testDatabase
      const options = { source: target, manifest, database: Effect.succeed(url) }
      const empty = join(place, "empty")
      const messages = yield* Effect.forEach(
        [
          restore({ ...options, dataDir: used, historyDir: join(empty, "history") }),
          restore({ ...options, dataDir: empty, historyDir: used })
        ],
        (one) => Effect.map(Effect.flip(one), ({ message }) => message)
      )
      for (const message of messages) assert.match(message, /used is not empty/)
      assert.deepStrictEqual(readdirSync(used).sort(), ["admin-key", "hub.lock", "temporary"])

      const sql = yield* client(url)
      yield* sql`CREATE TABLE theirs (a int)`
      const error = yield* Effect.flip(restore({ ...options, dataDir: empty, historyDir: join(empty, "history") }))
      assert.match(error.message, /the database is not empty, it has theirs/)
      assert.deepStrictEqual(Object.keys(yield* contents(sql)), ["theirs"])
      assert.isFalse(existsSync(empty))
      assert.match((yield* Effect.flip(backedUp("again"))).message, /is not empty: name a new folder/)
    }).pipe(Effect.scoped)
  )

  it.effect(
    "a second backup at the same time is refused, and a file that vanishes before it was copied is a failure",
    () =>
      Effect.gen(function* () {
        const sql = yield* PgClient.PgClient
        const connection = yield* sql.reserve
        const lock = (what: string) => connection.execute(`SELECT ${what}(hashtext('lumina-backup'))`, [], undefined)
        yield* lock("pg_advisory_lock")
        assert.match((yield* Effect.flip(backedUp("second"))).message, /another backup .* is being made/)
        yield* lock("pg_advisory_unlock")
        const root = yield* Root
        const held = yield* makeHeldFiles(root)
        const [path] = yield* livePaths("raw")
        const entry = { path: relative(root, path!), bytes: statSync(path!).size, state: "live" } as const
        yield* held.hold([entry])
        const bytes = readFileSync(path!)
        for (const name of readdirSync(root))
          if (name.startsWith(".backup-")) rmSync(join(root, name), { recursive: true })
        rmSync(path!)
        const failure = yield* Effect.flip(held.copy(join(yield* Place, "vanished")))
        assert.match(failure.message, /was removed before it was copied: try again/)
        // What was lost before is told, and is no failure.
        yield* held.hold([entry])
        const copied = yield* held.copy(join(yield* Place, "lost"))
        assert.deepStrictEqual(copied.warnings, [`${entry.path} is missing`])
        writeFileSync(path!, bytes)
      }).pipe(Effect.scoped)
  )

  it.effect("of an older version: its tables are made, and migrated when a hub starts; of a newer: refused", () =>
    Effect.gen(function* () {
      const { url } = yield* testDatabase
      const old = yield* client(url)
      const withOld = Effect.provideService(SqlClient.SqlClient, old)
      const names = knownMigrations.slice(0, 7)
      yield* withOld(migrate(names))
      yield* old`INSERT INTO workspace (id, key, name) VALUES (gen_random_uuid(), 'default', 'Default')`
      const place = yield* Place
      const target = join(place, "old")
      const options = { databaseUrl: url, historyDir: yield* Root, dataDir: join(place, "data"), target }
      yield* backUp({ ...options, version: "0.0.1", nowMillis: DAY })
      const { sql } = yield* restored(target)
      assert.deepStrictEqual(yield* contents(sql), yield* contents(old))
      yield* Effect.provideService(migrate(knownMigrations), SqlClient.SqlClient, sql)
      const [row] = yield* sql<{ count: number }>`SELECT count(*)::int AS count FROM migration`
      assert.strictEqual(row!.count, knownMigrations.length)

      const file = join(target, MANIFEST_FILE)
      writeFileSync(file, readFileSync(file, "utf8").replace('"0001_journal"', '"0001_journal", "9999_future"'))
      const sums = readFileSync(join(target, SUMS_FILE), "utf8")
      const sum = yield* Effect.promise(() => checksumOf(file))
      writeFileSync(join(target, SUMS_FILE), sums.replace(/^[0-9a-f]+ {2}manifest/m, `${sum}  manifest`))
      assert.match(yield* refusal(target), /does not know \(9999_future\): restore it with that version, or a newer/)
    }).pipe(Effect.scoped)
  )
})

import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { PgClient } from "@effect/sql-pg"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Exit, FileSystem, Redacted, References, Schedule, Scope } from "effect"
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../../src/store/embedded/EmbeddedPostgres.ts"
import { identify } from "../../../src/store/embedded/Processes.ts"
import { testDatabase } from "../../support/postgres.ts"

const asRoot = process.getuid?.() === 0

const temporaryFolder = Effect.flatMap(FileSystem.FileSystem, (fs) => fs.makeTempDirectoryScoped({ prefix: "lumina-" }))

/** A data folder with a stopped database; making each afresh would take most of the tests' time. */
const madeFolder = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  yield* Effect.promise(() => once(spawn("cp", ["-a", `${template}/.`, folder]), "exit"))
  return folder
})

let template = ""
const templateScope = Scope.makeUnsafe()
beforeAll(() =>
  Effect.gen(function* () {
    template = yield* temporaryFolder
    yield* Effect.scoped(startEmbeddedPostgres({ dataFolder: template }))
  }).pipe(Effect.provide(NodeServices.layer), Effect.provideService(Scope.Scope, templateScope), Effect.runPromise)
)
afterAll(() => Effect.runPromise(Scope.close(templateScope, Exit.void)))

const query = (url: Redacted.Redacted, statement: string) =>
  Effect.flatMap(PgClient.PgClient, (sql) => sql.unsafe<Record<string, unknown>>(statement)).pipe(
    Effect.provide(PgClient.layer({ url }))
  )

/** The server's process, from its own file. */
const serverPid = (folder: string) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) =>
    Effect.map(fs.readFileString(`${folder}/postgres/18/postmaster.pid`), (text) => Number(text.split("\n")[0]))
  )

const isGone = (pid: number): boolean => identify(pid) === undefined

/** A process that holds `folder` as a hub does; its first line of output, and the process, which the scope ends. */
const hub = (folder: string) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const script = fileURLToPath(new URL("../../support/hubStandIn.ts", import.meta.url))
      const child = spawn(process.execPath, [script, folder], { stdio: ["ignore", "pipe", "inherit"] })
      const [line] = (await once(child.stdout, "data")) as [Buffer]
      return { child, said: line.toString() }
    }),
    ({ child }) => Effect.promise(() => end(child, "SIGTERM"))
  )

const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill(signal)
    await once(child, "exit")
  }
}

describe("embedded Postgres (O1)", () => {
  it.live("makes a database, keeps it over a stop, and stops with its scope", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const first = Effect.gen(function* () {
        const { url } = yield* startEmbeddedPostgres({ dataFolder: folder })
        yield* query(url, "CREATE TABLE kept AS SELECT 'ü' AS word")
        const [row] = yield* query(
          url,
          `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('fsync') AS fsync,
             current_setting('synchronous_commit') AS commit, current_setting('TimeZone') AS zone,
             (SELECT datlocale FROM pg_database WHERE datname = current_database()) AS locale`
        )
        assert.deepStrictEqual(row, { major: 18, fsync: "on", commit: "on", zone: "UTC", locale: "C.UTF-8" })
        return yield* serverPid(folder)
      })
      assert.isTrue(isGone(yield* Effect.scoped(first)), "the scope's end stops it")
      const { url, takenOver } = yield* startEmbeddedPostgres({ dataFolder: folder })
      assert.isFalse(takenOver)
      assert.deepStrictEqual(yield* query(url, "SELECT word FROM kept"), [{ word: "ü" }])
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("O1: takes over the server of a hub that was killed with -9, with all it had committed", () =>
    Effect.gen(function* () {
      const folder = yield* madeFolder
      const { child, said } = yield* hub(folder)
      const before = JSON.parse(said) as { readonly url: string }
      yield* query(Redacted.make(before.url), "CREATE TABLE kept AS SELECT 1 AS one")
      const pid = yield* serverPid(folder)
      yield* Effect.promise(() => end(child, "SIGKILL"))
      yield* Effect.scoped(
        Effect.gen(function* () {
          const { url, takenOver } = yield* startEmbeddedPostgres({ dataFolder: folder })
          assert.isTrue(takenOver)
          assert.strictEqual(yield* serverPid(folder), pid)
          assert.strictEqual(Redacted.value(url), before.url)
          assert.deepStrictEqual(yield* query(url, "SELECT one FROM kept"), [{ one: 1 }])
        })
      )
      assert.isTrue(isGone(pid), "what was taken over is stopped like one's own")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("O1: SIGTERM stops hub and server; a second one changes nothing", () =>
    Effect.gen(function* () {
      const folder = yield* madeFolder
      const { child } = yield* hub(folder)
      const pid = yield* serverPid(folder)
      child.kill("SIGTERM")
      child.kill("SIGTERM")
      yield* Effect.promise(() => once(child, "exit"))
      assert.isNull(child.signalCode, "it ended by itself")
      assert.isTrue(isGone(pid))
      const fs = yield* FileSystem.FileSystem
      assert.isFalse(yield* fs.exists(`${folder}/hub.lock`))
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("O1: a second hub on the same data folder says so and ends", () =>
    Effect.gen(function* () {
      const folder = yield* madeFolder
      const first = yield* hub(folder)
      const second = yield* hub(folder)
      assert.include(second.said, `Another Lumina (process ${first.child.pid}) runs on the data folder ${folder}`)
      if (second.child.exitCode === null) yield* Effect.promise(() => once(second.child, "exit"))
      assert.strictEqual(second.child.exitCode, 1)
      assert.isFalse(isGone(yield* serverPid(folder)), "the first is left alone")
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("a server that is killed comes back at the same address", () =>
    Effect.gen(function* () {
      const folder = yield* madeFolder
      const { url } = yield* startEmbeddedPostgres({ dataFolder: folder })
      yield* query(url, "CREATE TABLE kept AS SELECT 1 AS one")
      const pid = yield* serverPid(folder)
      process.kill(pid, "SIGKILL")
      const rows = yield* Effect.retry(query(url, "SELECT one FROM kept"), Schedule.spaced("100 millis"))
      assert.deepStrictEqual(rows, [{ one: 1 }])
      assert.notStrictEqual(yield* serverPid(folder), pid)
    }).pipe(Effect.provide(NodeServices.layer), Effect.provideService(References.MinimumLogLevel, "None"))
  )

  it.live("starts where a crash left a half-made database, or a pid that is another process's by now", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.makeDirectory(`${folder}/postgres/18.new-1/base`, { recursive: true })
      yield* Effect.scoped(startEmbeddedPostgres({ dataFolder: folder }))
      assert.isFalse(yield* fs.exists(`${folder}/postgres/18.new-1`))
      const file = `${folder}/postgres/18/postmaster.pid`
      yield* fs.writeFileString(file, `${process.pid}\n${folder}/postgres/18\n1700000000\n5432\n\n*\n  1 1\nready   \n`)
      const { takenOver } = yield* startEmbeddedPostgres({ dataFolder: folder })
      assert.isFalse(takenOver)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("a path too long for a socket is reached over TCP", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = `${yield* temporaryFolder}/${"long".repeat(25)}`
      yield* fs.makeDirectory(folder)
      const { url, port } = yield* startEmbeddedPostgres({ dataFolder: folder })
      assert.include(Redacted.value(url), `@127.0.0.1:${port}/lumina`)
      assert.notInclude(Redacted.value(url), "host=")
      assert.lengthOf(yield* query(url, "SELECT 1"), 1)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live.skipIf(!asRoot)("O1: root's server runs as another user, also below folders closed to that user", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const closed = yield* temporaryFolder
      const folder = `${closed}/data`
      yield* fs.makeDirectory(folder)
      for (const place of [closed, folder]) yield* fs.chmod(place, 0o700)
      const server: EmbeddedPostgres = yield* startEmbeddedPostgres({ dataFolder: folder })
      assert.lengthOf(yield* query(server.url, "SELECT 1"), 1)
      const status = yield* fs.readFileString(`/proc/${yield* serverPid(folder)}/status`)
      assert.match(status, /^Uid:\s+65534\s/m)
      assert.match(status, /^Groups:\s*$/m, "root's groups are given up")
      const environment = yield* fs.readFileString(`/proc/${yield* serverPid(folder)}/environ`)
      assert.include(environment, "TZ=UTC")
      assert.notInclude(environment, "VITEST", "this process's environment, with its secrets, is not passed on")
      for (const place of [closed, folder]) assert.strictEqual((yield* fs.stat(place)).mode & 0o777, 0o700)
      assert.strictEqual((yield* fs.stat(`${folder}/postgres/password`)).mode & 0o777, 0o600)
    }).pipe(Effect.provide(NodeServices.layer))
  )

  it.live("refuses the database of another major version instead of starting an empty one", () =>
    Effect.gen(function* () {
      const fs = yield* FileSystem.FileSystem
      const folder = yield* temporaryFolder
      yield* fs.makeDirectory(`${folder}/postgres/17`, { recursive: true })
      const error = yield* Effect.flip(startEmbeddedPostgres({ dataFolder: folder }))
      assert.include(error.message, "holds a database of Postgres 17; this version of Lumina brings 18")
    }).pipe(Effect.provide(NodeServices.layer))
  )
})

it.effect("a test has a database of its own, also on the test clock", () =>
  Effect.gen(function* () {
    const { name, url } = yield* testDatabase
    assert.deepStrictEqual(yield* query(url, "SELECT current_database() AS name"), [{ name }])
  })
)

import { tmpdir } from "node:os"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Exit, FileSystem, Redacted, Scope } from "effect"
import type { TestProject } from "vitest/node"
import { startEmbeddedPostgres } from "../../src/store/embedded/EmbeddedPostgres.ts"
import { parsePidFile, stop } from "../../src/store/embedded/Postmaster.ts"
import { identify } from "../../src/store/embedded/Processes.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string
  }
}

/** One server for all test files of a run; test/support/postgres.ts gives each a database of its own. */
export default async function setup(project: TestProject) {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const server = Effect.gen(function* () {
    yield* removeLeftovers
    const fs = yield* FileSystem.FileSystem
    const dataFolder = yield* fs.makeTempDirectoryScoped({ prefix: `${PREFIX}${process.pid}-` })
    return yield* startEmbeddedPostgres({ dataFolder, settings: quick })
  }).pipe(Effect.provide(NodeServices.layer), Effect.provideService(Scope.Scope, scope))
  try {
    project.provide("postgresUrl", Redacted.value((await Effect.runPromise(server)).url))
  } catch (error) {
    await close()
    throw error
  }
  return close
}

// No crash of the machine is in these tests' scope, so nothing waits for the disk.
const quick = { fsync: "off", full_page_writes: "off", shared_buffers: "64MB", max_connections: "200" }

const PREFIX = "lumina-test-"

/** A run that was killed leaves its server behind, on purpose of the code under test. */
const removeLeftovers = Effect.gen(function* () {
  const fs = yield* FileSystem.FileSystem
  for (const name of yield* fs.readDirectory(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
    if (owner === undefined || identify(Number(owner)) !== undefined) continue
    const folder = `${tmpdir()}/${name}`
    const pidFile = fs.readFileString(`${folder}/postgres/18/postmaster.pid`)
    const server = identify(parsePidFile(yield* Effect.orElseSucceed(pidFile, () => ""))?.pid ?? 0)
    if (server !== undefined) yield* stop(server)
    yield* fs.remove(folder, { recursive: true, force: true })
  }
}).pipe(Effect.ignore)

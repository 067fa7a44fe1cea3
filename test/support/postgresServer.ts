import { NodeServices } from "@effect/platform-node"
import { Effect, Exit, FileSystem, Redacted, Scope } from "effect"
import type { TestProject } from "vitest/node"
import { startEmbeddedPostgres } from "../../src/store/embedded/EmbeddedPostgres.ts"

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string
  }
}

// One server for all test files of a run. No crash is in these tests' scope, so nothing waits for the disk.
const quick = { fsync: "off", full_page_writes: "off", shared_buffers: "64MB", max_connections: "200" }

export default async function setup(project: TestProject) {
  const scope = Scope.makeUnsafe()
  const close = () => Effect.runPromise(Scope.close(scope, Exit.void))
  const server = Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const folder = yield* fs.makeTempDirectoryScoped({ prefix: "lumina-test-" })
    return yield* startEmbeddedPostgres({ dataFolder: folder, settings: quick })
  }).pipe(Effect.provide(NodeServices.layer), Effect.provideService(Scope.Scope, scope))
  try {
    project.provide("postgresUrl", Redacted.value((await Effect.runPromise(server)).url))
  } catch (error) {
    await close()
    throw error
  }
  return close
}

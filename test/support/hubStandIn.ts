/**
 * node hubStandIn.ts FOLDER: a process that holds a data folder and its Postgres as a hub does, for tests that kill
 * it. Prints one line when it is up: {"url","port","takenOver"}; or why not, and exits 1.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeServices from "@effect/platform-node/NodeServices"
import { Effect, Redacted } from "effect"
import { holdDataFolder } from "../../src/store/embedded/DataFolder.ts"
import { startEmbeddedPostgres } from "../../src/store/embedded/EmbeddedPostgres.ts"

const dataFolder = process.argv[2] ?? ""

Effect.gen(function* () {
  yield* holdDataFolder(dataFolder)
  const { url, port, takenOver } = yield* startEmbeddedPostgres({ dataFolder })
  process.stdout.write(`${JSON.stringify({ url: Redacted.value(url), port, takenOver })}\n`)
  yield* Effect.never
}).pipe(
  Effect.tapErrorTag("EmbeddedPostgresError", ({ message }) => Effect.sync(() => process.stdout.write(`${message}\n`))),
  Effect.scoped,
  Effect.provide(NodeServices.layer),
  NodeRuntime.runMain({ disableErrorReporting: true })
)

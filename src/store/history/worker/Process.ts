/**
 * Processes of the history tiers. What they do takes seconds of computing, for which nobody who waits for the hub's
 * event loop may wait, and is done by native code, which must not take the hub with it when it fails.
 */
import { fork } from "node:child_process"
import { setPriority } from "node:os"
import { join } from "node:path"
import * as NodeWorker from "@effect/platform-node/NodeWorker"
import { Effect, Layer } from "effect"
import { RpcClient, RpcWorker } from "effect/rpc"
import { WorkerSettings } from "./Protocol.ts"

/** Requests that a worker has before it at once; others wait in the hub. */
const REQUESTS_AT_ONCE = 64
/** How nice it is to the hub and to Postgres, where the cores do not suffice for all of them. */
const NICENESS = 10

/**
 * A process that runs the module `entry`, for an `RpcClient`. It ends with the scope, or with this process; should it
 * die before, whoever waits for it is told, and the next request starts another.
 */
export const layerWorker = (entry: URL, settings: WorkerSettings) =>
  RpcClient.layerProtocolWorker({ size: 1, concurrency: REQUESTS_AT_ONCE }).pipe(
    Layer.provide(NodeWorker.layer(() => start(entry, settings))),
    // Not in its environment or arguments, where others could read the database's password.
    Layer.provide(RpcWorker.layerInitialMessage(WorkerSettings, Effect.succeed(settings)))
  )

const start = (entry: URL, { temporaryFolder }: WorkerSettings) => {
  const child = fork(entry, {
    // A terminal's Ctrl-C is for the hub, which ends it in order.
    detached: true,
    // With its modules compiled it does not load the compiler: 35 MB less.
    env: { NODE_COMPILE_CACHE: join(temporaryFolder, "compile-cache") },
    stdio: ["ignore", "inherit", "inherit", "ipc"]
  })
  if (child.pid !== undefined) setPriority(child.pid, NICENESS)
  return child
}

/** In such a process: what it was started with. It ends when the one that started it is gone. */
export const workerSettings = Effect.andThen(
  Effect.sync(() => {
    process.once("disconnect", () => process.exit())
    // Nothing is left to do then, and native code takes a second to tidy up what goes anyway.
    process.once("exit", () => process.kill(process.pid, "SIGKILL"))
  }),
  Effect.orDie(RpcWorker.initialMessage(WorkerSettings))
)

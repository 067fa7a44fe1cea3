/**
 * Worker threads of the history tiers. What they do takes seconds of computing, for which nobody who waits for the
 * hub's event loop may wait.
 */
import { isMainThread, Worker, workerData } from "node:worker_threads"
import * as NodeWorker from "@effect/platform-node/NodeWorker"
import { Effect, Layer, Schema } from "effect"
import { RpcClient } from "effect/rpc"
import { WorkerSettings } from "./Protocol.ts"

/** Requests that a worker has before it at once; others wait in the hub. */
const REQUESTS_AT_ONCE = 64

/**
 * A thread that runs the module `entry`, for an `RpcClient`. It ends with the scope; should it die, whoever waits for
 * it is told, and the next request starts another.
 */
export const layerWorker = (entry: URL, settings: WorkerSettings) =>
  RpcClient.layerProtocolWorker({ size: 1, concurrency: REQUESTS_AT_ONCE }).pipe(
    Layer.provide(NodeWorker.layer(() => new Worker(entry, { workerData: settings })))
  )

/** In such a thread: what it was started with. */
export const workerSettings = Effect.suspend(() =>
  isMainThread
    ? Effect.die(new Error("this module runs in a worker thread"))
    : Effect.orDie(Schema.decodeUnknownEffect(WorkerSettings)(workerData))
)

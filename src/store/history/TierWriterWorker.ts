/** The tiers' writer as the hub has it: in a process of its own, so that the event loop never waits for it. */
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"
import { RpcClient } from "effect/rpc"
import type { RpcClientError } from "effect/rpc/RpcClientError"
import { LuminaConfig } from "../../config.ts"
import { proveFolder } from "./FolderProof.ts"
import { hubFilesOptions } from "./HubFiles.ts"
import { HistoryFailed, TierWriter } from "./TierWriter.ts"
import { layerWorker } from "./worker/Process.ts"
import { WriterRpcs } from "./worker/Protocol.ts"

/** Fails where the history folder is not that of the installation. */
export const TierWriterWorker = Layer.unwrap(
  Effect.gen(function* () {
    const config = yield* LuminaConfig
    const sql = yield* PgClient.PgClient
    yield* proveFolder(config.historyDir)
    const settings = {
      ...(yield* hubFilesOptions),
      databaseUrl: Redacted.value(sql.config.url!),
      logLevel: config.logLevel
    }
    return Client.pipe(Layer.provide(layerWorker(new URL("./worker/writer.ts", import.meta.url), settings)))
  })
)

const Client = Layer.effect(
  TierWriter,
  Effect.gen(function* () {
    const { Compact, Move, Retain } = yield* RpcClient.make(WriterRpcs)
    return TierWriter.of({
      move: (partitions) => orFailed(Move({ partitions })),
      compact: orFailed(Compact()),
      retain: (retention) => orFailed(Retain(retention))
    })
  })
)

/** The process died, or could not be started; the next call starts another. */
const orFailed = <A, E, R>(call: Effect.Effect<A, E | RpcClientError, R>) =>
  Effect.mapError(call, (error): Exclude<E, RpcClientError> | HistoryFailed =>
    isRpcClientError(error)
      ? new HistoryFailed({ message: `the worker of the history failed: ${error.message}` })
      : (error as Exclude<E, RpcClientError>)
  )

const isRpcClientError = (error: unknown): error is RpcClientError =>
  typeof error === "object" && error !== null && "_tag" in error && error._tag === "RpcClientError"

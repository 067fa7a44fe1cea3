/** The process that moves points into the tiers: a small hub of its own, with its own connections to Postgres. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Logger, Redacted, References } from "effect"
import { RpcServer } from "effect/rpc"
import { DuckDb } from "../DuckDb.ts"
import { HistoryFolder } from "../HistoryFolder.ts"
import { TierWriter } from "../TierWriter.ts"
import { TierWriterLive } from "../TierWriterLive.ts"
import { workerSettings } from "./Process.ts"
import { type WorkerSettings, WriterRpcs } from "./Protocol.ts"

/** For a move, a merge, and one to spare. */
const CONNECTIONS = 3
/** A core in two is left to the hub and to Postgres. */
const THREADS = 1
/** Beside some 300 MB of the process itself; what does not fit is put on disk. */
const MEMORY_MEBIBYTES = 256

const Handlers = WriterRpcs.toLayer(
  Effect.gen(function* () {
    const writer = yield* TierWriter
    return WriterRpcs.of({
      Move: ({ partitions }) => writer.move(partitions),
      Compact: () => writer.compact,
      Retain: (retention) => writer.retain(retention)
    })
  })
)

const Writer = ({ databaseUrl, folder, reserveBytes, temporaryFolder }: WorkerSettings) =>
  TierWriterLive.pipe(
    Layer.provide(DuckDb.layer({ threads: THREADS, memoryMebibytes: MEMORY_MEBIBYTES, temporaryFolder })),
    Layer.provide(HistoryFolder.layer(folder, reserveBytes)),
    Layer.provide(
      PgClient.layer({
        url: Redacted.make(databaseUrl),
        maxConnections: CONNECTIONS,
        applicationName: "lumina-history"
      })
    )
  )

const Main = Layer.unwrap(
  Effect.map(workerSettings, (settings) =>
    RpcServer.layer(WriterRpcs).pipe(
      Layer.provide(Handlers),
      Layer.provide(Writer(settings)),
      Layer.provide(Logger.layer([Logger.consoleLogFmt])),
      Layer.provide(Layer.succeed(References.MinimumLogLevel, settings.logLevel))
    )
  )
).pipe(Layer.provide(RpcServer.layerProtocolWorkerRunner), Layer.provide(NodeWorkerRunner.layer))

NodeRuntime.runMain(Layer.launch(Main))

/** The process that moves points into the tiers: a small hub of its own, with its own connections to Postgres. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as NodeWorkerRunner from "@effect/platform-node/NodeWorkerRunner"
import { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Logger, Redacted, References } from "effect"
import { RpcServer } from "effect/rpc"
import { limits } from "../../../limits.ts"
import { hubFiles } from "../HubFiles.ts"
import { TierWriter } from "../TierWriter.ts"
import { TierWriterLive } from "../TierWriterLive.ts"
import { workerSettings } from "./Process.ts"
import { type WorkerSettings, WriterRpcs } from "./Protocol.ts"

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

const Writer = ({ databaseUrl, ...options }: WorkerSettings) =>
  TierWriterLive.pipe(
    Layer.provide(hubFiles("moves", options)),
    Layer.provide(
      PgClient.layer({
        url: Redacted.make(databaseUrl),
        maxConnections: limits.historyConnections,
        applicationName: "lumina-history"
      })
    )
  )

const Main = Layer.unwrap(
  Effect.map(workerSettings, (settings) =>
    // A defect of one request is told to whoever made it; a fatal one would fail all that are under way.
    RpcServer.layer(WriterRpcs, { disableFatalDefects: true }).pipe(
      Layer.provide(Handlers),
      Layer.provide(Writer(settings)),
      Layer.provide(Logger.layer([Logger.consoleLogFmt])),
      Layer.provide(Layer.succeed(References.MinimumLogLevel, settings.logLevel))
    )
  )
).pipe(Layer.provide(RpcServer.layerProtocolWorkerRunner), Layer.provide(NodeWorkerRunner.layer))

NodeRuntime.runMain(Layer.launch(Main))

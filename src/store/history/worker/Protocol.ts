/** What the hub asks of the process that moves points into the tiers. */
import { Schema } from "effect"
import { Rpc, RpcGroup } from "effect/rpc"
import { MoveReport, MoveRequest, TierError, TierRetention } from "../TierWriter.ts"

/** What a worker of the history tiers is started with. */
export const WorkerSettings = Schema.Struct({
  databaseUrl: Schema.String,
  /** The history folder, absolute. */
  folder: Schema.String,
  /** What is left free on its disk. */
  reserveBytes: Schema.Finite,
  /** For what does not fit into memory, and compiled modules. */
  temporaryFolder: Schema.String,
  logLevel: Schema.Literals(["Trace", "Debug", "Info", "Warn", "Error", "Fatal"])
})
export type WorkerSettings = typeof WorkerSettings.Type

export class WriterRpcs extends RpcGroup.make(
  Rpc.make("Move", {
    payload: { partitions: Schema.Array(MoveRequest) },
    success: MoveReport,
    error: TierError
  }),
  Rpc.make("Compact", { success: Schema.Finite, error: TierError }),
  Rpc.make("Retain", { payload: TierRetention, error: TierError })
) {}

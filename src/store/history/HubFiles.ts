/** DuckDB and the history folder as a hub and its process that writes have them. */
import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { LuminaConfig } from "../../config.ts"
import { duckDb } from "../../limits.ts"
import { DuckDb } from "./DuckDb.ts"
import { HistoryFolder } from "./HistoryFolder.ts"
import { HistoryFailed } from "./TierWriter.ts"

/** What a DuckDB is for. */
export type DuckDbUse = keyof typeof duckDb

export interface HubFilesOptions {
  /** The history folder, absolute. */
  readonly folder: string
  /** What is left free on its disk. */
  readonly reserveBytes: number
  /** For what does not fit into memory; not in the history folder: that may be shared, and slow. */
  readonly temporaryFolder: string
}

/**
 * Each DuckDB has a temporary folder of its own, empty at first: its files are named by what is in them, so that two
 * would write over each other's; and one that was killed has left its own behind.
 */
export const hubFiles = (use: DuckDbUse, { folder, reserveBytes, temporaryFolder }: HubFilesOptions) => {
  const own = join(temporaryFolder, use)
  const Duck = Layer.unwrap(Effect.as(emptied(own), DuckDb.layer({ ...duckDb[use], temporaryFolder: own })))
  return Layer.merge(Duck, HistoryFolder.layer(folder, reserveBytes))
}

export const hubFilesOptions: Effect.Effect<HubFilesOptions, never, LuminaConfig> = Effect.map(
  LuminaConfig,
  ({ dataDir, historyDir, historyReserveMebibytes }) => ({
    folder: historyDir,
    reserveBytes: historyReserveMebibytes * 2 ** 20,
    temporaryFolder: join(dataDir, "temporary")
  })
)

const emptied = (folder: string) =>
  Effect.tryPromise({
    try: async () => {
      await rm(folder, { recursive: true, force: true })
      await mkdir(folder, { recursive: true })
    },
    catch: (error) => new HistoryFailed({ message: error instanceof Error ? error.message : String(error) })
  })

import { readFileSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { LuminaConfig } from "../../config.ts"
import { limits } from "../../limits.ts"
import { DEFAULT_WORKSPACE_KEY } from "../../schema/Workspace.ts"
import { TierReader } from "../../store/history/TierReader.ts"
import { Queries } from "../../store/Queries.ts"
import { Api } from "../Api.ts"
import { CurrentIdentity } from "../Auth.ts"
import { answering } from "./Answer.ts"

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  readonly version: string
}

export const SystemHandlers = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fnUntraced(function* (handlers) {
    const config = yield* LuminaConfig
    const installation = yield* makeInstallation
    return handlers.handle("get", () =>
      Effect.gen(function* () {
        const { workspaceId, workspaceKey } = yield* CurrentIdentity
        return {
          version,
          node: process.version,
          time: yield* Clock.currentTimeMillis,
          workspace: { id: workspaceId, key: workspaceKey },
          limits: { ...limits, ...config.limits },
          // K8: sizes and counts of an installation are sums over workspaces.
          installation: workspaceKey === DEFAULT_WORKSPACE_KEY ? yield* installation : null
        }
      }).pipe(answering)
    )
  })
)

const makeInstallation = Effect.gen(function* () {
  const { dataDir } = yield* LuminaConfig
  const partitions = yield* Partitions
  const queries = yield* Queries
  const tiers = yield* TierReader
  return Effect.gen(function* () {
    const { durability, ...database } = yield* queries.database
    const { bavail, blocks, bsize } = yield* Effect.promise(() => statfs(dataDir))
    const unreadable = yield* tiers.unreadable
    const status = yield* partitions.status
    return {
      durability,
      database,
      disk: { path: dataDir, freeBytes: bavail * bsize, totalBytes: blocks * bsize },
      history: { unreadable },
      memory: { residentBytes: process.memoryUsage.rss() },
      series: status.reduce((sum, { series }) => sum + series, 0),
      partitions: status
    }
  })
})

import { readFileSync } from "node:fs"
import { statfs } from "node:fs/promises"
import { Clock, Effect } from "effect"
import { HttpApiBuilder } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { Tiering } from "../../actors/history/Tiering.ts"
import { Partitions } from "../../actors/partition/Partitions.ts"
import { LuminaConfig } from "../../config.ts"
import { limits } from "../../limits.ts"
import { forbidden } from "../../schema/Errors.ts"
import { DEFAULT_WORKSPACE_KEY, INSTALLATION_RETENTION } from "../../schema/Workspace.ts"
import { Catalogue } from "../../store/catalogue/Catalogue.ts"
import { TierReader } from "../../store/history/TierReader.ts"
import { TierSizes } from "../../store/history/TierSizes.ts"
import { Queries } from "../../store/queries/Queries.ts"
import { Api } from "../api/Api.ts"
import { CurrentIdentity } from "../api/Auth.ts"
import { answering } from "./Answer.ts"

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  readonly version: string
}

export const SystemHandlers = HttpApiBuilder.group(
  Api,
  "system",
  Effect.fnUntraced(function* (handlers) {
    const config = yield* LuminaConfig
    const catalogue = yield* Catalogue
    const retentionOf = (workspaceKey: string) =>
      Effect.map(catalogue.workspaces, (workspaces) => {
        const own = workspaces.find(({ key }) => key === workspaceKey)?.retention ?? INSTALLATION_RETENTION
        return {
          hotHours: config.hotRetentionHours,
          coldDays: own.coldDays ?? config.coldRetentionDays,
          rawDays: own.rawDays ?? config.rawRetentionDays
        }
      })
    const installation = yield* makeInstallation
    return handlers
      .handle("get", () =>
        Effect.gen(function* () {
          const { installation: administers, workspaceId, workspaceKey } = yield* CurrentIdentity
          return {
            version,
            node: process.version,
            time: yield* Clock.currentTimeMillis,
            workspace: { id: workspaceId, key: workspaceKey },
            limits: { ...limits, ...config.limits },
            retention: yield* retentionOf(workspaceKey),
            // K8: sizes and counts of an installation are sums over workspaces.
            installation: administers && workspaceKey === DEFAULT_WORKSPACE_KEY ? yield* installation : null
          }
        }).pipe(answering)
      )
      .handle("metrics", () =>
        Effect.gen(function* () {
          const { workspaceKey } = yield* CurrentIdentity
          if (workspaceKey !== DEFAULT_WORKSPACE_KEY) return yield* forbidden("this is for the default workspace only")
          return yield* PrometheusMetrics.format()
        }).pipe(answering)
      )
  })
)

const makeInstallation = Effect.gen(function* () {
  const { dataDir, historyDir } = yield* LuminaConfig
  const partitions = yield* Partitions
  const queries = yield* Queries
  const reader = yield* TierReader
  const { sizes } = yield* TierSizes
  const tiering = yield* Tiering
  return Effect.gen(function* () {
    const { durability, ...database } = yield* queries.database
    const { message, state } = yield* tiering.status
    const status = yield* partitions.status
    return {
      durability,
      database,
      disk: yield* Effect.orDie(diskOf(dataDir)),
      history: {
        state,
        message,
        folder: yield* folderOf(historyDir),
        tiers: yield* sizes,
        unreadable: yield* reader.unreadable
      },
      memory: { residentBytes: process.memoryUsage.rss() },
      series: status.reduce((sum, { series }) => sum + series, 0),
      partitions: status
    }
  })
})

const diskOf = (path: string) =>
  Effect.map(
    Effect.tryPromise(() => statfs(path)),
    ({ bavail, blocks, bsize }) => ({ path, freeBytes: bavail * bsize, totalBytes: blocks * bsize })
  )

/** A folder that is gone, or not mounted, is when one wants to see all else. */
const folderOf = (path: string) =>
  Effect.match(diskOf(path), {
    onSuccess: (disk) => ({ ...disk, reason: null }),
    onFailure: ({ cause }) => ({ path, freeBytes: null, totalBytes: null, reason: `cannot be read: ${codeOf(cause)}` })
  })

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? String(cause)

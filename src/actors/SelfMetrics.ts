/**
 * Lumina watches itself as it watches everything else: its troubles are points of the workspace `default`, which rules
 * turn into alerts of kind System, into incidents and to people. What stops points altogether stops these, too; that
 * shows at /readyz.
 */
import { hostname } from "node:os"
import { Clock, Effect, Layer, Schedule } from "effect"
import { LuminaConfig } from "../config.ts"
import { limits } from "../limits.ts"
import { dimensionKeyOf } from "../schema/Identity.ts"
import { DEFAULT_WORKSPACE_KEY } from "../schema/Workspace.ts"
import { Catalogue } from "../store/catalogue/Catalogue.ts"
import { TierReader } from "../store/history/TierReader.ts"
import { Tiering } from "./history/Tiering.ts"
import { Router } from "./router/Router.ts"

export const SelfMetrics = Layer.effectDiscard(
  Effect.gen(function* () {
    if ((yield* LuminaConfig).selfMetrics === "off") return
    const catalogue = yield* Catalogue
    const router = yield* Router
    const tiering = yield* Tiering
    const reader = yield* TierReader
    const dimensionKey = dimensionKeyOf({ host: hostname() })

    const readings = Effect.gen(function* () {
      const { state } = yield* tiering.status
      const unreadable = yield* reader.unreadable
      return {
        "lumina.history.disk_low": state === "diskLow" ? 1 : 0,
        "lumina.history.stopped": state === "stopped" ? 1 : 0,
        "lumina.history.unreadable_files": unreadable.length
      }
    })

    const push = Effect.gen(function* () {
      const workspace = (yield* catalogue.workspaces).find(({ key }) => key === DEFAULT_WORKSPACE_KEY)
      if (workspace === undefined) return
      const points = Object.entries(yield* readings)
      const batch = {
        count: points.length,
        partitions: new Uint16Array(points.length),
        series: new Uint32Array(points.length),
        timestamps: Float64Array.of(yield* Clock.currentTimeMillis),
        values: Float64Array.from(points, ([, value]) => value)
      }
      const metrics = points.map(([metric]) => metric)
      const refused = yield* router.resolve(
        workspace.number,
        metrics,
        metrics.map(() => dimensionKey),
        batch
      )
      // Of limits that are reached the workspace's own senders are told.
      if (refused.size === 0) yield* router.submit(batch, null)
    })

    yield* push.pipe(
      Effect.catchCause((cause) => Effect.logDebug("the hub's own metrics could not be pushed", cause)),
      Effect.repeat(Schedule.spaced(limits.selfMetricsMillis)),
      Effect.forkScoped
    )
  })
)

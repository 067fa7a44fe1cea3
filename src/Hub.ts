/** The hub as a graph of layers: read from below, each is built on what stands under it. */
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Effect, Layer, type Redacted } from "effect"
import { HttpRouter } from "effect/http"
import { ClusterLive } from "./actors/Cluster.ts"
import {
  CorrelationSweep,
  CorrelatorLive,
  CorrelatorsAwake,
  CorrelatorsLive
} from "./actors/correlator/CorrelatorLive.ts"
import { HistoryReader } from "./actors/history/HistoryReader.ts"
import { HistoryUpkeep } from "./actors/history/HistoryUpkeep.ts"
import { TieringLive } from "./actors/history/TieringLive.ts"
import { SeriesLimit } from "./actors/partition/LocalOperations.ts"
import { Maintenance, WorkspaceUpkeep } from "./actors/partition/Maintenance.ts"
import { NewSeriesLimit } from "./actors/partition/NewSeries.ts"
import { PartitionHostLive } from "./actors/partition/PartitionHost.ts"
import { PartitionLive, PartitionsAwake } from "./actors/partition/PartitionLive.ts"
import { PartitionsLive } from "./actors/partition/PartitionsLive.ts"
import { Reception } from "./actors/partition/Reception.ts"
import { Transitions } from "./actors/partition/Transitions.ts"
import { RouterLive } from "./actors/router/RouterLive.ts"
import { SelfMetrics } from "./actors/SelfMetrics.ts"
import { LuminaConfig } from "./config.ts"
import { isProxyOf } from "./http/access/Client.ts"
import { ApiLive } from "./http/api/Live.ts"
import { IngestBudget } from "./http/ingest/Budget.ts"
import { route as metricsRoute } from "./http/ingest/MetricsEndpoint.ts"
import { Push } from "./http/ingest/Push.ts"
import { Quota } from "./http/ingest/Quota.ts"
import { Receipts } from "./http/ingest/Receipts.ts"
import { Resolver } from "./http/ingest/Resolver.ts"
import { LiveFeed } from "./http/live/LiveFeed.ts"
import * as LiveServer from "./http/live/LiveServer.ts"
import * as NodeServer from "./http/NodeServer.ts"
import { ClockSkew } from "./http/stream/ClockSkew.ts"
import { DeclarationBudget } from "./http/stream/Declarations.ts"
import * as StreamServer from "./http/stream/StreamServer.ts"
import * as Web from "./http/web/Web.ts"
import * as Access from "./store/access/Access.ts"
import { AccessPg } from "./store/access/AccessPg.ts"
import { AuditPg } from "./store/catalogue/Audit.ts"
import { CataloguePg } from "./store/catalogue/CataloguePg.ts"
import { ensureDefaultWorkspace } from "./store/catalogue/Defaults.ts"
import { RemovedWorkspacesPg } from "./store/catalogue/RemovedWorkspaces.ts"
import { databaseUrl } from "./store/embedded/DatabaseUrl.ts"
import { FactsPg } from "./store/facts/FactsPg.ts"
import { IncidentsPg } from "./store/facts/IncidentsPg.ts"
import { TierPositionsPg } from "./store/history/TierPositions.ts"
import { TierReaderHub } from "./store/history/TierReaderLive.ts"
import { TierSizesPg } from "./store/history/TierSizes.ts"
import { TierWriterWorker } from "./store/history/TierWriterWorker.ts"
import { JournalPg } from "./store/JournalPg.ts"
import { LiveEventsPg } from "./store/LiveEventsPg.ts"
import { QueriesPg } from "./store/queries/QueriesPg.ts"
import { SnapshotsPg } from "./store/SnapshotsPg.ts"
import * as Sql from "./store/Sql.ts"

const Http = Layer.unwrap(
  Effect.map(LuminaConfig, ({ httpHost, httpPort, trustedProxies }) => {
    const server = NodeServer.layer({
      port: httpPort,
      isProxy: isProxyOf(trustedProxies),
      ...(httpHost._tag === "Some" && { host: httpHost.value })
    })
    const routes = Layer.mergeAll(ApiLive, metricsRoute, Web.layer())
    return Layer.mergeAll(HttpRouter.serve(routes, { disableLogger: true }), StreamServer.layer, LiveServer.layer).pipe(
      Layer.provide(LiveFeed.layer),
      Layer.provideMerge(server),
      Layer.provide(NodeHttpServer.layerHttpServices)
    )
  })
)

const Ingest = Push.layer.pipe(
  Layer.provideMerge(Layer.mergeAll(Receipts.layer, Quota.layer, Resolver.layer, IngestBudget.layer)),
  Layer.provideMerge(Layer.mergeAll(ClockSkew.layer, DeclarationBudget.layer))
)

const Actors = Layer.mergeAll(
  PartitionLive,
  PartitionsAwake,
  CorrelatorsAwake,
  CorrelationSweep,
  Maintenance,
  WorkspaceUpkeep,
  HistoryUpkeep,
  Reception,
  SelfMetrics
).pipe(
  Layer.provideMerge(HistoryReader.layer),
  Layer.provideMerge(Layer.mergeAll(RouterLive, PartitionsLive)),
  Layer.provideMerge(CorrelatorsLive),
  Layer.provideMerge(CorrelatorLive),
  Layer.provideMerge(ClusterLive),
  Layer.provideMerge(TieringLive),
  // Below the cluster: its entities hand their partitions over when the cluster stops, and need this to do so.
  Layer.provideMerge(PartitionHostLive),
  Layer.provide([
    Layer.effect(
      SeriesLimit,
      Effect.map(LuminaConfig, ({ limits }) => limits.seriesPerWorkspace)
    ),
    Layer.effect(
      NewSeriesLimit,
      Effect.map(LuminaConfig, ({ limits }) => limits.newSeriesPerMinutePerWorkspace)
    )
  ]),
  Layer.provideMerge(Transitions.layer)
)

/** A new installation has a workspace, with what a workspace starts with, before anything else looks for it. */
const FirstWorkspace = Layer.effectDiscard(ensureDefaultWorkspace)

const AccessLive = Layer.unwrap(Effect.map(LuminaConfig, ({ bootstrapToken }) => Access.layer({ bootstrapToken })))

const Stores = AccessLive.pipe(
  Layer.provideMerge(FirstWorkspace),
  Layer.provideMerge(
    Layer.mergeAll(
      JournalPg,
      SnapshotsPg,
      FactsPg,
      IncidentsPg,
      CataloguePg,
      AccessPg,
      QueriesPg,
      AuditPg,
      RemovedWorkspacesPg,
      LiveEventsPg,
      TierPositionsPg,
      TierSizesPg,
      TierReaderHub,
      TierWriterWorker
    )
  )
)

const Database = Layer.unwrap(Effect.map(databaseUrl, (url: Redacted.Redacted) => Sql.layer(url)))

export const Hub = Http.pipe(
  Layer.provideMerge(Ingest),
  Layer.provideMerge(Actors),
  Layer.provideMerge(Stores),
  Layer.provideMerge(Database)
)

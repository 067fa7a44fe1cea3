/**
 * Effect Cluster as Lumina uses it: which node owns which partition and correlator. One hub is a cluster of one.
 *
 * Messages between nodes are volatile: what must not be lost is in the journal. Ownership is held by advisory locks in
 * Postgres (a connection of its own, no pooler in between); what keeps a node that lost it from writing is the epoch.
 * The port between nodes has no authentication: LUMINA_CLUSTER_HOST must only be reachable by the other hubs.
 */

import { createServer } from "node:net"
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import { Effect, Layer, Option } from "effect"
import { MessageStorage, RunnerAddress, ShardingConfig, SqlRunnerStorage } from "effect/cluster"
import { LuminaConfig } from "../config.ts"
import { PARTITIONS } from "../limits.ts"

export const ClusterLive = Layer.unwrap(
  Effect.gen(function* () {
    const { clusterHost, clusterPort } = yield* LuminaConfig
    const port = Option.isSome(clusterPort) ? clusterPort.value : yield* freePort(clusterHost)
    const address = Option.some(RunnerAddress.make(clusterHost, port))
    const shardingConfig = {
      runnerAddress: address,
      runnerListenAddress: address,
      shardsPerGroup: PARTITIONS,
      // A dead node's partitions must answer elsewhere within 5 s; the defaults take half a minute.
      shardLockRefreshInterval: "1300 millis",
      shardLockExpiration: "4 seconds",
      refreshAssignmentsInterval: "500 millis",
      runnerHealthCheckInterval: "1 second",
      entityTerminationTimeout: "5 seconds",
      // What is sent here is not encoded; what goes to another node is, by the same schemas.
      simulateRemoteSerialization: false,
      // A partition never rests; a correlator does.
      entityMaxIdleTime: "1 minute",
      maxResidentEntities: 100_000
    } as const
    const runners = Layer.orDie(SqlRunnerStorage.layer).pipe(Layer.provide(ShardingConfig.layer(shardingConfig)))
    return NodeClusterSocket.layer({ storage: "byo", shardingConfig }).pipe(
      Layer.provide([MessageStorage.layerNoop, runners])
    )
  })
)

/** A port that was free a moment ago: the cluster has to tell it to others before it listens. */
const freePort = (host: string) =>
  Effect.callback<number>((resume) => {
    const server = createServer()
    server.once("error", (error) => resume(Effect.die(error)))
    server.listen(0, host, () => {
      const address = server.address()
      server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
    })
  })

/**
 * Effect Cluster as Lumina uses it: which node owns which partition and correlator. One hub is a cluster of one.
 *
 * Messages between nodes are volatile: what must not be lost is in the journal. Ownership is held by advisory locks in
 * Postgres (a connection of its own, no pooler in between); what keeps a node that lost it from writing is the epoch.
 * The port between nodes has no authentication: LUMINA_CLUSTER_HOST must only be reachable by the other hubs.
 */

import { createServer } from "node:net"
import * as NodeClusterSocket from "@effect/platform-node/NodeClusterSocket"
import { Effect, FileSystem, Layer, Logger, Option } from "effect"
import { MessageStorage, RunnerAddress, ShardingConfig, SqlRunnerStorage } from "effect/cluster"
import { LuminaConfig } from "../config.ts"
import { limits, PARTITIONS } from "../limits.ts"

export const ClusterLive = Layer.unwrap(
  Effect.gen(function* () {
    const { clusterHost, clusterPort, dataDir } = yield* LuminaConfig
    const port = Option.isSome(clusterPort) ? clusterPort.value : yield* keptPort(clusterHost, dataDir)
    const address = Option.some(RunnerAddress.make(clusterHost, port))
    const shardingConfig = {
      runnerAddress: address,
      runnerListenAddress: address,
      shardsPerGroup: PARTITIONS,
      // The defaults would take half a minute to move a dead node's partitions.
      shardLockRefreshInterval: limits.shardLockRefreshMillis,
      shardLockExpiration: limits.shardLockExpirationMillis,
      refreshAssignmentsInterval: "500 millis",
      runnerHealthCheckInterval: "1 second",
      entityTerminationTimeout: limits.entityTerminationMillis,
      // What is sent here is not encoded; what goes to another node is, by the same schemas.
      simulateRemoteSerialization: false,
      // A partition never rests; a correlator does.
      entityMaxIdleTime: "1 minute",
      maxResidentEntities: limits.residentEntities
    } as const
    const runners = Layer.orDie(SqlRunnerStorage.layer).pipe(Layer.provide(ShardingConfig.layer(shardingConfig)))
    return NodeClusterSocket.layer({ storage: "byo", shardingConfig }).pipe(
      Layer.provide([MessageStorage.layerNoop, runners, Layer.effect(Logger.CurrentLoggers, loggersOfCluster)])
    )
  })
)

/**
 * Without the warning that no runner is healthy: the last hub to stop would give it again and again, since it takes
 * itself off the list before it hands its partitions over. In trouble other lines say what is wrong.
 */
const loggersOfCluster = Effect.map(
  Logger.CurrentLoggers,
  (loggers) =>
    new Set(
      Array.from(loggers, (logger) =>
        Logger.make<unknown, void>((line) => {
          if (!String(line.message).startsWith("No healthy runners available")) logger.log(line)
        })
      )
    )
)

/**
 * A free port, the same as last time if it can be: a hub that comes back at its address is the same runner to the
 * cluster, and gets its shards at once. At a new one it would wait until the old one is found dead.
 */
const keptPort = Effect.fnUntraced(function* (host: string, dataDir: string) {
  const fs = yield* FileSystem.FileSystem
  const file = `${dataDir}/cluster-port`
  const last = yield* Effect.orElseSucceed(fs.readFileString(file), () => "")
  const port = yield* freePort(host, Number(last) || 0).pipe(Effect.catch(() => Effect.orDie(freePort(host, 0))))
  yield* Effect.ignore(fs.writeFileString(file, `${port}\n`))
  return port
})

/** A port that is free at this moment: the cluster has to tell it to others before it listens. */
const freePort = (host: string, wanted: number) =>
  Effect.callback<number, Error>((resume) => {
    const server = createServer()
    server.once("error", (error) => resume(Effect.fail(error)))
    server.listen(wanted, host, () => {
      const address = server.address()
      server.close(() => resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0)))
    })
  })

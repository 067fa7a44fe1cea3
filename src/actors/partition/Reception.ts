/** Which metrics have been receiving points (M1). What nobody has defined becomes a Draft by it. */
import { Clock, Effect, Layer } from "effect"
import { Catalogue } from "../../store/catalogue/Catalogue.ts"
import type { LocalPartition } from "./LocalPartition.ts"
import { PartitionHost } from "./PartitionHost.ts"

/** Looked for now and then, beside the way of a point: nothing is decided by it. */
const INTERVAL = "5 seconds"

export const Reception = Layer.effectDiscard(
  Effect.gen(function* () {
    const catalogue = yield* Catalogue
    const { partitions } = yield* PartitionHost
    /** Newest timestamps when a partition was last looked at; they go with it. */
    const seen = new WeakMap<LocalPartition, Float64Array>()

    const look = Effect.gen(function* () {
      const received = new Map<number, Set<string>>()
      for (const partition of partitions.all()) {
        for (const { key, workspaceNumber } of movedMetrics(partition, seen)) {
          received.set(workspaceNumber, (received.get(workspaceNumber) ?? new Set()).add(key))
        }
        yield* Effect.yieldNow
      }
      const now = yield* Clock.currentTimeMillis
      for (const [workspaceNumber, metrics] of received) {
        yield* catalogue.received(workspaceNumber, [...metrics], now)
      }
    })
    yield* look.pipe(
      Effect.catchCause((cause) => Effect.logWarning("reception of metrics not noted; it is tried again", cause)),
      Effect.andThen(Effect.sleep(INTERVAL)),
      Effect.forever,
      Effect.forkScoped
    )
  })
)

/** Metrics of series that have a newer point than at the last look. */
const movedMetrics = (partition: LocalPartition, seen: WeakMap<LocalPartition, Float64Array>) => {
  const { catalogue, columns, declared } = partition.state
  const before = seen.get(partition) ?? new Float64Array()
  const moved = new Set<number>()
  for (let series = 0; series < declared; series++) {
    if (columns.newest[series] !== before[series] && columns.newest[series] !== Number.NEGATIVE_INFINITY) {
      moved.add(columns.metric[series]!)
    }
  }
  if (moved.size > 0) seen.set(partition, columns.newest.slice(0, declared))
  return [...moved].map((metric) => catalogue.metricAt(metric))
}

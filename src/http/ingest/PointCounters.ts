/** What became of points, for /metrics. The partitions count; this reads them when somebody asks. */
import { Effect, Layer, Metric, Schedule } from "effect"
import type { PointTotals } from "../../actors/partition/LocalPartition.ts"
import { Partitions } from "../../actors/partition/Partitions.ts"

const DESCRIPTIONS: { readonly [K in keyof PointTotals]: string } = {
  evaluated: "Points judged by this node's partitions, as long as they exist",
  late: "Points not newer than the newest of their series, which are not judged",
  duplicate: "Of the late ones, those of a timestamp and value that were held already",
  conflicting: "Of the late ones, those of another value than was held for their timestamp"
}
const NAMES = Object.keys(DESCRIPTIONS) as ReadonlyArray<keyof PointTotals>

/**
 * Counters go on where they were before a restart, so they are shown when every partition is back: a sum of some would
 * look like a counter that fell and rose by all there ever was.
 */
export const PointCounters = Layer.effectDiscard(
  Effect.gen(function* () {
    const partitions = yield* Partitions
    yield* partitions.readiness.pipe(
      Effect.repeat({
        until: ({ owned, ready }) => owned > 0 && ready === owned,
        schedule: Schedule.spaced("100 millis")
      }),
      Effect.andThen(Effect.forEach(NAMES, (name) => shown(name, () => partitions.totals()[name]))),
      Effect.andThen(Effect.never),
      Effect.scoped,
      Effect.forkScoped
    )
  })
)

/** A counter that is read, until the scope closes. */
const shown = (name: keyof PointTotals, read: () => number) =>
  Effect.acquireRelease(
    Effect.map(Effect.context<never>(), (context) => {
      const counter = Metric.counter(`lumina_points_${name}_total`, {
        description: DESCRIPTIONS[name],
        incremental: true
      })
      const get = () => ({ count: read(), incremental: true })
      return Metric.registerUnsafe(counter, context, { get, update: () => {}, modify: () => {} })
    }),
    (registration) => Effect.sync(() => registration.remove())
  )

import { Context, Effect, Layer } from "effect"
import { Unavailable } from "../../actors/partition/Partitions.ts"
import { type Places, type Refusal, Router } from "../../actors/router/Router.ts"
import { limits } from "../../limits.ts"
import { dimensionKeyOf, type Labels } from "../../schema/Identity.ts"
import { PlaceCache, packPlace, partitionOfPlace, seriesOfPlace } from "./PlaceCache.ts"

/** The series of each row of a batch, by name. */
export interface NamedSeries {
  readonly workspaceNumber: number
  readonly metrics: ReadonlyArray<string>
  readonly labels: ReadonlyArray<Labels>
}

/** Row i lives at (`partitions[i]`, `series[i]`), unless it is refused. */
export interface ResolvedSeries extends Places {
  readonly refused: ReadonlyMap<number, Refusal>
}

/** Places of points that name their series each time, as those of requests do. */
export class Resolver extends Context.Service<
  Resolver,
  {
    /** The places are good until the caller waits for something else. */
    readonly resolve: (named: NamedSeries) => Effect.Effect<ResolvedSeries, Unavailable>
  }
>()("lumina/http/ingest/Resolver") {
  static readonly layer = Layer.effect(
    Resolver,
    Effect.gen(function* () {
      const router = yield* Router
      const cache = new PlaceCache()

      const resolve = Effect.fnUntraced(function* (named: NamedSeries) {
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          const generation = router.generation()
          const version = router.catalogueVersion()
          cache.align(generation, version)
          const { length } = named.metrics
          const places = { partitions: new Uint16Array(length), series: new Uint32Array(length) }
          const unknown = findKnown(cache, named, places)
          if (unknown.length === 0) return { ...places, refused: none }
          const refused = yield* resolveUnknown(router, named, places, unknown)
          // While it was waited for, a partition may have been lost, and places with it.
          if (router.generation() !== generation) continue
          if (router.catalogueVersion() === version) {
            for (const row of unknown) if (!refused.has(row)) remember(cache, named, places, row)
          }
          return { ...places, refused }
        }
        return yield* placesLost
      })
      return Resolver.of({ resolve })
    })
  )
}

const ATTEMPTS = 3
const none: ReadonlyMap<number, Refusal> = new Map()
const placesLost = new Unavailable({ message: "partitions are moving", retryAfterMillis: limits.retryAfterMillis })

/** Writes the places that the cache has; answers the rows that it has not. */
const findKnown = (cache: PlaceCache, named: NamedSeries, { partitions, series }: Places): ReadonlyArray<number> => {
  const unknown: Array<number> = []
  for (let row = 0; row < named.metrics.length; row++) {
    const place = cache.get(named.workspaceNumber, named.metrics[row]!, named.labels[row]!)
    if (place === undefined) unknown.push(row)
    else {
      partitions[row] = partitionOfPlace(place)
      series[row] = seriesOfPlace(place)
    }
  }
  return unknown
}

const resolveUnknown = (
  router: Router["Service"],
  { workspaceNumber, metrics, labels }: NamedSeries,
  { partitions, series }: Places,
  unknown: ReadonlyArray<number>
): Effect.Effect<ReadonlyMap<number, Refusal>, Unavailable> => {
  const found = { partitions: new Uint16Array(unknown.length), series: new Uint32Array(unknown.length) }
  const unknownMetrics = unknown.map((row) => metrics[row]!)
  const dimensionKeys = unknown.map((row) => dimensionKeyOf(labels[row]!))
  return Effect.map(router.resolve(workspaceNumber, unknownMetrics, dimensionKeys, found), (refusals) => {
    for (const [i, row] of unknown.entries()) {
      partitions[row] = found.partitions[i]!
      series[row] = found.series[i]!
    }
    return new Map(Array.from(refusals, ([i, refusal]) => [unknown[i]!, refusal]))
  })
}

const remember = (cache: PlaceCache, named: NamedSeries, { partitions, series }: Places, row: number): void => {
  const { workspaceNumber, metrics, labels } = named
  cache.set(workspaceNumber, metrics[row]!, labels[row]!, packPlace(partitions[row]!, series[row]!))
}

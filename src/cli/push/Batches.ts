import { Effect, Schedule, Sink, Stream } from "effect"
import { limits } from "../../limits.ts"
import { LONGEST_LINE, type Point } from "./Item.ts"

export const DEFAULT_BATCH_POINTS = 5_000
export const MOST_BATCH_POINTS = Math.min(limits.pointsPerRequest, limits.pointsPerFrame)

/**
 * Characters of a batch. As JSON a character takes at most 6 bytes, so that a full batch and the longest row on top of
 * it, with its header, are below the 8 MiB of a request.
 */
const BATCH_CHARACTERS = 1024 * 1024 - 2 * LONGEST_LINE

/** Points that came through a pipe and do not fill a batch go after this time. */
const LINGER = "1 second"

/** The points in their order, in batches of at most `mostPoints` that a request and a frame can hold. */
export const batches =
  (mostPoints: number) =>
  <E, R>(points: Stream.Stream<Point, E, R>): Stream.Stream<ReadonlyArray<Point>, E, R> =>
    points.pipe(
      Stream.aggregateWithin(
        Sink.fold(
          () => ({ points: [] as Array<Point>, characters: 0 }),
          ({ points, characters }) => points.length < mostPoints && characters < BATCH_CHARACTERS,
          (batch, point: Point) => {
            batch.points.push(point)
            batch.characters += charactersOf(point)
            return Effect.succeed(batch)
          }
        ),
        Schedule.spaced(LINGER)
      ),
      Stream.map(({ points }) => points),
      Stream.filter((points) => points.length > 0)
    )

/** Metric, labels, and room for the rest of a point. */
const charactersOf = ({ metric, labels }: Point): number => {
  let characters = 100 + metric.length
  for (const [name, value] of Object.entries(labels)) characters += 6 + name.length + value.length
  return characters
}

/**
 * Partitions and tiers in memory, as HistoryReader asks them: points are evaluated, then moved, then dropped; the RAM
 * tier is the real one. And what an answer should be, said plainly.
 */
import { Effect, Latch } from "effect"
import { readRaw } from "../../../src/actors/partition/LocalOperations.ts"
import { LocalPartition } from "../../../src/actors/partition/LocalPartition.ts"
import type { Partitions } from "../../../src/actors/partition/Partitions.ts"
import { RawHistory } from "../../../src/actors/partition/RawHistory.ts"
import { PartitionState } from "../../../src/actors/partition/State.ts"
import {
  addUp,
  bucketStart,
  FIVE_MINUTES_MILLIS,
  MINUTE_MILLIS,
  type RollupColumns,
  rollUp
} from "../../../src/store/history/Rollups.ts"
import type { Gap, TierPlace, TierReader, TierRows } from "../../../src/store/history/TierReader.ts"
import { type Point, sortedPoints } from "../../store/history/points.ts"

interface MovedPoint {
  readonly point: Point
  readonly arrivalMillis: number
}

/** One partition, number 0, and its tiers. */
export class ModelTiers {
  readonly partition = new LocalPartition(0, 1, new PartitionState(0), new RawHistory())
  /** Points that count: the first of a series and timestamp. */
  readonly accepted: Array<Point> = []
  readonly hot: Array<MovedPoint> = []
  readonly cold: Array<MovedPoint> = []
  /** From when on the hot tier has everything. */
  hotFrom = Number.NEGATIVE_INFINITY
  gaps: ReadonlyArray<Gap> = []
  moves = 0
  /** Closed: moves take long. */
  readonly moving = Latch.makeUnsafe(true)
  moveFails: string | null = null
  #waiting: Array<MovedPoint> = []
  #seq = 0
  readonly #names = new Set<string>()

  /** A point is journalled and evaluated. */
  push(point: Point, arrivalMillis: number): void {
    const [series, timestamp, value] = point
    this.partition.raw.append(series, timestamp, value)
    this.partition.untiered.add(++this.#seq, timestamp)
    const name = `${series} ${timestamp}`
    if (this.#names.has(name)) return
    this.#names.add(name)
    this.accepted.push(point)
    this.#waiting.push({ point, arrivalMillis })
  }

  move(): void {
    this.hot.push(...this.#waiting)
    this.cold.push(...this.#waiting)
    this.#waiting = []
    this.partition.untiered.moved(this.#seq)
  }

  /** The hot tier drops what arrived before. */
  drop(beforeMillis: number): void {
    const kept = this.hot.filter(({ arrivalMillis }) => arrivalMillis >= beforeMillis)
    this.hot.splice(0, this.hot.length, ...kept)
    // Nothing may be 5 min ahead of its arrival.
    this.hotFrom = Math.max(this.hotFrom, beforeMillis + FIVE_MINUTES_MILLIS)
  }

  get partitions(): Partitions["Service"] {
    return {
      readRaw: (places, to) =>
        Effect.sync(() => places.map(({ from, series }) => readRaw(this.partition, series, from, to))),
      moveNow: () =>
        Effect.map(
          Effect.andThen(
            Effect.sync(() => this.moves++),
            this.moving.await
          ),
          () => {
            if (this.moveFails !== null) return new Map([[0, this.moveFails]])
            this.move()
            return new Map()
          }
        )
    } as Partial<Partitions["Service"]> as Partitions["Service"]
  }

  get reader(): TierReader["Service"] {
    return {
      minutesFrom: Effect.sync(() => this.hotFrom),
      minutes: (places) =>
        Effect.sync(() => ({
          completeFrom: this.hotFrom,
          series: places.map((place) => this.#rows(this.hot, place, MINUTE_MILLIS, []))
        })),
      oldest: () =>
        Effect.sync(() => (this.cold.length === 0 ? null : Math.min(...this.cold.map(({ point }) => point[1])))),
      unreadable: Effect.succeed([]),
      fiveMinutes: (_, places, width) =>
        Effect.sync(() =>
          places.map((place) => {
            const { gaps, rows } = this.#rows(this.cold, place, FIVE_MINUTES_MILLIS, this.gaps)
            return { gaps, rows: addUp([rows], width) }
          })
        )
    }
  }

  #rows(points: ReadonlyArray<MovedPoint>, place: TierPlace, width: number, gaps: ReadonlyArray<Gap>): TierRows {
    const isGap = (start: number) => gaps.some(({ fromMillis, toMillis }) => start >= fromMillis && start < toMillis)
    const own = points
      .map(({ point }) => point)
      .filter(([series, timestamp]) => {
        const start = bucketStart(timestamp, width)
        return series === place.series && start >= place.fromMillis && start < place.toMillis && !isGap(start)
      })
    return { rows: rollUp(sortedPoints(own), width), gaps }
  }
}

/** Buckets of one series' points: start, min, max, sum, count. Values have three decimals at most. */
export const modelBuckets = (points: ReadonlyArray<Point>, width: number) =>
  [...Map.groupBy(points, ([, timestamp]) => bucketStart(timestamp, width))]
    .map(([start, some]) => {
      const values = some.map(([, , value]) => value)
      const sum = values.reduce((total, value) => total + Math.round(value * 1_000), 0) / 1_000
      return [start, Math.min(...values), Math.max(...values), sum, values.length] as const
    })
    .sort(([a], [b]) => a - b)

export const bucketRows = (rows: RollupColumns) =>
  Array.from(
    { length: rows.count },
    (_, i) => [rows.starts[i]!, rows.mins[i]!, rows.maxs[i]!, rows.sums[i]!, rows.counts[i]!] as const
  )

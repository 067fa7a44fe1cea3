/**
 * Lives of a partition: what is sent, in any cuts, by writers that crash anywhere; and what must be in the tiers then.
 */
import { PgClient } from "@effect/sql-pg"
import { assert } from "@effect/vitest"
import { Cause, Effect, Exit } from "effect"
import { compactBlocks } from "../../../src/store/history/BlockCompaction.ts"
import { FIVE_MINUTES_MILLIS, MINUTE_MILLIS } from "../../../src/store/history/Rollups.ts"
import { type TierFaultPoint, TierFaults } from "../../../src/store/history/TierFaults.ts"
import { TierWriter } from "../../../src/store/history/TierWriter.ts"
import { modelRows, type Point, type Row } from "./points.ts"
import { ageFiles, ageHotTables, coldRows, hotRows, Partition, rawPoints } from "./tiers.ts"

/** The writer is gone when it comes to this place for the n-th time. */
export interface CrashPoint {
  readonly point: TierFaultPoint
  readonly occurrence: number
}

export type Step =
  | { readonly _tag: "Push"; readonly points: ReadonlyArray<Point>; readonly arrivalMillis: number }
  | { readonly _tag: "Move" | "Compact" | "CompactBlocks"; readonly crash: CrashPoint | null }
  /** Another node takes the partition. */
  | { readonly _tag: "Claim" }

/** A partition with three series that no other life has. */
export const newPartition = Effect.gen(function* () {
  const partition = new Partition(++partitions)
  yield* partition.claim
  yield* partition.declare(["a", "b", "c"].map((host) => ({ workspaceNumber: 1, metric: "cpu", labels: { host } })))
  return partition
})

let partitions = 0

/** Lives the steps, and moves what is left. Answers how many of the crashes were met. */
export const live = Effect.fnUntraced(function* (partition: Partition, steps: ReadonlyArray<Step>) {
  const writer = yield* TierWriter
  let met = 0
  for (const step of steps) {
    switch (step._tag) {
      case "Push":
        yield* partition.push(step.points, step.arrivalMillis)
        break
      case "Move":
        met += yield* crashing(step.crash, partition.move)
        break
      case "Compact":
        yield* ageFiles(2)
        met += yield* crashing(step.crash, writer.compact)
        break
      case "CompactBlocks":
        yield* ageHotTables
        met += yield* crashing(step.crash, compactBlocks)
        break
      case "Claim":
        yield* partition.claim
        break
    }
  }
  yield* partition.move
  return met
})

/** Every tier has exactly what was sent, one value for each timestamp: the first. */
export const tiersHave = Effect.fnUntraced(function* (partition: Partition, steps: ReadonlyArray<Step>) {
  const expected = firstOf(steps.flatMap((step) => (step._tag === "Push" ? step.points : [])))
  const sql = yield* PgClient.PgClient
  const [position] = yield* sql<{ seq: bigint }>`SELECT seq FROM tier_position WHERE partition_id = ${partition.id}`
  assert.strictEqual(Number(position!.seq), partition.seq, "all was moved")
  assert.deepStrictEqual(ofPartition(yield* rawPoints, partition), expected, "raw points")
  assert.deepStrictEqual(ofPartition(yield* hotRows, partition), modelRows(expected, MINUTE_MILLIS), "one-minute rows")
  const cold = modelRows(expected, FIVE_MINUTES_MILLIS)
  assert.deepStrictEqual(ofPartition(yield* coldRows, partition).map(rounded), cold, "five-minute rows")
})

class Crash extends Error {}

const crashing = <A, E, R>(crash: CrashPoint | null, work: Effect.Effect<A, E, R>) => {
  let left = crash?.occurrence ?? 0
  const fault = (point: TierFaultPoint) =>
    Effect.suspend(() => (point === crash?.point && --left === 0 ? Effect.die(new Crash()) : Effect.void))
  return Effect.flatMap(Effect.exit(Effect.provideService(work, TierFaults, fault)), (exit) => {
    if (Exit.isSuccess(exit)) return Effect.succeed(0)
    return Cause.squash(exit.cause) instanceof Crash ? Effect.succeed(1) : Effect.failCause(exit.cause)
  })
}

const firstOf = (sent: ReadonlyArray<Point>): ReadonlyArray<Point> => {
  const first = new Map<string, Point>()
  for (const point of sent) {
    const key = `${point[0]} ${point[1]}`
    if (!first.has(key)) first.set(key, point)
  }
  return [...first.values()].toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
}

const ofPartition = <A extends ReadonlyArray<number>>(
  rows: ReadonlyArray<readonly [number, ...A]>,
  { id }: Partition
): ReadonlyArray<A> => rows.filter(([partition]) => partition === id).map(([, ...row]): A => row)

/** Sums of DuckDB are rounded otherwise than those of decimals. */
const rounded = (row: Row): Row => {
  const [series, start, min, max, sum, ...rest] = row
  return [series, start, min, max, Math.round(sum * 1_000) / 1_000, ...rest]
}

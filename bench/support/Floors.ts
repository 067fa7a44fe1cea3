/**
 * What parts of the way of a point take alone, in this run and on this machine: a figure is a share of them. Decoding
 * and evaluation run in this process, on the very frames and records of the run, while the hub has nothing to do.
 */

import type { PgClient } from "@effect/sql-pg"
import { Effect, Layer, Redacted } from "effect"
import { foldRecord } from "../../src/actors/partition/Evaluation.ts"
import { RawHistory } from "../../src/actors/partition/RawHistory.ts"
import { readEntries } from "../../src/actors/partition/Record.ts"
import { type DecidedFacts, PartitionState } from "../../src/actors/partition/State.ts"
import { decodeClientMessage, encodeFrame } from "../../src/http/stream/Codec.ts"
import { Journal, type Receipt } from "../../src/store/Journal.ts"
import { JournalPg } from "../../src/store/JournalPg.ts"
import * as Sql from "../../src/store/Sql.ts"
import { Generator } from "../load/Generator.ts"
import type { LoadPlan } from "../load/Plan.ts"
import { BenchFailed } from "./BenchFailed.ts"
import { asFailure, type JournalledCommit } from "./Database.ts"

/** Points to take from the run: 100 MB of records. */
export const FLOOR_POINTS = 5_000_000
const FRAMES = 64
const DECODE_MILLIS = 2_000
const FOLDS = 3
const COMMITS_MILLIS = 3_000

/** Points per second through the codec alone, from a frame's bytes to its columns. */
export const decodeFloor = (plan: LoadPlan): number => {
  const generator = new Generator(plan)
  const frames = Array.from({ length: FRAMES }, (_, step) => {
    const { count, firstSeries, timestamp, values } = generator.batch(step % generator.slots, step)
    const series = Uint32Array.from({ length: count }, (_, i) => firstSeries + i)
    const timestamps = new Float64Array(count).fill(timestamp)
    // As a socket hands it out: a buffer at any place of a larger one.
    return Buffer.from(encodeFrame({ type: "frame", sequence: step + 1, series, timestamps, values }))
  })
  let points = 0
  const start = performance.now()
  while (performance.now() - start < DECODE_MILLIS) {
    for (const frame of frames) {
      const message = decodeClientMessage(frame)
      if ("series" in message) points += message.series.length
    }
  }
  return perSecond(points, performance.now() - start)
}

/** Points per second through evaluation alone, RAM tier included: the run's records, folded by the hub's own fold. */
export const loopFloor = (commits: ReadonlyArray<JournalledCommit>): number => {
  const rates = Array.from({ length: FOLDS }, () => {
    const partitions = new Map<number, { readonly state: PartitionState; readonly raw: RawHistory }>()
    let points = 0
    let millis = 0
    for (const commit of commits) {
      const start = performance.now()
      let isSteady = true
      for (const { partition, seq, record } of commit.slices) {
        const known = partitions.get(partition) ?? { state: new PartitionState(partition), raw: new RawHistory() }
        partitions.set(partition, known)
        const facts: DecidedFacts = { series: [], detection: [] }
        foldRecord(known.state, known.raw, seq, readEntries(record), facts)
        isSteady &&= facts.series.length === 0
      }
      // Declaring series is no part of the steady state.
      if (!isSteady) continue
      points += commit.points
      millis += performance.now() - start
    }
    return perSecond(points, millis)
  })
  return Math.max(...rates)
}

/**
 * Points per second into the journal alone: the run's commits once more, one after the other, with a receipt for each
 * frame, into another database of the same server.
 */
export const commitFloor = Effect.fnUntraced(
  function* (sql: PgClient.PgClient, url: Redacted.Redacted, commits: ReadonlyArray<JournalledCommit>) {
    const database = new URL(Redacted.value(url))
    database.pathname = "/floor"
    yield* Effect.acquireRelease(sql`CREATE DATABASE floor`, () => Effect.ignore(sql`DROP DATABASE floor WITH (FORCE)`))
    return yield* Effect.scoped(
      append(commits).pipe(Effect.provide(JournalPg.pipe(Layer.provideMerge(Sql.layer(Redacted.make(database.href))))))
    )
  },
  Effect.scoped,
  Effect.mapError((error) => (error instanceof BenchFailed ? error : asFailure(error)))
)

const append = Effect.fnUntraced(function* (commits: ReadonlyArray<JournalledCommit>) {
  const journal = yield* Journal
  const partitions = new Set(commits.flatMap(({ slices }) => slices.map(({ partition }) => partition)))
  const epochs = new Map<number, number>()
  for (const partition of partitions) epochs.set(partition, (yield* journal.claim(partition)).epoch)
  const steady = commits.filter(({ points }) => points > 0)
  let points = 0
  let sequence = 0n
  let seq = 0
  const start = performance.now()
  while (steady.length > 0 && performance.now() - start < COMMITS_MILLIS) {
    for (const commit of steady) {
      seq++
      const slices = commit.slices.map(({ partition, record }) => ({
        partition,
        epoch: epochs.get(partition) ?? 0,
        seq,
        record
      }))
      const receipts = Array.from({ length: Math.ceil(commit.points / 1_000) }, (): Receipt => {
        return { sender: 1n, sequence: ++sequence, bodyHash: sequence, accepted: 1_000, rejected: null }
      })
      yield* journal.append(slices, receipts)
      points += commit.points
    }
  }
  return perSecond(points, performance.now() - start)
})

const perSecond = (points: number, millis: number): number => (points * 1_000) / millis

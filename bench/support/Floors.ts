/**
 * What parts of the way of a point take alone, in this run and on this machine: a figure is a share of them. They run
 * in this process, on the very frames, bodies and records of the run, while the hub has nothing to do.
 */
import { foldRecord } from "../../src/actors/partition/Evaluation.ts"
import { RawHistory } from "../../src/actors/partition/RawHistory.ts"
import { readEntries } from "../../src/actors/partition/Record.ts"
import { Registry, seriesKeyBytes, seriesKeyHash } from "../../src/actors/partition/Registry.ts"
import { type DecidedFacts, PartitionState } from "../../src/actors/partition/State.ts"
import { decodeClientMessage, encodeFrame } from "../../src/http/stream/Codec.ts"
import { dimensionKeyOf } from "../../src/schema/Identity.ts"
import { parsePoints } from "../../src/schema/PointBatch.ts"
import { Generator, now } from "../load/Generator.ts"
import { bodyOf } from "../load/Json.ts"
import type { LoadPlan } from "../load/Plan.ts"
import type { JournalledCommit } from "./Database.ts"

/** Points to take from the run: 100 MB of records. */
export const FLOOR_POINTS = 5_000_000
const BATCHES = 64
const FLOOR_MILLIS = 2_000
const FOLDS = 3

/** Points per second through the codec alone, from a frame's bytes to its columns. */
export const decodeFloor = (plan: LoadPlan): number => {
  const generator = new Generator(plan)
  const frames = Array.from({ length: BATCHES }, (_, step) => {
    const { count, firstSeries, timestamp, values } = generator.batch(step % generator.slots, step)
    const series = Uint32Array.from({ length: count }, (_, i) => firstSeries + i)
    const timestamps = Float64Array.of(timestamp)
    // As a socket hands it out: a buffer at any place of a larger one.
    return Buffer.from(encodeFrame({ type: "frame", sequence: step + 1, series, timestamps, values }))
  })
  return repeat(() => {
    let points = 0
    for (const frame of frames) {
      const message = decodeClientMessage(frame)
      if ("timestamps" in message) points += message.series.length
    }
    return points
  })
}

/** Points per second from a body's bytes to series known by their place, each step done once and nothing else. */
export const parseAndResolveFloor = (plan: LoadPlan): number => {
  const generator = new Generator(plan)
  const registry = new Registry()
  const bodies = Array.from({ length: BATCHES }, (_, step) => bodyOf(generator.batch(step % generator.slots, step)))
  const resolve = (body: Buffer): number => {
    const batch = parsePoints(JSON.parse(body.toString()), now())
    if (batch._tag === "NoPointBatch") return 0
    const { labels, metrics } = batch
    for (let row = 0; row < metrics.length; row++) {
      const key = seriesKeyBytes(1, metrics[row]!, dimensionKeyOf(labels[row]!))
      const hash = seriesKeyHash(key)
      if (registry.find(key, hash) < 0) registry.add(key, hash)
    }
    return metrics.length
  }
  return repeat(() => bodies.reduce((points, body) => points + resolve(body), 0))
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
    return (points * 1_000) / millis
  })
  return Math.max(...rates)
}

/** Points per second of `round`, which answers how many points it took. The first rounds are practice. */
const repeat = (round: () => number): number => {
  const rateOf = (millis: number): number => {
    let points = 0
    const start = performance.now()
    while (performance.now() - start < millis) points += round()
    return (points * 1_000) / (performance.now() - start)
  }
  rateOf(FLOOR_MILLIS / 4)
  return rateOf(FLOOR_MILLIS)
}

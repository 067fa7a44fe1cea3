import { assert, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { RawHistory, type RawHistoryOptions, RawOutcome } from "../../../src/actors/partition/RawHistory.ts"
import { decodeRawHistory, encodeRawHistory } from "../../../src/actors/partition/RawHistorySnapshot.ts"
import { columnsOf } from "./fixtures.ts"
import { assertSamePoints, Compared, pointsOf } from "./RawHistoryModel.ts"

const EPOCH = 1_700_000_000_000
const OPTIONS: RawHistoryOptions = { retentionMillis: 900_000, maxPointsPerSeries: 200 }

/** A run of points of one series. `seed` draws what the kinds leave open. */
const Run = Schema.Struct({
  local: Schema.Literals([0, 1, 5]),
  times: Schema.Literals(["in step", "jitter", "dense", "gaps", "late", "late ties", "edge", "repeat"]),
  values: Schema.Literals(["constant", "integers", "decimals", "walk", "doubles", "large", "mixed", "precise"]),
  count: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 80 })),
  seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 31 - 1 }))
})
type Run = typeof Run.Type
const Runs = Arbitrary.array(Arbitrary.schema(Run), { maxLength: 25 })

const ODD = [
  0,
  -0,
  0.1 + 0.2,
  1e308,
  -1e308,
  5e-324,
  2 ** 53,
  2 ** 53 + 2,
  -(2 ** 60),
  1 / 3,
  1e-9,
  123456789.123,
  1e15 + 0.5
]

/** xorshift32 (Marsaglia 2003). */
const randomFrom = (seed: number) => {
  let state = seed | 1
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** The run as points, where `newest` is the newest timestamp of its series. */
const pointsOfRun = (run: Run, newest: number, retentionMillis: number): Array<[number, number]> => {
  const random = randomFrom(run.seed)
  const start = Number.isFinite(newest) ? newest : EPOCH
  let walk = random(10_000) / 100
  return Array.from({ length: run.count }, (_, i) => {
    walk = Math.round((walk + (random(200) - 100) / 100) * 100) / 100
    const timestamp = {
      "in step": start + (i + 1) * 5_000,
      jitter: start + (i + 1) * 5_000 + random(20),
      dense: start + i + 1,
      gaps: start + (i + 1) * 10_000 + (random(8) === 0 ? random(2 ** 31) : 0),
      late: start - random(retentionMillis + 10),
      "late ties": start - 5_000 * random(40),
      edge: start - retentionMillis + random(3) - 1,
      repeat: start
    }[run.times]
    const value = {
      constant: 42.5,
      integers: random(1_000) - 500,
      decimals: random(100_000) / 100,
      walk,
      doubles: random(2 ** 31) / (1 + random(2 ** 31)),
      large: random(2 ** 31) * random(2 ** 22),
      mixed: random(3) === 0 ? ODD[random(ODD.length)]! : walk,
      precise: random(1_000_000_000) / 1e9
    }[run.values]
    return [timestamp, value]
  })
}

const runAll = (compared: Compared, runs: ReadonlyArray<Run>): void => {
  for (const run of runs) {
    const newest = compared.model.newest(run.local)
    for (const [timestamp, value] of pointsOfRun(run, newest, compared.model.options.retentionMillis)) {
      compared.append(run.local, timestamp, value)
    }
    compared.check(run.local)
  }
}

it.prop(
  "H1, I4, I6: holds, point by point, what the naive model holds",
  [Runs],
  ([runs]) => {
    const compared = new Compared(OPTIONS)
    runAll(compared, runs)
    for (const local of [0, 1, 2, 5, 6]) compared.check(local)
  },
  { arbitrary: { runs: 300 } }
)

it.prop(
  "H1: any retention and cap, below a chunk and far beyond",
  [Runs, Schema.Literals([100, 300, 77_777, 30 * 86_400_000]), Schema.Literals([1, 7, 60, 1_024])],
  ([runs, retentionMillis, maxPointsPerSeries]) => {
    runAll(new Compared({ retentionMillis, maxPointsPerSeries }), runs)
  },
  { arbitrary: { runs: 300 } }
)

it.prop("H5: reads any range of what is held", [Runs, Schema.Int, Schema.Int], ([runs, a, b]) => {
  const compared = new Compared(OPTIONS)
  runAll(compared, runs)
  for (const local of [0, 1, 5]) {
    const newest = compared.model.newest(local)
    const bounds = [a, b].map((bound) => newest - (Math.abs(bound) % 1_000_000))
    for (const from of bounds) for (const to of bounds) compared.check(local, from, to)
    compared.check(local, newest, newest + 1)
    compared.check(local, newest - OPTIONS.retentionMillis, newest)
  }
})

it.prop("a snapshot taken at any moment goes on like the original", [Runs, Runs], ([before, after]) => {
  const compared = new Compared(OPTIONS)
  runAll(compared, before)
  const bytes = encodeRawHistory(compared.history)
  compared.history = decodeRawHistory(bytes, OPTIONS)
  assert.deepStrictEqual(encodeRawHistory(compared.history), bytes)
  for (const local of [0, 1, 5]) compared.check(local)
  runAll(compared, after)
})

it.prop("mergeOlder: two histories, merged, hold what one would", [Runs, Runs, Runs], ([older, newer, after]) => {
  const compared = new Compared(OPTIONS)
  runAll(compared, older)
  const live = new RawHistory(OPTIONS)
  for (const run of newer) {
    for (const [timestamp, value] of pointsOfRun(run, compared.model.newest(run.local), OPTIONS.retentionMillis)) {
      compared.model.append(run.local, timestamp, value)
      live.append(run.local, timestamp, value)
    }
  }
  live.mergeOlder(compared.history)
  compared.history = live
  for (const local of [0, 1, 5]) compared.check(local)
  runAll(compared, after)
})

it.prop(
  "I4: order and batches change nothing but which of two values of one time came first",
  [Runs, Schema.Int],
  ([runs, seed]) => {
    const inOrder = new RawHistory(OPTIONS)
    const points: Array<[number, number, number]> = []
    for (const run of runs) {
      for (const [timestamp] of pointsOfRun(run, inOrder.newest(run.local), OPTIONS.retentionMillis)) {
        const point: [number, number, number] = [run.local, timestamp, (timestamp % 1_000) / 10]
        points.push(point)
        inOrder.append(...point)
      }
    }
    const random = randomFrom(seed)
    for (let i = points.length - 1; i > 0; i--) {
      const j = random(i + 1)
      const point = points[i]!
      points[i] = points[j]!
      points[j] = point
    }
    const shuffled = new RawHistory(OPTIONS)
    const outcomes = new Uint8Array(points.length)
    const late = shuffled.appendColumns(columnsOf(points, 0), outcomes)
    assert.strictEqual(late, outcomes.filter((outcome) => outcome !== RawOutcome.appended).length)
    for (const local of [0, 1, 5]) assertSamePoints(pointsOf(shuffled, local), pointsOf(inOrder, local))
  }
)

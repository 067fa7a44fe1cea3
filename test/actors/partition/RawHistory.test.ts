import { assert, describe, it } from "@effect/vitest"
import { RawHistory, RawOutcome } from "../../../src/actors/partition/RawHistory.ts"
import { columnsOf } from "./fixtures.ts"
import { assertSamePoints, pointsOf } from "./RawHistoryModel.ts"

const T0 = 1_700_000_000_000
const MINUTE = 60_000
const OPTIONS = { retentionMillis: 15 * MINUTE, maxPointsPerSeries: 1_024 }

/** A random walk in steps of 0.01, up to one a point; xorshift32 (Marsaglia 2003). */
const makeWalk = (seed: number) => {
  let state = seed | 1
  let hundredths = 5_000
  return (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    hundredths += ((state >>> 0) % 201) - 100
    return hundredths / 100
  }
}

const timesOf = (history: RawHistory, local: number) => pointsOf(history, local).map(([timestamp]) => timestamp)

describe("H1: the window of a series", () => {
  it("is what is newer than its newest timestamp minus 15 min, that one excluded", () => {
    const history = new RawHistory(OPTIONS)
    for (const timestamp of [T0, T0 + 1, T0 + MINUTE]) history.append(0, timestamp, 1)
    history.append(0, T0 + 15 * MINUTE, 2)
    assert.deepStrictEqual(timesOf(history, 0), [T0 + 1, T0 + MINUTE, T0 + 15 * MINUTE])
    assert.strictEqual(history.append(0, T0, 1), RawOutcome.expired)
    assert.strictEqual(history.completeFrom(0), T0 + 1)
  })

  it("follows each series' own time", () => {
    const history = new RawHistory(OPTIONS)
    history.append(0, T0, 1)
    history.append(7, T0 + 365 * 24 * 60 * MINUTE, 2)
    assert.deepStrictEqual(timesOf(history, 0), [T0])
    assert.strictEqual(history.newest(0), T0)
    assert.strictEqual(history.seriesCount, 8)
  })

  it("is empty for a series without points", () => {
    const history = new RawHistory(OPTIONS)
    history.append(3, T0, 1)
    for (const local of [1, 4, 1_000_000]) {
      assert.strictEqual(history.newest(local), Number.NEGATIVE_INFINITY)
      assert.strictEqual(history.completeFrom(local), Number.NEGATIVE_INFINITY)
      assert.deepStrictEqual(pointsOf(history, local), [])
    }
    assert.strictEqual(history.append(1, T0 - 1, 1), RawOutcome.appended)
  })

  it("holds the newest points of the cap, and says from when on it has all", () => {
    const history = new RawHistory({ ...OPTIONS, maxPointsPerSeries: 100 })
    for (let i = 0; i < 500; i++) history.append(0, T0 + i, i)
    assert.deepStrictEqual(
      timesOf(history, 0),
      Array.from({ length: 100 }, (_, i) => T0 + 400 + i)
    )
    assert.strictEqual(history.completeFrom(0), T0 + 400)
    assert.strictEqual(history.append(0, T0 + 399, 399), RawOutcome.expired)
    assert.strictEqual(history.append(0, T0 + 400, 400), RawOutcome.duplicate)
  })
})

describe("I4, I6: a point that is not newer than the newest", () => {
  const filled = () => {
    const history = new RawHistory(OPTIONS)
    for (const [timestamp, value] of [
      [T0, 0],
      [T0 + 10, 1.5],
      [T0 + 20, -0]
    ] as const) {
      history.append(0, timestamp, value)
    }
    return history
  }

  it("is put in its place, once", () => {
    const history = filled()
    assert.strictEqual(history.insertLate(0, T0 + 5, 9), RawOutcome.inserted)
    assert.strictEqual(history.insertLate(0, T0 + 5, 9), RawOutcome.duplicate)
    assert.strictEqual(history.insertLate(0, T0 - 5, 8), RawOutcome.inserted)
    assertSamePoints(pointsOf(history, 0), [
      [T0 - 5, 8],
      [T0, 0],
      [T0 + 5, 9],
      [T0 + 10, 1.5],
      [T0 + 20, -0]
    ])
    assert.strictEqual(history.newest(0), T0 + 20)
  })

  it("is conflicting with another value for a held time, and the first stays", () => {
    const history = filled()
    assert.strictEqual(history.insertLate(0, T0 + 10, 1.6), RawOutcome.conflicting)
    assert.strictEqual(history.insertLate(0, T0 + 20, 0), RawOutcome.duplicate)
    assert.strictEqual(history.insertLate(0, T0, -0), RawOutcome.duplicate)
    assertSamePoints(pointsOf(history, 0), [
      [T0, 0],
      [T0 + 10, 1.5],
      [T0 + 20, -0]
    ])
  })

  it("is told of in columns, in order", () => {
    const history = filled()
    const outcomes = new Uint8Array(6).fill(99)
    const late = history.appendColumns(
      columnsOf(
        [
          [0, T0 + 30, 1],
          [0, T0 + 30, 2],
          [1, T0, 3],
          [0, T0 + 15, 4],
          [0, T0 - 15 * MINUTE, 5]
        ],
        0
      ),
      outcomes
    )
    assert.strictEqual(late, 3)
    const { appended, conflicting, inserted, expired } = RawOutcome
    assert.deepStrictEqual([...outcomes], [appended, conflicting, appended, inserted, expired, 99])
    assert.strictEqual(history.newest(0), T0 + 30)
  })
})

describe("H1: memory", () => {
  const SERIES = 40

  it("15 min at 5 s take less than 600 bytes a series, records included", () => {
    const history = new RawHistory(OPTIONS)
    const walks = Array.from({ length: SERIES }, (_, local) => makeWalk(local * 7919 + 1))
    for (let i = 0; i < 1_000; i++) {
      for (const [local, walk] of walks.entries()) history.append(local, T0 + i * 5_000, walk())
    }
    assert.strictEqual(pointsOf(history, 0).length, 180)
    assert.isBelow(history.usedBytes / SERIES, 600)
  })

  it("does not grow with time", () => {
    const history = new RawHistory(OPTIONS)
    const walk = makeWalk(1)
    for (let i = 0; i < 2_000; i++) history.append(0, T0 + i * 5_000, walk())
    const { allocatedBytes, usedBytes } = history
    for (let i = 2_000; i < 60_000; i++) history.append(0, T0 + i * 5_000, walk())
    assert.strictEqual(history.allocatedBytes, allocatedBytes)
    assert.isAtMost(history.usedBytes, usedBytes + 200)
  })

  it("is used again after it was released", () => {
    const history = new RawHistory(OPTIONS)
    const fill = (start: number) => {
      for (let i = 0; i < 900; i++) history.append(0, start + i * 1_000, Math.sin(i))
    }
    fill(T0)
    const { allocatedBytes } = history
    for (let hour = 1; hour < 20; hour++) fill(T0 + hour * 60 * MINUTE)
    assert.strictEqual(history.allocatedBytes, allocatedBytes)
  })

  it("late points leave chunks at least half full", () => {
    const history = new RawHistory(OPTIONS)
    const walk = makeWalk(1)
    for (let i = 0; i < 900; i++) history.append(0, T0 + i * 1_000, walk())
    const { usedBytes } = history
    // All into one place, then all over.
    for (let i = 1; i < 60; i++) history.append(0, T0 + 450_000 + i, walk())
    for (let i = 0; i < 60; i++) history.append(0, T0 + i * 15_000 + 500, walk())
    assert.strictEqual(pointsOf(history, 0).length, 1_019)
    assert.isBelow(history.usedBytes, 2.2 * usedBytes)
  })

  it("arbitrary doubles take 65 bits, and a few among decimals do not spoil the rest", () => {
    const perPoint = (valueAt: (i: number) => number): number => {
      const history = new RawHistory(OPTIONS)
      for (let i = 0; i < 900; i++) history.append(0, T0 + i * 1_000, valueAt(i))
      return history.usedBytes / 900
    }
    const walk = makeWalk(1)
    const doubles = Array.from({ length: 900 }, (_, i) => Math.sin(i + 1))
    const decimals = Array.from({ length: 900 }, () => walk())
    assert.isBelow(
      perPoint((i) => doubles[i]!),
      14
    )
    assert.isBelow(
      perPoint((i) => (i % 20 === 19 ? doubles[i]! : decimals[i]!)),
      5
    )
    assert.isBelow(
      perPoint((i) => decimals[i]!),
      3
    )
  })
})

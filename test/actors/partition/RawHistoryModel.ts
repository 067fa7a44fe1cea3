import { assert } from "@effect/vitest"
import { RawHistory, type RawHistoryOptions, RawOutcome } from "../../../src/actors/partition/RawHistory.ts"

/** What RawHistory promises, written as naively as possible. */
export class RawHistoryModel {
  readonly options: RawHistoryOptions
  readonly series = new Map<number, Map<number, number>>()

  constructor(options: RawHistoryOptions) {
    this.options = options
  }

  append(local: number, timestamp: number, value: number): RawOutcome {
    const held = this.series.get(local) ?? new Map<number, number>()
    this.series.set(local, held)
    const newest = this.newest(local)
    if (held.has(timestamp)) return held.get(timestamp) === value ? RawOutcome.duplicate : RawOutcome.conflicting
    held.set(timestamp, value)
    this.forget(local)
    if (timestamp > newest) return RawOutcome.appended
    return held.has(timestamp) ? RawOutcome.inserted : RawOutcome.expired
  }

  newest(local: number): number {
    return Math.max(Number.NEGATIVE_INFINITY, ...(this.series.get(local)?.keys() ?? []))
  }

  read(local: number, from: number, to: number): Array<[number, number]> {
    const points = [...(this.series.get(local) ?? [])].sort(([a], [b]) => a - b)
    return points.filter(([timestamp]) => timestamp >= from && timestamp < to)
  }

  private forget(local: number): void {
    const held = this.series.get(local)!
    const newest = this.newest(local)
    const timestamps = [...held.keys()].sort((a, b) => a - b)
    const surplus = timestamps.length - this.options.maxPointsPerSeries
    timestamps.forEach((timestamp, index) => {
      if (index < surplus || timestamp <= newest - this.options.retentionMillis) held.delete(timestamp)
    })
  }
}

/** A history and its model, given the same points and compared after each. */
export class Compared {
  readonly model: RawHistoryModel
  history: RawHistory

  constructor(options: RawHistoryOptions) {
    this.model = new RawHistoryModel(options)
    this.history = new RawHistory(options)
  }

  append(local: number, timestamp: number, value: number): RawOutcome {
    const outcome = this.history.append(local, timestamp, value)
    const expected = this.model.append(local, timestamp, value)
    assert.strictEqual(outcome, expected, `outcome of (${local}, ${timestamp}, ${value})`)
    return outcome
  }

  check(local: number, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY): void {
    assert.strictEqual(this.history.newest(local), this.model.newest(local))
    assertSamePoints(pointsOf(this.history, local, from, to), this.model.read(local, from, to))
  }
}

export const pointsOf = (
  history: RawHistory,
  local: number,
  from = Number.NEGATIVE_INFINITY,
  to = Number.POSITIVE_INFINITY
): Array<[number, number]> => {
  const { timestamps, values } = history.read(local, from, to)
  assert.strictEqual(timestamps.length, values.length)
  return Array.from(timestamps, (timestamp, i) => [timestamp, values[i]!])
}

/** Bit for bit: 0 is not -0. */
export const assertSamePoints = (
  actual: ReadonlyArray<readonly [number, number]>,
  expected: ReadonlyArray<readonly [number, number]>
): void => {
  const isSame =
    actual.length === expected.length &&
    actual.every(([timestamp, value], i) => timestamp === expected[i]![0] && Object.is(value, expected[i]![1]))
  if (!isSame) assert.fail(`held: ${show(actual)}\nexpected: ${show(expected)}`)
}

const show = (points: ReadonlyArray<readonly [number, number]>): string => {
  const texts = points.map(([timestamp, value]) => `${timestamp}:${Object.is(value, -0) ? "-0" : value}`)
  return `${points.length} points ${texts.join(" ")}`
}

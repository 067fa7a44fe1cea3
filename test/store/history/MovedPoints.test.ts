import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { pointColumns } from "../../../src/actors/partition/PointColumns.ts"
import type { Entry } from "../../../src/actors/partition/Record.ts"
import { filterRows, MovedPoints, type PointRows } from "../../../src/store/history/MovedPoints.ts"
import { command, control, declare, keyOf, points, rule, workspace } from "../../actors/partition/fixtures.ts"

const declareThree = declare(...["a", "b", "c"].map((host) => keyOf(1, "cpu", `host=${host}`)))

const take = (records: ReadonlyArray<ReadonlyArray<Entry>>, newest = new Float64Array()): MovedPoints => {
  const moved = new MovedPoints(7, newest)
  for (const [i, entries] of records.entries()) moved.take(i + 1, entries)
  return moved
}

const listOf = (rows: PointRows) =>
  Array.from({ length: rows.count }, (_, i) => ({
    series: rows.series[i]!,
    time: rows.timestamps[i]!,
    value: rows.values[i]!,
    at: `${rows.seqs[i]}.${rows.ordinals[i]}`,
    arrival: rows.arrivals[i]!,
    late: rows.late[i] === 1
  }))

const between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const Rows = Arbitrary.array(
  Arbitrary.schema(Schema.Tuple([between(0, 3), between(1, 12), between(0, 9), between(0, 4)])),
  { maxLength: 40 }
)

describe("points of a move", () => {
  it("I4 I6: sorted by series and time, the first received of a timestamp stays, what is not newer is late", () => {
    const moved = take([
      [declareThree],
      [
        points(
          [
            [1, 200, 1],
            [0, 100, 2],
            [1, 100, 3]
          ],
          1_000
        )
      ],
      [
        points(
          [
            [1, 200, 4],
            [1, 300, 5],
            [1, 100, 6]
          ],
          2_000
        )
      ]
    ])
    assert.deepStrictEqual(listOf(moved.sorted()), [
      { series: 0, time: 100, value: 2, at: "2.1", arrival: 1_000, late: false },
      { series: 1, time: 100, value: 3, at: "2.2", arrival: 1_000, late: true },
      { series: 1, time: 200, value: 1, at: "2.0", arrival: 1_000, late: false },
      { series: 1, time: 300, value: 5, at: "3.1", arrival: 2_000, late: false }
    ])
    assert.deepStrictEqual([...moved.newest], [100, 300, Number.NEGATIVE_INFINITY])
    assert.strictEqual(moved.count, 6)
  })

  it("what is newest is known from the moves before", () => {
    const moved = take([[points([[0, 100, 1]]), points([[1, 100, 1]])]], Float64Array.of(100, 99))
    assert.deepStrictEqual(
      listOf(moved.sorted()).map(({ late }) => late),
      [true, false]
    )
    assert.deepStrictEqual([...moved.newest], [100, 100])
  })

  it("a point of a series that is not declared by then is nothing", () => {
    const moved = take([
      [points([[0, 1, 1]])],
      [declare(keyOf(1, "cpu", "")), points([[0, 2, 2]])],
      [points([[1, 3, 3]])]
    ])
    assert.deepStrictEqual(
      listOf(moved.sorted()).map(({ time }) => time),
      [2]
    )
  })

  it("H4: what controls evaluation has its place among the points of its record", () => {
    const act = {
      kind: "close",
      alertId: "a",
      ruleId: "r",
      series: 0,
      severity: "Warning",
      actor: "me",
      note: null,
      timeMillis: 5
    } as const
    const moved = take([
      [declareThree, points([[0, 1, 1]]), control(workspace(1), rule(2)), points([[0, 2, 2]]), command(act)]
    ])
    assert.deepStrictEqual(
      listOf(moved.sorted()).map(({ at }) => at),
      ["1.0", "1.3"]
    )
    assert.deepStrictEqual(
      moved.controls.map(({ kind, ordinal, seq, series, workspaceNumber }) => [
        kind,
        seq,
        ordinal,
        workspaceNumber,
        series
      ]),
      [
        ["change", 1, 1, 1, null],
        ["change", 1, 2, 1, null],
        ["command", 1, 4, null, 0]
      ]
    )
    assert.deepStrictEqual(moved.controls[2]!.document, act)
  })

  it.prop("agrees with looking at one point after the other", [Rows], ([drawn]) => {
    const moved = new MovedPoints(7, new Float64Array())
    moved.take(1, [declareThree])
    const newest = new Map<number, number>()
    const expected = new Map<string, readonly [number, number, number, boolean]>()
    for (const [i, [series, time, value, length]] of drawn.entries()) {
      const count = length + 1
      const columns = pointColumns(
        i,
        new Uint32Array(count).fill(series),
        Float64Array.from({ length: count }, (_, j) => time + (j % 3)),
        new Float64Array(count).fill(value)
      )
      moved.take(i + 2, [{ _tag: "Points", points: columns }])
      if (series === 3) continue
      for (let j = 0; j < count; j++) {
        const timestamp = time + (j % 3)
        const isLate = timestamp <= (newest.get(series) ?? 0)
        const key = `${series} ${timestamp}`
        if (!expected.has(key)) expected.set(key, [series, timestamp, value, isLate])
        if (!isLate) newest.set(series, timestamp)
      }
    }
    assert.deepStrictEqual(
      listOf(moved.sorted()).map(({ late, series, time, value }) => [series, time, value, late] as const),
      [...expected.values()].toSorted((a, b) => a[0] - b[0] || a[1] - b[1])
    )
  })

  it("rows are filtered with all their columns", () => {
    const rows = take([[declareThree, points([[0, 1, 1]]), points([[0, 2, 2]]), points([[1, 1, 3]])]]).sorted()
    assert.deepStrictEqual(
      listOf(filterRows(rows, (row) => row !== 1)),
      listOf(rows).filter((_, i) => i !== 1)
    )
  })
})

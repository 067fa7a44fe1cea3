import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Schema } from "effect"
import { FILE_ROWS, planMerges, rangesOf } from "../../../src/store/history/CompactionPlan.ts"
import type { ListedFile } from "../../../src/store/history/Manifest.ts"

const NOW = Date.UTC(2026, 10, 21)
const HOUR = 3_600_000

/** A file of a transaction of its own, a millisecond before that of the file with the number before. */
const fileOf = (id: number, rows: number, fields: Partial<ListedFile> = {}): ListedFile => ({
  id: BigInt(id),
  workspaceNumber: 1,
  tier: "rollup-5m",
  day: 1,
  path: `${id}`,
  bytes: rows,
  rows,
  tailChecksum: 0,
  firstPartition: 0,
  lastPartition: 127,
  firstMillis: 0,
  lastMillis: 0,
  newestArrivalMillis: 0,
  ...fields,
  createdMillis: (fields.createdMillis ?? NOW) - id
})

const plan = (files: ReadonlyArray<ListedFile>) =>
  planMerges(files, NOW).map(({ files }) => files.map(({ id }) => Number(id)))

describe("which files are merged", () => {
  it("while files keep coming eight are waited for, when it is quiet two are enough", () => {
    const seven = Array.from({ length: 7 }, (_, i) => fileOf(i, 10))
    assert.deepStrictEqual(plan(seven), [])
    assert.deepStrictEqual(plan([...seven, fileOf(7, 10)]), [[0, 1, 2, 3, 4, 5, 6, 7]])
    const quiet = { createdMillis: NOW - 2 * HOUR }
    assert.deepStrictEqual(plan([fileOf(0, 10, quiet), fileOf(1, 10, quiet)]), [[0, 1]])
    assert.deepStrictEqual(plan([fileOf(0, 10, quiet), fileOf(1, 10)]), [])
    assert.deepStrictEqual(plan([fileOf(0, 10, quiet)]), [])
  })

  it("a large file is not written again for a few rows", () => {
    const quiet = { createdMillis: NOW - 2 * HOUR }
    assert.deepStrictEqual(plan([fileOf(0, 1_000_000, quiet), fileOf(1, 10, quiet), fileOf(2, 10, quiet)]), [[1, 2]])
    assert.deepStrictEqual(plan([fileOf(0, 1_000_000, quiet), fileOf(1, 10, quiet)]), [])
  })

  it("raw files that are large enough stay", () => {
    const quiet = { createdMillis: NOW - 2 * HOUR, tier: "raw" } as const
    assert.deepStrictEqual(plan([fileOf(0, 800_000, quiet), fileOf(1, 800_000, quiet)]), [])
  })

  it("K8: nothing is merged across workspaces, tiers or days", () => {
    const others: ReadonlyArray<Partial<ListedFile>> = [{}, { workspaceNumber: 2 }, { tier: "raw" }, { day: 2 }]
    const files = others.map((fields, i) => fileOf(i, 10, { ...fields, createdMillis: NOW - 2 * HOUR }))
    assert.deepStrictEqual(plan(files), [])
    assert.deepStrictEqual(
      plan([...files, ...files.map((file) => ({ ...file, id: file.id + 10n, createdMillis: 0 }))]),
      [
        [0, 10],
        [1, 11],
        [2, 12],
        [3, 13]
      ]
    )
  })

  /** Rows of a merge in files as Compaction cuts them, each partition having as many; all known since one time. */
  const outputsOf = (rows: number, id: number, createdMillis: number) => {
    const counts = Array.from({ length: 128 }, (_, partition) => ({ partition, rows: rows / 128 }))
    return rangesOf(counts, FILE_ROWS).map(({ first, last }, i) => ({
      ...fileOf(id + i, (last - first + 1) * (rows / 128), { firstPartition: first, lastPartition: last }),
      createdMillis
    }))
  }

  const seriesCounts = [10_000, 100_000, 300_000] as const
  it.each(seriesCounts)("what a merge wrote is not merged again for ever: a day of %s series", (series) => {
    let files: ReadonlyArray<ListedFile> = []
    let ids = 1_000_000
    let written = 0
    const merge = (nowMillis: number) => {
      const merges = planMerges(files, nowMillis)
      for (const merge of merges) {
        const rows = merge.files.reduce((sum, file) => sum + file.rows, 0)
        files = [...files.filter((file) => !merge.files.includes(file)), ...outputsOf(rows, ids, nowMillis)]
        ids += 1_000
        written += rows
      }
      return merges.length
    }
    for (let move = 0; move < 288; move++) {
      const nowMillis = NOW + move * 300_000
      files = [...files, { ...fileOf(move, series), createdMillis: nowMillis }]
      merge(nowMillis + 1)
    }
    let rounds = 0
    while (merge(NOW + (25 + 2 * rounds) * HOUR) > 0) rounds++
    assert.isBelow(rounds, 5, "merges after the day is over")
    assert.isBelow(written / (288 * series), 6, "times that a row was written again")
    const runs = Map.groupBy(files, ({ createdMillis }) => createdMillis)
    assert.isBelow(runs.size, 8, "files that a series is in")
    assert.deepStrictEqual(planMerges(files, NOW + 1_000 * HOUR), [])
  })

  it("partitions of more than half a file, which are cut into as many files again, are left alone too", () => {
    const rows = 4 * 0.6 * FILE_ROWS
    const counts = [0, 1, 2, 3].map((partition) => ({ partition, rows: rows / 4 }))
    const outputs = rangesOf(counts, FILE_ROWS).map(({ first, last }, i) => ({
      ...fileOf(i, 0.6 * FILE_ROWS, { firstPartition: first, lastPartition: last }),
      createdMillis: NOW - 2 * HOUR
    }))
    assert.lengthOf(outputs, 4)
    for (const tier of ["raw", "rollup-5m", "control"] as const) {
      assert.deepStrictEqual(plan(outputs.map((file) => ({ ...file, tier }))), [])
    }
  })

  it("a day of moves is few files, and none of its rows was written often", () => {
    let files: Array<ListedFile> = []
    let written = 0
    let most = 0
    for (let move = 0; move < 288; move++) {
      files.push(fileOf(move, 100))
      for (const merge of planMerges(files, NOW)) {
        const rows = merge.files.reduce((sum, file) => sum + file.rows, 0)
        files = [...files.filter((file) => !merge.files.includes(file)), fileOf(1_000 + move, rows)]
        written += rows
      }
      most = Math.max(most, files.length)
    }
    assert.isBelow(most, 15)
    assert.isBelow(written / 28_800, 5, "times that a row was written again")
  })
})

describe("partitions of the files of a merge", () => {
  const Counts = Arbitrary.array(Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 50 }))), {
    maxLength: 30
  })

  it.prop("each partition is in one range, and a range of several has few enough rows", [Counts], ([drawn]) => {
    const counts = drawn.map((rows, i) => ({ partition: i * 3, rows }))
    const ranges = rangesOf(counts, 60)
    for (const { partition } of counts) {
      assert.lengthOf(
        ranges.filter(({ first, last }) => first <= partition && partition <= last),
        1
      )
    }
    for (const { first, last } of ranges) {
      const within = counts.filter(({ partition }) => first <= partition && partition <= last)
      const rows = within.reduce((sum, one) => sum + one.rows, 0)
      assert.isTrue(within.length === 1 || rows <= 60)
    }
  })
})

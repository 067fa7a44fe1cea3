/** Which files are worth merging. Pure. */
import type { FileTier, ListedFile } from "./Manifest.ts"

/** Files of one folder that become one, or a few with partitions of their own. */
export interface Merge {
  readonly tier: FileTier
  readonly files: ReadonlyArray<ListedFile>
}

/** While files keep coming into a folder, so many runs are waited for; when it is quiet two are worth it. */
const RUNS_WHILE_BUSY = 8
const QUIET_MILLIS = 3_600_000

/**
 * A run joins smaller ones when it has at most so many times their rows: whoever is written again is then in a run half
 * as large again at least, so each row is written a logarithm of times.
 */
const RATIO = 1.5

/** Rows of a merged file, about: what fits into DuckDB's memory while they are sorted. */
export const FILE_ROWS = 1_000_000

/**
 * Runs of this size stay. Raw ones soon: a day of them would be written again and again, for readers who want hours.
 * The others where a merge would take minutes: a day of 100,000 series is 29 million rows.
 */
const ROWS_MOST: Readonly<Record<FileTier, number>> = {
  raw: 0.75 * FILE_ROWS,
  "rollup-5m": 32 * FILE_ROWS,
  control: 32 * FILE_ROWS
}

export const planMerges = (files: ReadonlyArray<ListedFile>, nowMillis: number): ReadonlyArray<Merge> =>
  [...Map.groupBy(files, ({ day, tier, workspaceNumber }) => `${tier} ${workspaceNumber} ${day}`).values()].flatMap(
    (folder) => {
      const { tier } = folder[0]!
      const isBusy = folder.some(({ createdMillis }) => createdMillis > nowMillis - QUIET_MILLIS)
      const chosen = smallest(runsOf(folder).filter(({ rows }) => rows < ROWS_MOST[tier]))
      if (chosen.length < (isBusy ? RUNS_WHILE_BUSY : 2)) return []
      return [{ tier, files: chosen.flatMap((run) => run.files) }]
    }
  )

/**
 * Files that one transaction made known: of a move one, of a merge as many as its rows were cut into. These have
 * partitions of their own, so that nothing is to be gained by putting them together again; left alone, they end it.
 */
interface Run {
  readonly files: ReadonlyArray<ListedFile>
  readonly rows: number
}

const runsOf = (folder: ReadonlyArray<ListedFile>): ReadonlyArray<Run> =>
  // The time of all rows that a transaction writes is that of its begin, in microseconds.
  [...Map.groupBy(folder, ({ createdMillis }) => createdMillis).values()].map((files) => ({
    files,
    rows: files.reduce((sum, { rows }) => sum + rows, 0)
  }))

const smallest = (runs: ReadonlyArray<Run>): ReadonlyArray<Run> => {
  const chosen: Array<Run> = []
  let rows = 0
  for (const run of runs.toSorted((a, b) => a.rows - b.rows || Number(a.files[0]!.id - b.files[0]!.id))) {
    if (chosen.length > 0 && run.rows > rows * RATIO) break
    chosen.push(run)
    rows += run.rows
  }
  return chosen
}

/**
 * Partitions cut into ranges of about `rowsMost` rows, so that a merge fits into memory, and one series is in one of
 * its files. `counts` are in order of partitions.
 */
export const rangesOf = (
  counts: ReadonlyArray<{ readonly partition: number; readonly rows: number }>,
  rowsMost: number
): ReadonlyArray<{ readonly first: number; readonly last: number }> => {
  const ranges: Array<{ first: number; last: number }> = []
  let rows = Number.POSITIVE_INFINITY
  for (const { partition, rows: more } of counts) {
    if (rows + more > rowsMost) {
      ranges.push({ first: partition, last: partition })
      rows = 0
    }
    ranges.at(-1)!.last = partition
    rows += more
  }
  return ranges
}

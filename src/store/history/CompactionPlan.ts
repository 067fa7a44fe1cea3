/** Which files are worth merging. Pure. */
import type { FileTier, ListedFile } from "./Manifest.ts"

/** Files of one folder that become one, or a few with partitions of their own. */
export interface Merge {
  readonly tier: FileTier
  readonly files: ReadonlyArray<ListedFile>
}

/** While files keep coming into a folder, this many are waited for; when it is quiet two are worth it. */
const FILES_WHILE_BUSY = 8
const QUIET_MILLIS = 3_600_000

/**
 * A file joins smaller ones when it has at most so many times their rows: whoever is written again is then in a file
 * half as large again at least, so each row is written a logarithm of times.
 */
const RATIO = 1.5

/** Rows of a merged file, about: what fits into DuckDB's memory while they are sorted. */
export const FILE_ROWS = 1_000_000

/** Raw files of this size stay: a day of them would be written again and again, for readers who want hours. */
const RAW_ROWS_MOST = 0.75 * FILE_ROWS

export const planMerges = (files: ReadonlyArray<ListedFile>, nowMillis: number): ReadonlyArray<Merge> =>
  [...Map.groupBy(files, ({ day, tier, workspaceNumber }) => `${tier} ${workspaceNumber} ${day}`).values()].flatMap(
    (folder) => {
      const isBusy = folder.some(({ createdMillis }) => createdMillis > nowMillis - QUIET_MILLIS)
      const chosen = smallest(folder.filter(({ rows, tier }) => tier !== "raw" || rows < RAW_ROWS_MOST))
      if (chosen.length < (isBusy ? FILES_WHILE_BUSY : 2)) return []
      return [{ tier: folder[0]!.tier, files: chosen }]
    }
  )

const smallest = (files: ReadonlyArray<ListedFile>): ReadonlyArray<ListedFile> => {
  const chosen: Array<ListedFile> = []
  let rows = 0
  for (const file of files.toSorted((a, b) => a.rows - b.rows || Number(a.id - b.id))) {
    if (chosen.length > 0 && file.rows > rows * RATIO) break
    chosen.push(file)
    rows += file.rows
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

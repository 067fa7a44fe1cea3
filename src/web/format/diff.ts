/** Two documents side by side, line by line. */

export interface DiffLine {
  readonly kind: "same" | "added" | "removed"
  readonly text: string
}

/** Pretty JSON with the fields of objects in order, so that only what differs looks different. */
export const prettyJson = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, nested: unknown) =>
      typeof nested === "object" && nested !== null && !Array.isArray(nested)
        ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
        : nested,
    2
  ) ?? ""

/** null and undefined are no document at all. */
export const diffJson = (before: unknown, after: unknown): ReadonlyArray<DiffLine> =>
  diffLines(linesOf(before), linesOf(after))

const linesOf = (value: unknown): ReadonlyArray<string> =>
  value === null || value === undefined ? [] : prettyJson(value).split("\n")

/** Beyond so many pairs of lines everything is told as replaced: nobody reads such a diff. */
const MOST_PAIRS = 1_000_000

/** The longest common subsequence of lines stays; the rest is removed or added. */
export const diffLines = (before: ReadonlyArray<string>, after: ReadonlyArray<string>): ReadonlyArray<DiffLine> => {
  const line = (kind: DiffLine["kind"]) => (text: string) => ({ kind, text })
  if (before.length * after.length > MOST_PAIRS) return [...before.map(line("removed")), ...after.map(line("added"))]
  const width = after.length + 1
  /** Length of the longest common subsequence of what follows a place in each. */
  const common = new Uint32Array((before.length + 1) * width)
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] =
        before[i] === after[j]
          ? common[(i + 1) * width + j + 1]! + 1
          : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!)
    }
  }
  const lines: Array<DiffLine> = []
  let i = 0
  let j = 0
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push(line("same")(before[i]!))
      i++
      j++
    } else if (common[(i + 1) * width + j]! >= common[i * width + j + 1]!) lines.push(line("removed")(before[i++]!))
    else lines.push(line("added")(after[j++]!))
  }
  return [...lines, ...before.slice(i).map(line("removed")), ...after.slice(j).map(line("added"))]
}

export interface Hunk {
  readonly lines: ReadonlyArray<DiffLine>
  /** Lines left out before it. */
  readonly skipped: number
}

/** Only what differs, with some lines around it. */
export const hunksOf = (lines: ReadonlyArray<DiffLine>, around = 2): ReadonlyArray<Hunk> => {
  const isNear = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== "same")
  )
  const hunks: Array<{ lines: Array<DiffLine>; skipped: number }> = []
  let skipped = 0
  lines.forEach((line, index) => {
    if (isNear[index] !== true) {
      skipped++
      return
    }
    if (skipped > 0 || hunks.length === 0) hunks.push({ lines: [], skipped })
    skipped = 0
    hunks.at(-1)!.lines.push(line)
  })
  return hunks
}

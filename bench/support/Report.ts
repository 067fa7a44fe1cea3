/** What a bench found, for people and, as the last line, for programs. */
import { cpus, release, totalmem } from "node:os"

export interface Figure {
  readonly name: string
  readonly value: number
  /** What it is to reach here; null: shown, and not asked for. */
  readonly target: number | null
  readonly isBetter: "higher" | "lower"
  /** Names of the floors of the same run that it is compared with. */
  readonly floors?: ReadonlyArray<string>
}

export interface Outcome {
  readonly bench: string
  readonly figures: ReadonlyArray<Figure>
  readonly floors: Readonly<Record<string, number>>
  /** What was counted, and by whom: sent, acknowledged, journalled, evaluated are to be the same number. */
  readonly counts: Readonly<Record<string, number>>
  readonly valid: boolean
  /** What else a reader should know. */
  readonly notes: ReadonlyArray<string>
  readonly postgres: string
}

export const print = ({ bench, figures, floors, counts, valid, notes, postgres }: Outcome): void => {
  const machine = machineOf(postgres)
  const lines = [
    "",
    `${bench}: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGibibytes} GiB, Node ${machine.node}, ` +
      `Postgres ${machine.postgres}`,
    "",
    ...table(["figure", "measured", "target", "reached", "of the run's own floor"], figures.map(rowOf(floors))),
    "",
    ...table(
      ["floor", "measured"],
      Object.entries(floors).map(([name, value]) => [name, shown(value)])
    ),
    "",
    ...table(
      ["count", valid ? "(valid)" : "(NOT VALID)"],
      Object.entries(counts).map(([name, value]) => [name, shown(value)])
    ),
    ...notes.map((note) => `- ${note}`),
    ""
  ]
  console.log(lines.join("\n"))
  console.log(
    JSON.stringify({
      bench,
      figures: Object.fromEntries(figures.map(({ name, value }) => [name, rounded(value)])),
      floors: Object.fromEntries(Object.entries(floors).map(([name, value]) => [name, rounded(value)])),
      valid,
      machine
    })
  )
}

const rowOf =
  (floors: Outcome["floors"]) =>
  ({ name, value, target, isBetter, floors: compared = [] }: Figure): ReadonlyArray<string> => {
    const reached = target === null ? "" : (isBetter === "higher" ? value >= target : value <= target) ? "yes" : "no"
    const shares = compared.map((floor) => `${share(value / (floors[floor] ?? Number.NaN))} of ${floor}`)
    return [name, shown(value), target === null ? "" : shown(target), reached, shares.join(", ")]
  }

const machineOf = (postgres: string) => {
  const all = cpus()
  return {
    cpu: all[0]?.model.trim() ?? "",
    cores: all.length,
    memoryGibibytes: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform} ${release()} ${process.arch}`,
    node: process.versions.node,
    postgres
  }
}

const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))
const shown = (value: number): string => rounded(value).toLocaleString("en-US")
const share = (ratio: number): string => `${Number((ratio * 100).toPrecision(2))} %`

const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => {
  if (rows.length === 0) return []
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: ReadonlyArray<string>): string =>
    cells
      .map((cell, column) => (isNumber(cell) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd()
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)]
}

const isNumber = (cell: string): boolean => /^[\d.,]+$/.test(cell)

import type { ChartSeries } from "../../charts/columns.ts"
import { formatCount, formatValue } from "../../format/number.ts"
import { LabelText } from "../../ui/LabelText.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { COMPARISONS, type Comparison, DRAWN, type SummedLine } from "./explore.ts"
import styles from "./Metrics.module.css"
import type { ExplorationState } from "./useExploration.ts"

interface SeriesTableProps {
  /** Largest first; those that are drawn are the first. */
  readonly lines: ReadonlyArray<SummedLine>
  readonly references: ReadonlyArray<ChartSeries>
  readonly unit: string
  readonly state: ExplorationState
}

interface Row extends SummedLine {
  /** Of the palette; null: not drawn. */
  readonly color: number | null
  /** What it was at the newest moment, a day and a week ago. */
  readonly before: { readonly [K in Comparison]?: number | undefined }
}

export const SeriesTable = ({ lines, references, unit, state: { compared, how } }: SeriesTableProps) => {
  const known = new Map(references.map((one) => [one.id, one]))
  const rows = lines.map((line, index): Row => {
    const time = line.points.at(-1)?.[0] ?? 0
    const before = compared.map((one) => [one, valueAt(known.get(`${one} ${line.id}`), time)] as const)
    return { ...line, color: index < DRAWN ? index % 8 : null, before: Object.fromEntries(before) }
  })
  const value = (row: Row, of: "last" | "min" | "max") => formatValue(row.summary?.[of], unit)
  const columns: ReadonlyArray<Column<Row>> = [
    { id: "series", header: "Series", phone: "title", cell: (row) => <Name row={row} /> },
    ...(how === "none" ? [] : [number("count", "Put together", ({ count }) => formatCount(count))]),
    { ...number("last", "Last", (row) => value(row, "last")), phone: "aside" },
    number("min", "Min", (row) => value(row, "min")),
    number("max", "Max", (row) => value(row, "max")),
    ...compared.map((one) => number(one, COMPARISONS[one].button, ({ before }) => formatValue(before[one], unit)))
  ]
  return (
    <Table
      main
      label="Series"
      rows={rows}
      columns={columns}
      rowKey={({ id }) => id}
      phoneDetail={(row) => `${value(row, "min")} to ${value(row, "max")}`}
    />
  )
}

const number = (id: string, header: string, cell: (row: Row) => string): Column<Row> => ({
  id,
  header,
  width: "112px",
  align: "end",
  cell
})

const Name = ({ row: { color, labels } }: { readonly row: Row }) => (
  <span className={styles.name}>
    <span
      className={styles.swatch}
      style={color === null ? undefined : { background: `var(--series-${color + 1})` }}
      aria-hidden
    />
    <span>{Object.keys(labels).length === 0 ? "all" : <LabelText labels={labels} />}</span>
  </span>
)

/** The newest value not after a time. */
const valueAt = (series: ChartSeries | undefined, time: number): number | undefined =>
  series?.points.findLast(([at]) => at <= time)?.[2]

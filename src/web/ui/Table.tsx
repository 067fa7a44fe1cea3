import { useWindowVirtualizer } from "@tanstack/react-virtual"
import { memo, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react"
import { classes } from "./classes.ts"
import { Checkbox } from "./Field.tsx"
import { Link } from "./Link.tsx"
import { useShortcut } from "./shortcuts.ts"
import styles from "./Table.module.css"
import { usePhone } from "./useMedia.ts"

export interface Column<Row> {
  readonly id: string
  readonly header: string
  readonly cell: (row: Row) => ReactNode
  /** Of CSS; what has none shares what is left. */
  readonly width?: string
  /** `end` for numbers. */
  readonly align?: "end"
  /** Less important: greyer. */
  readonly muted?: boolean
  /** Where it stands on a phone, where a row has two lines; what says nothing is left out there. */
  readonly phone?: "title" | "aside"
}

export interface Selection<Row> {
  readonly keys: ReadonlySet<string>
  readonly onChange: (keys: ReadonlySet<string>) => void
  /** Tells a row from the others, for those who listen. */
  readonly nameOf: (row: Row) => string
}

interface TableProps<Row> {
  /** What it lists, for those who listen. */
  readonly label: string
  readonly rows: ReadonlyArray<Row>
  readonly columns: ReadonlyArray<Column<Row>>
  readonly rowKey: (row: Row) => string
  /** Where a row leads: its title is a link, and the whole row takes the click. */
  readonly rowLink?: (row: Row) => string
  /** The second line on a phone. */
  readonly phoneDetail?: (row: Row) => ReactNode
  /** A second line below all columns, where rows need a sentence of their own. */
  readonly detail?: (row: Row) => ReactNode
  readonly selection?: Selection<Row>
  /** The page's main list: j and k move, x selects. Its head stays in sight. */
  readonly main?: boolean
  /** There is more than these rows, and what fetches it. */
  readonly onEnd?: (() => void) | undefined
}

/** A list. Over a hundred rows only those in sight are in the document. Rows are of one height. */
export const Table = <Row,>(props: TableProps<Row>) => {
  const { columns, detail, label, main = false, onEnd, rows, selection } = props
  const phone = usePhone()
  const body = useRef<HTMLTableSectionElement>(null)
  const { before, after, visible, scrollTo } = useVisibleRows(
    rows,
    phone ? 61 : detail === undefined ? 33 : 57,
    body,
    onEnd
  )
  useRowKeys(props, body, scrollTo, main)
  const width = columns.length + (selection === undefined ? 0 : 1)
  return (
    <table
      className={classes(styles.table, !main && styles.within)}
      aria-label={label}
      aria-rowcount={onEnd === undefined ? rows.length + 1 : UNKNOWN}
    >
      <thead className={styles.head}>
        <tr>
          {selection !== undefined && (
            <th className={styles.select}>
              <SelectAll {...props} selection={selection} />
            </th>
          )}
          {columns.map(({ id, header, width, align }) => (
            <th key={id} scope="col" style={{ width }} className={align === "end" ? styles.end : undefined}>
              {header}
            </th>
          ))}
          {props.phoneDetail !== undefined && <th className={styles.onPhone} />}
        </tr>
      </thead>
      <tbody ref={body}>
        <Spacer height={before} width={width} />
        {visible.map(({ row, index }) => (
          <TableRow key={props.rowKey(row)} {...props} row={row} index={index} />
        ))}
        <Spacer height={after} width={width} />
      </tbody>
    </table>
  )
}

/** To those who listen: there are more rows than can be counted yet. */
const UNKNOWN = -1

const Spacer = ({ height, width }: { readonly height: number; readonly width: number }) =>
  height > 0 ? (
    <tr className={styles.spacer} aria-hidden style={{ height }}>
      <td colSpan={width} />
    </tr>
  ) : null

interface TableRowProps<Row> extends TableProps<Row> {
  readonly row: Row
  readonly index: number
}

const AnyRow = <Row,>(props: TableRowProps<Row>) => {
  const { columns, detail, index, phoneDetail, row, rowKey, rowLink, selection } = props
  const key = rowKey(row)
  const isSelected = selection?.keys.has(key) ?? false
  const title = columns.find(({ phone }) => phone === "title") ?? columns[0]
  return (
    <tr
      className={classes(styles.row, detail !== undefined && styles.tall)}
      data-index={index}
      data-selected={isSelected || undefined}
      aria-rowindex={index + 2}
    >
      {selection !== undefined && (
        <td className={styles.select}>
          <Checkbox
            label={`Select ${selection.nameOf(row)}`}
            hideLabel
            checked={isSelected}
            onChange={() => selection.onChange(toggled(selection.keys, key))}
          />
        </td>
      )}
      {columns.map((column) => (
        <td
          key={column.id}
          className={classes(
            column.align === "end" && styles.end,
            column.muted && styles.muted,
            column.phone !== undefined && styles[column.phone]
          )}
        >
          {column === title && rowLink !== undefined ? (
            <Link to={rowLink(row)} className={styles.link} data-row-link>
              {column.cell(row)}
            </Link>
          ) : (
            column.cell(row)
          )}
          {column === columns[0] && detail !== undefined && <div className={styles.detail}>{detail(row)}</div>}
        </td>
      ))}
      {phoneDetail !== undefined && <td className={styles.onPhone}>{phoneDetail(row)}</td>}
    </tr>
  )
}

/** While the list is scrolled only rows that come into sight are new. */
const TableRow = memo(AnyRow) as typeof AnyRow

interface SelectAllProps<Row> extends TableProps<Row> {
  readonly selection: Selection<Row>
}

const SelectAll = <Row,>({ rows, rowKey, selection }: SelectAllProps<Row>) => {
  const all = rows.length > 0 && rows.every((row) => selection.keys.has(rowKey(row)))
  return (
    <Checkbox
      label="Select all"
      hideLabel
      checked={all}
      onChange={() => selection.onChange(all ? new Set() : new Set(rows.map(rowKey)))}
    />
  )
}

const toggled = (keys: ReadonlySet<string>, key: string): ReadonlySet<string> => {
  const next = new Set(keys)
  if (!next.delete(key)) next.add(key)
  return next
}

/** So few rows are cheaper to have than to leave out. */
const ALL_ROWS = 100

/** More is fetched while so many rows are left to scroll to. */
const AHEAD = 60

const useVisibleRows = <Row,>(
  rows: ReadonlyArray<Row>,
  height: number,
  body: { readonly current: HTMLElement | null },
  onEnd: (() => void) | undefined
) => {
  const [top, setTop] = useState(0)
  useLayoutEffect(() => {
    const element = body.current
    if (element !== null) setTop(element.getBoundingClientRect().top + window.scrollY)
  }, [body])
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: top
  })
  const items = virtualizer.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (onEnd !== undefined && rows.length > 0 && last >= rows.length - AHEAD) onEnd()
  }, [onEnd, last, rows.length])
  // A table within a page may be anywhere: only a long one is worth knowing where.
  useEffect(() => virtualizer.measure(), [virtualizer, height])
  const scrollTo = (index: number) => virtualizer.scrollToIndex(index, { align: "auto" })
  if (rows.length <= ALL_ROWS) {
    return { before: 0, after: 0, visible: rows.map((row, index) => ({ row, index })), scrollTo }
  }
  return {
    before: Math.max(0, (items[0]?.start ?? top) - top),
    after: Math.max(0, virtualizer.getTotalSize() - ((items.at(-1)?.end ?? top) - top)),
    visible: items.flatMap(({ index }) => (rows[index] === undefined ? [] : [{ row: rows[index], index }])),
    scrollTo
  }
}

/** j and k walk over the rows, by the focus itself: what has it is what the other keys are about. */
const useRowKeys = <Row,>(
  { rows, rowKey, selection }: TableProps<Row>,
  body: { readonly current: HTMLElement | null },
  scrollTo: (index: number) => void,
  enabled: boolean
): void => {
  const current = (): number => {
    const row = document.activeElement?.closest("tr[data-index]")
    return row instanceof HTMLElement && body.current?.contains(row) === true ? Number(row.dataset.index) : -1
  }
  /** From the row that has the focus; where none has, or it was scrolled away, to the first one in sight. */
  const step = (by: number) => {
    const at = current()
    go(at === -1 ? firstInSight(body.current) : at + by)
  }
  const go = (index: number) => {
    const target = Math.max(0, Math.min(rows.length - 1, index))
    const focus = (): boolean => {
      const link = body.current?.querySelector<HTMLElement>(`tr[data-index="${target}"] [data-row-link]`)
      link?.focus()
      return link !== null && link !== undefined
    }
    scrollTo(target)
    // At once where the row is there: the next key may come before the next frame.
    if (!focus()) requestAnimationFrame(focus)
  }
  const toggle = () => {
    const row = rows[current()]
    if (row !== undefined) selection?.onChange(toggled(selection.keys, rowKey(row)))
  }
  useShortcut("j", "Next row", () => step(1), "Lists", enabled)
  useShortcut("k", "Row before", () => step(-1), "Lists", enabled)
  useShortcut("x", "Select the row", toggle, "Lists", enabled && selection !== undefined)
}

/** Below the bar and the head of the table. */
const firstInSight = (body: HTMLElement | null): number => {
  const rows = Array.from(body?.querySelectorAll<HTMLElement>("tr[data-index]") ?? [])
  const first = rows.find((row) => row.getBoundingClientRect().top >= HEADS_PIXELS) ?? rows[0]
  return Number(first?.dataset.index ?? 0)
}

const HEADS_PIXELS = 80

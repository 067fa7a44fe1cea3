import { useEffect, useRef } from "react"
import { formatLocal } from "../format/time.ts"
import styles from "./Chart.module.css"
import { type ChartSeries, type Columns, summaryOf } from "./columns.ts"

interface LegendProps {
  readonly series: ReadonlyArray<ChartSeries>
  readonly columns: Columns
  readonly range: { readonly from: number; readonly to: number }
  readonly format: (value: number) => string
  /** Ids of the series that are not drawn. */
  readonly hidden: ReadonlySet<string>
  readonly onHidden: (hidden: ReadonlySet<string>) => void
  readonly onCursor: (listener: (index: number | null) => void) => void
}

/** Names with last, min and max of what is shown; under the crosshair its values stand in the place of the last. */
export const Legend = ({ series, columns, range, format, hidden, onHidden, onCursor }: LegendProps) => {
  const body = useRef<HTMLTableSectionElement>(null)
  const heading = useRef<HTMLTableCellElement>(null)
  // Written past React: the crosshair moves with the pointer, and with those of all other charts.
  useEffect(() => {
    onCursor((index) => {
      const time = index === null ? undefined : columns.times[index]
      if (heading.current !== null)
        heading.current.textContent = time === undefined ? "last" : formatLocal(time).slice(11)
      series.forEach((one, place) => {
        const cell = body.current?.rows[place]?.cells[1]
        if (cell === undefined) return
        const value = index === null ? summaryOf(one.points, range.from, range.to)?.last : near(columns, place, index)
        cell.textContent = value === null || value === undefined ? "–" : format(value)
      })
    })
  })
  const toggle = (id: string) => {
    const next = new Set(hidden)
    if (!next.delete(id)) next.add(id)
    onHidden(next)
  }
  return (
    <table className={styles.legend}>
      <thead>
        <tr>
          <th scope="col">
            <span className="only-read">series</span>
          </th>
          <th scope="col" className={styles.number} ref={heading}>
            last
          </th>
          <th scope="col" className={`${styles.number} ${styles.optional}`}>
            min
          </th>
          <th scope="col" className={styles.number}>
            max
          </th>
        </tr>
      </thead>
      <tbody ref={body}>
        {series.map((one, index) => {
          const summary = summaryOf(one.points, range.from, range.to)
          const show = (value: number | undefined) => (value === undefined ? "–" : format(value))
          return (
            <tr key={one.id}>
              <td>
                <button
                  type="button"
                  className={styles.name}
                  aria-pressed={!hidden.has(one.id)}
                  onClick={() => toggle(one.id)}
                >
                  <span
                    className={styles.swatch}
                    style={{ background: `var(--series-${((one.color ?? index) % 8) + 1})` }}
                    aria-hidden
                  />
                  <span>{one.name}</span>
                </button>
              </td>
              <td>{show(summary?.last)}</td>
              <td className={styles.optional}>{show(summary?.min)}</td>
              <td>{show(summary?.max)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** Of a series that has no point at this very time the one before: series are not measured in step. */
const near = ({ series }: Columns, place: number, index: number): number | null | undefined => {
  const values = series[place]?.avg
  for (let at = index; at >= Math.max(0, index - 12); at--) if (values?.[at] !== undefined) return values[at]
  return undefined
}

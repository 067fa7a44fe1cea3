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
  /** A line of names with the last values. */
  readonly brief?: boolean
}

/** Names with last, min and max of what is shown; under the crosshair its values stand in the place of the last. */
export const Legend = (props: LegendProps) => {
  const { brief = false, series, columns, range, format, hidden, onHidden, onCursor } = props
  const places = useRef<Array<HTMLElement | null>>([])
  const heading = useRef<HTMLElement>(null)
  // Written past React: the crosshair moves with the pointer, and with those of all other charts.
  useEffect(() => {
    onCursor((index) => {
      const time = index === null ? undefined : columns.times[index]
      if (heading.current !== null)
        write(heading.current, time === undefined ? (brief ? "" : "last") : formatLocal(time).slice(11))
      series.forEach((one, place) => {
        const cell = places.current[place]
        if (cell === null || cell === undefined) return
        const value = index === null ? summaryOf(one.points, range.from, range.to)?.last : near(columns, place, index)
        write(cell, value === null || value === undefined ? "–" : format(value))
      })
    })
  })
  const toggle = (id: string) => {
    const next = new Set(hidden)
    if (!next.delete(id)) next.add(id)
    onHidden(next)
  }
  const keep = (index: number) => (cell: HTMLElement | null) => {
    places.current[index] = cell
  }
  const keepHeading = (element: HTMLElement | null) => {
    heading.current = element
  }
  const show = (value: number | undefined) => (value === undefined ? "–" : format(value))
  if (brief) {
    return (
      <ul className={styles.brief}>
        {series.map((one, index) => (
          <li key={one.id}>
            <Name series={one} index={index} shown={!hidden.has(one.id)} onToggle={() => toggle(one.id)} />
            <span ref={keep(index)}>{show(summaryOf(one.points, range.from, range.to)?.last)}</span>
          </li>
        ))}
        <li ref={keepHeading} className={styles.when} />
      </ul>
    )
  }
  return (
    <table className={styles.legend}>
      <thead>
        <tr>
          <th scope="col">
            <span className="only-read">series</span>
          </th>
          <th scope="col" className={styles.number} ref={keepHeading}>
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
      <tbody>
        {series.map((one, index) => {
          const summary = summaryOf(one.points, range.from, range.to)
          return (
            <tr key={one.id}>
              <td>
                <Name series={one} index={index} shown={!hidden.has(one.id)} onToggle={() => toggle(one.id)} />
              </td>
              <td ref={keep(index)}>{show(summary?.last)}</td>
              <td className={styles.optional}>{show(summary?.min)}</td>
              <td>{show(summary?.max)}</td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

/** Into the text that is there: another text would be laid out from the beginning. */
const write = (cell: HTMLElement, text: string): void => {
  const node = cell.firstChild
  if (!(node instanceof Text)) cell.textContent = text
  else if (node.data !== text) node.data = text
}

interface NameProps {
  readonly series: ChartSeries
  readonly index: number
  readonly shown: boolean
  readonly onToggle: () => void
}

const Name = ({ series: { color, name }, index, shown, onToggle }: NameProps) => (
  <button type="button" className={styles.name} aria-pressed={shown} onClick={onToggle}>
    <span className={styles.swatch} style={{ background: `var(--series-${((color ?? index) % 8) + 1})` }} aria-hidden />
    <span>{name}</span>
  </button>
)

/** Of a series that has no point at this very time the one before: series are not measured in step. */
const near = ({ series }: Columns, place: number, index: number): number | null | undefined => {
  const values = series[place]?.avg
  for (let at = index; at >= Math.max(0, index - 12); at--) if (values?.[at] !== undefined) return values[at]
  return undefined
}

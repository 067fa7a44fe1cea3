import type { ReactNode } from "react"
import type { Choice } from "./Field.tsx"
import styles from "./FilterBar.module.css"

interface FilterBarProps {
  /** How many rows there are: "12 alerts"; null while that is not known. */
  readonly count: string | null
  readonly children: ReactNode
}

/** Filters above a list, and how many it has. On a phone they scroll sideways. */
export const FilterBar = ({ count, children }: FilterBarProps) => (
  <div className={styles.filters}>
    {children}
    {count !== null && (
      <span className={styles.count} role="status">
        {count}
      </span>
    )}
  </div>
)

/** What is chosen stays among the choices, though its name is not known: a link may have brought it. */
export const withAny = (name: string, chosen: string, choices: ReadonlyArray<Choice> = []): ReadonlyArray<Choice> => {
  const sorted = choices.toSorted((a, b) => a.label.localeCompare(b.label))
  const isKnown = chosen === "" || choices.some(({ value }) => value === chosen)
  return [{ value: "", label: name }, ...sorted, ...(isKnown ? [] : [{ value: chosen, label: chosen }])]
}

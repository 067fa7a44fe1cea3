import type { ReactNode } from "react"
import { Button } from "./Button.tsx"
import { type Choice, Select } from "./Field.tsx"
import styles from "./FilterBar.module.css"

interface FilterBarProps {
  /** How many rows there are: "12 alerts"; null while that is not known. */
  readonly count: string | null
  /** Undoes all filters; null: there is none. */
  readonly onReset: (() => void) | null
  readonly children: ReactNode
}

/** Filters above a list, and how many it has. On a phone they scroll sideways. */
export const FilterBar = ({ count, onReset, children }: FilterBarProps) => (
  <div className={styles.filters}>
    {children}
    {onReset !== null && (
      <Button tone="quiet" onClick={onReset}>
        Reset
      </Button>
    )}
    {count !== null && (
      <span className={styles.count} role="status">
        {count}
      </span>
    )}
  </div>
)

/** As the address has it; "" is any. */
export const SEVERITIES = ["", "Critical", "Warning"] as const

interface FilterSelectProps<T extends string> {
  readonly name: string
  /** Of the choice that leaves nothing out; absent: "Any" and the name. */
  readonly anyLabel?: string
  readonly value: T
  readonly onChange: (value: T) => void
}

interface ValuesProps<T extends string> extends FilterSelectProps<T> {
  /** All that there are, in their order, with "". */
  readonly values: ReadonlyArray<T>
}

/** A filter of few values that stand for themselves. */
export const FilterValues = <T extends string>({ name, anyLabel, value, values, onChange }: ValuesProps<T>) => (
  <Select
    compact
    aria-label={name}
    value={value}
    onChange={onChange}
    choices={values.map((value) => ({ value, label: value === "" ? (anyLabel ?? anyOf(name)) : value }))}
  />
)

interface NamedProps extends FilterSelectProps<string> {
  /** undefined: not known yet. */
  readonly known: ReadonlyArray<Choice> | undefined
}

/** A filter of things with names, by these. What is chosen is among them, also where a link brought it. */
export const FilterNamed = ({ name, anyLabel, value, known = [], onChange }: NamedProps) => {
  const sorted = known.toSorted((a, b) => a.label.localeCompare(b.label))
  const isKnown = value === "" || known.some((one) => one.value === value)
  const choices = [
    { value: "", label: anyLabel ?? anyOf(name) },
    ...sorted,
    ...(isKnown ? [] : [{ value, label: value }])
  ]
  return <Select compact aria-label={name} value={value} onChange={onChange} choices={choices} />
}

const anyOf = (name: string): string => `Any ${name.toLowerCase()}`

import type { ReactNode } from "react"
import { Button } from "./Button.tsx"
import styles from "./SelectionBar.module.css"

interface SelectionBarProps {
  /** "3 selected", or how far along. */
  readonly text: string
  readonly busy: boolean
  readonly onDeselect: () => void
  /** Buttons. */
  readonly children: ReactNode
}

/** Stands in the place of the filters while rows are selected. */
export const SelectionBar = ({ text, busy, onDeselect, children }: SelectionBarProps) => (
  <div className={styles.bar}>
    <span className={styles.count} role="status">
      {text}
    </span>
    {children}
    <Button tone="quiet" disabled={busy} onClick={onDeselect}>
      Deselect
    </Button>
  </div>
)

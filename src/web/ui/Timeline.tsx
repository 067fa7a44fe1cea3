import type { ReactNode } from "react"
import { classes } from "./classes.ts"
import styles from "./Timeline.module.css"

export interface TimelineItem {
  readonly key: string | number
  readonly title: ReactNode
  /** Beside the title: when, or how long after the one before. */
  readonly aside?: ReactNode
  /** What was said about it, or what it means. */
  readonly children?: ReactNode
  /** Filled: it matters; faint: it has not come yet, or does not. */
  readonly tone?: "filled" | "faint" | "Critical" | "Warning"
}

/** What happened, one after the other. */
export const Timeline = ({ label, items }: { readonly label: string; readonly items: ReadonlyArray<TimelineItem> }) => (
  <ol className={styles.timeline} aria-label={label}>
    {items.map(({ aside, children, key, title, tone }) => (
      <li key={key} className={classes(styles.item, tone !== undefined && styles[tone])}>
        <div className={styles.line}>
          <span className={styles.title}>{title}</span>
          {aside !== undefined && <span className={styles.aside}>{aside}</span>}
        </div>
        {children !== undefined && children !== null && <div className={styles.text}>{children}</div>}
      </li>
    ))}
  </ol>
)

/** How bad, and how far along: the only two things that colour and weight say. */
import type { ReactNode } from "react"
import type { Alert, Incident, Severity as Level } from "../api/types.ts"
import { classes } from "./classes.ts"
import styles from "./State.module.css"

type Progress = Alert["operationalStatus"] | Incident["status"]

interface SeverityProps {
  readonly severity: Level
  /** Acknowledged is hollow, what is over is grey. */
  readonly status?: Progress
  /** The mark alone, its word only read out. */
  readonly compact?: boolean
  /** What is so bad: stands beside the mark, whose word is then only read out. */
  readonly children?: ReactNode
}

/** Square is critical, round is warning: the shape says it too. */
export const Severity = ({ severity, status = "Open", compact = false, children }: SeverityProps) => {
  const isOver = status === "Closed" || status === "Resolved"
  return (
    <span className={styles.severity}>
      <span
        aria-hidden
        className={classes(
          styles.mark,
          styles[severity],
          status === "Acknowledged" && styles.hollow,
          isOver && styles.over
        )}
      />
      <span className={compact || children !== undefined ? "only-read" : undefined}>{severity}</span>
      {children !== undefined && <span className={styles.what}>{children}</span>}
    </span>
  )
}

/** Open is bold, acknowledged outlined, what is over grey. */
export const Status = ({ status }: { readonly status: Progress }) => (
  <span
    className={classes(
      styles.status,
      status === "Open" && styles.active,
      (status === "Closed" || status === "Resolved") && styles.done
    )}
  >
    {status}
  </span>
)

/** How bad, and how far along: the only two things that colour and weight say. */
import type { Alert, Incident, Severity as Level } from "../api/types.ts"
import { classes } from "./classes.ts"
import styles from "./State.module.css"

type Progress = Alert["operationalStatus"] | Incident["status"]

interface SeverityProps {
  readonly severity: Level
  /** Acknowledged is hollow, what is over is grey. */
  readonly status?: Progress
  /** The mark alone, its words only read out. */
  readonly compact?: boolean
}

/** Square is critical, round is warning: the shape says it too. */
export const Severity = ({ severity, status = "Open", compact = false }: SeverityProps) => {
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
      <span className={compact ? "only-read" : undefined}>{severity}</span>
    </span>
  )
}

/** Open is filled, acknowledged outlined, what is over plain. */
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

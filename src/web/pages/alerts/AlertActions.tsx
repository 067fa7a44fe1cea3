import { useState } from "react"
import type { Alert } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import styles from "./AlertActions.module.css"
import { CloseDialog } from "./AlertDialogs.tsx"
import { isClosable, isOpen, type useAlertActs } from "./useAlertActs.ts"

interface AlertActionsProps {
  readonly alerts: ReadonlyArray<Alert>
  readonly acts: ReturnType<typeof useAlertActs>
  readonly onDeselect: () => void
}

/** What can be done with the selected alerts: `a` acknowledges, `e` closes them with one note. */
export const AlertActions = ({ alerts, acts, onDeselect }: AlertActionsProps) => {
  const [closing, setClosing] = useState<ReadonlyArray<Alert> | null>(null)
  const open = alerts.filter(isOpen)
  const closable = alerts.filter(isClosable)
  const busy = acts.left > 0
  const acknowledge = async () => {
    if ((await acts.acknowledge(open)).length === 0) onDeselect()
  }
  const close = async (note: string) => {
    const failures = await acts.close(closing ?? [], note)
    if (failures.length === 0) onDeselect()
    return failures
  }
  useShortcut("a", "Acknowledge the selected alerts", () => void acknowledge(), "This page", open.length > 0 && !busy)
  useShortcut("e", "Close the selected alerts", () => setClosing(closable), "This page", closable.length > 0 && !busy)
  useShortcut("Escape", "Deselect", onDeselect, "This page", !busy)
  return (
    <div className={styles.bar}>
      <span className={styles.count} role="status">
        {busy ? `${formatCount(acts.left)} left` : `${formatCount(alerts.length)} selected`}
      </span>
      <Button disabled={busy || open.length === 0} onClick={() => void acknowledge()}>
        Acknowledge
      </Button>
      <Button disabled={busy || closable.length === 0} onClick={() => setClosing(closable)}>
        Close…
      </Button>
      <Button tone="quiet" disabled={busy} onClick={onDeselect}>
        Deselect
      </Button>
      {closing !== null && <CloseDialog count={closing.length} onClose={() => setClosing(null)} onSubmit={close} />}
    </div>
  )
}

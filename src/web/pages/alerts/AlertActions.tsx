import { type ReactNode, useState } from "react"
import type { Alert } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { SelectionBar } from "../../ui/SelectionBar.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import { CloseDialog } from "./AlertDialogs.tsx"
import { isClosable, isOpen, type useAlertActs } from "./useAlertActs.ts"

interface AlertActionsProps {
  readonly alerts: ReadonlyArray<Alert>
  readonly acts: ReturnType<typeof useAlertActs>
  readonly onDeselect: () => void
  /** More that can be done with them. */
  readonly children?: ReactNode
}

/** What can be done with the selected alerts: `a` acknowledges, `e` closes them with one note. */
export const AlertActions = ({ alerts, acts, onDeselect, children }: AlertActionsProps) => {
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
    <SelectionBar
      text={busy ? `${formatCount(acts.left)} left` : `${formatCount(alerts.length)} selected`}
      busy={busy}
      onDeselect={onDeselect}
    >
      <Button disabled={busy || open.length === 0} onClick={() => void acknowledge()}>
        Acknowledge
      </Button>
      <Button disabled={busy || closable.length === 0} onClick={() => setClosing(closable)}>
        Close…
      </Button>
      {children}
      {closing !== null && <CloseDialog count={closing.length} onClose={() => setClosing(null)} onSubmit={close} />}
    </SelectionBar>
  )
}

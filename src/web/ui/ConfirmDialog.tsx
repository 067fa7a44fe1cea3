import type { ReactNode } from "react"
import { Button } from "./Button.tsx"
import { Dialog, DialogFooter } from "./Dialog.tsx"

interface ConfirmDialogProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly title: ReactNode
  /** What it means, and whether it can be undone. */
  readonly children: ReactNode
  /** What the button does: "Delete the rule". */
  readonly action: string
  readonly busy?: boolean
  readonly onConfirm: () => void
}

/** Asked before what cannot be undone. */
export const ConfirmDialog = ({
  open,
  onClose,
  title,
  children,
  action,
  busy = false,
  onConfirm
}: ConfirmDialogProps) => (
  <Dialog open={open} onClose={onClose} title={title}>
    <div>{children}</div>
    <DialogFooter>
      <Button onClick={onClose} data-focus>
        Cancel
      </Button>
      <Button tone="danger" disabled={busy} onClick={onConfirm}>
        {action}
      </Button>
    </DialogFooter>
  </Dialog>
)

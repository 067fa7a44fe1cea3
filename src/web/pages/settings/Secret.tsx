import type { ReactNode } from "react"
import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Command } from "../../ui/Feedback.tsx"
import styles from "./SettingsPage.module.css"

interface SecretDialogProps {
  readonly title: string
  /** null: nothing to show. */
  readonly secret: string | null
  readonly onClose: () => void
  /** What it is good for, and what to do with it. */
  readonly children: ReactNode
}

/** Something that the hub tells once and keeps only as a hash. */
export const SecretDialog = ({ title, secret, onClose, children }: SecretDialogProps) => (
  <Dialog open={secret !== null} onClose={onClose} title={title} wide keep>
    {secret !== null && (
      <>
        <p>
          <b>Shown this once.</b> Copy it now: nobody can look it up later, not even an admin.
        </p>
        <Command>{secret}</Command>
        <div className={styles.muted}>{children}</div>
        <DialogFooter>
          <Button tone="primary" onClick={onClose}>
            I have copied it
          </Button>
        </DialogFooter>
      </>
    )}
  </Dialog>
)

import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { JsonDiff } from "../../ui/JsonDiff.tsx"
import { Time } from "../../ui/Time.tsx"
import type { RuleDocument } from "./document.ts"
import styles from "./RuleEditor.module.css"

/** What somebody else has saved since the editor was opened. */
export interface Conflict {
  readonly version: number
  readonly updatedAt: string
  readonly document: RuleDocument
}

interface ConflictDialogProps {
  readonly conflict: Conflict | null
  readonly own: RuleDocument
  readonly busy: boolean
  readonly onClose: () => void
  readonly onTheirs: () => void
  readonly onOverwrite: () => void
}

/** Two people changed the rule: nothing is lost without somebody having seen it. */
export const ConflictDialog = ({ conflict, own, busy, onClose, onTheirs, onOverwrite }: ConflictDialogProps) => (
  <Dialog open={conflict !== null} onClose={onClose} title="Somebody else has changed this rule" wide>
    {conflict !== null && (
      <>
        <p>
          Revision {conflict.version} was saved <Time time={conflict.updatedAt} />. From theirs to yours:
        </p>
        <JsonDiff label="From their document to yours" before={conflict.document} after={own} />
        <p className={styles.muted}>
          “Load theirs” drops your changes. “Overwrite” makes your document the next revision; theirs stays in the
          history.
        </p>
        <DialogFooter>
          <Button onClick={onClose}>Keep editing</Button>
          <Button onClick={onTheirs}>Load theirs</Button>
          <Button tone="danger" disabled={busy} onClick={onOverwrite}>
            Overwrite
          </Button>
        </DialogFooter>
      </>
    )}
  </Dialog>
)

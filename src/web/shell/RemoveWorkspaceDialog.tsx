import { type FormEvent, useState } from "react"
import { messageOf, useAction } from "../api/hooks.ts"
import { useRefreshSession } from "../api/session.ts"
import type { ItemOf } from "../api/types.ts"
import { Button } from "../ui/Button.tsx"
import { Dialog, DialogFooter } from "../ui/Dialog.tsx"
import { Field, Input } from "../ui/Field.tsx"
import styles from "./DemoBanner.module.css"

interface RemoveWorkspaceDialogProps {
  readonly workspace: ItemOf<"workspaces.list">
  readonly onClose: () => void
}

/** What was generated goes at once; for what was not, its key has to be typed. */
const RemoveWorkspaceDialog = ({ workspace, onClose }: RemoveWorkspaceDialogProps) => {
  const { demo, id, key, name, version } = workspace
  const [typed, setTyped] = useState("")
  const refresh = useRefreshSession()
  const { error, isPending, mutate } = useAction("workspaces.remove", {
    changes: ["workspaces"],
    done: demo ? "The demo data is gone" : `${name} is gone`,
    quiet: true
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    // Whoever was in it is taken to another by the session, which no longer has it.
    mutate(
      { params: { id }, headers: { "if-match": `"${version}"` } },
      { onSuccess: onClose, onSettled: () => void refresh() }
    )
  }
  return (
    <Dialog open onClose={onClose} title={demo ? "Remove the demo data?" : `Delete ${name}?`}>
      <form className={styles.form} onSubmit={submit}>
        {demo ? (
          <p>
            The workspace {name} goes with all that was generated, and nothing more is. Your other workspaces stay as
            they are. <code>lumina start --demo</code> makes a new one.
          </p>
        ) : (
          <>
            <p>
              Its hosts, tokens, keys, rules, alerts and incidents go, for good. Whoever pushes to it is refused. Its
              key cannot be used again.
            </p>
            <Field label={`Type ${key} to delete it`}>
              <Input
                required
                autoComplete="off"
                autoCapitalize="none"
                value={typed}
                onChange={(event) => setTyped(event.target.value)}
              />
            </Field>
          </>
        )}
        {error !== null && <p role="alert">{messageOf(error)}</p>}
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="danger" disabled={isPending || (!demo && typed !== key)}>
            {demo ? "Remove" : "Delete the workspace"}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}
export default RemoveWorkspaceDialog

import { useState } from "react"
import type { ItemOf } from "../../api/types.ts"
import RemoveWorkspaceDialog from "../../shell/RemoveWorkspaceDialog.tsx"
import { Button } from "../../ui/Button.tsx"

export const DeleteWorkspace = ({ workspace }: { readonly workspace: ItemOf<"workspaces.list"> }) => {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button tone="quiet" onClick={() => setOpen(true)} aria-label={`Delete ${workspace.name}`}>
        Delete…
      </Button>
      {open && <RemoveWorkspaceDialog workspace={workspace} onClose={() => setOpen(false)} />}
    </>
  )
}

import { lazy, Suspense, useState } from "react"
import { useApi } from "../api/hooks.ts"
import { useSession } from "../api/session.ts"
import { Button } from "../ui/Button.tsx"
import styles from "./DemoBanner.module.css"

const RemoveWorkspaceDialog = lazy(() => import("./RemoveWorkspaceDialog.tsx"))

/** So that nobody takes what was generated for their own machines. */
export const DemoBanner = () => {
  const { membership, session } = useSession()
  const [removing, setRemoving] = useState(false)
  const { data } = useApi("workspaces.list", { query: { key: [membership.key] } })
  const workspace = data?.items.find(({ demo, key }) => demo && key === membership.key)
  if (workspace === undefined) return null
  const canRemove = session.workspaces.some(({ key, role }) => key === "default" && role === "admin")
  return (
    <aside className={styles.banner} aria-label="Demo">
      <span>Demo data: all of it is generated.</span>
      {canRemove && (
        <Button tone="quiet" className={styles.remove} onClick={() => setRemoving(true)}>
          Remove
        </Button>
      )}
      <Suspense>
        {removing && <RemoveWorkspaceDialog workspace={workspace} onClose={() => setRemoving(false)} />}
      </Suspense>
    </aside>
  )
}

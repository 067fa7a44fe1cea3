import { useState } from "react"
import { useLocation } from "wouter"
import { useApi } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { ItemOf } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { DeleteWorkspace } from "./DeleteWorkspace.tsx"
import styles from "./SettingsPage.module.css"
import { WorkspaceDialog } from "./WorkspaceDialog.tsx"

export type Workspace = ItemOf<"workspaces.list">

/** Nothing crosses the boundary of a workspace; who is in several goes from one to the other here. */
const WorkspacesSection = () => {
  const { canAdminister, membership, session } = useSession()
  const [, navigate] = useLocation()
  const [edited, setEdited] = useState<Workspace | "new" | null>(null)
  const { data, error, refetch } = useApi("workspaces.list", { query: { limit: 1_000 } })
  // An admin of the default workspace sees all of them; others only where they are.
  const canCreate = canAdminister && session.workspaces.some(({ key, role }) => key === "default" && role === "admin")
  const columns: ReadonlyArray<Column<Workspace>> = [
    {
      id: "name",
      header: "Workspace",
      phone: "title",
      cell: ({ key, name }) => (
        <>
          {name} <code className={styles.faint}>{key}</code>
          {key === membership.key && <span className={styles.faint}> · you are here</span>}
        </>
      )
    },
    {
      id: "role",
      header: "Your role",
      width: "120px",
      cell: ({ key }) => session.workspaces.find((one) => one.key === key)?.role ?? "–"
    },
    {
      id: "created",
      header: "Made",
      width: "104px",
      muted: true,
      cell: ({ createdAt }) => <Time time={createdAt} />
    },
    {
      id: "actions",
      header: "",
      width: "240px",
      align: "end",
      phone: "aside",
      cell: (workspace) => (
        <>
          {canAdminister && (
            <Button
              tone="quiet"
              onClick={() => setEdited(workspace)}
              className={styles.inRow}
              aria-label={`Change ${workspace.name}`}
            >
              Change…
            </Button>
          )}
          {canCreate && workspace.key !== "default" && <DeleteWorkspace workspace={workspace} />}
          {workspace.key !== membership.key && session.workspaces.some(({ key }) => key === workspace.key) && (
            <Button
              tone="quiet"
              onClick={() => navigate(`~/w/${workspace.key}`)}
              className={styles.inRow}
              aria-label={`Go to ${workspace.name}`}
            >
              Go there
            </Button>
          )}
        </>
      )
    }
  ]
  return (
    <div>
      <Bar>
        <span className={styles.faint} role="status">
          {data?.items.length ?? "–"} {data?.items.length === 1 ? "workspace" : "workspaces"}
        </span>
        {canCreate && (
          <Button tone="primary" style={{ marginLeft: "auto" }} onClick={() => setEdited("new")}>
            Make a workspace
          </Button>
        )}
      </Bar>
      <ListState what="The workspaces" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        <Table
          main
          label="Workspaces"
          rows={data?.items ?? []}
          columns={columns}
          rowKey={({ id }) => id}
          phoneDetail={({ key }) => session.workspaces.find((one) => one.key === key)?.role ?? "–"}
        />
      </ListState>
      {edited !== null && <WorkspaceDialog workspace={edited} keepsDays={canCreate} onClose={() => setEdited(null)} />}
    </div>
  )
}
export default WorkspacesSection

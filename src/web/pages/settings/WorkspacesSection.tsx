import { type FormEvent, useState } from "react"
import { useLocation } from "wouter"
import { useAction, useApi } from "../../api/hooks.ts"
import { useRefreshSession, useSession } from "../../api/session.ts"
import type { ItemOf } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Field, Input, Problem } from "../../ui/Field.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Bar } from "../../ui/Page.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { DeleteWorkspace } from "./DeleteWorkspace.tsx"
import { otherProblem, reasonFor } from "./refusals.ts"
import styles from "./SettingsPage.module.css"

type Workspace = ItemOf<"workspaces.list">

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
              aria-label={`Rename ${workspace.name}`}
            >
              Rename…
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
      {edited !== null && <WorkspaceDialog workspace={edited} onClose={() => setEdited(null)} />}
    </div>
  )
}
export default WorkspacesSection

interface WorkspaceDialogProps {
  readonly workspace: Workspace | "new"
  readonly onClose: () => void
}

const WorkspaceDialog = ({ workspace, onClose }: WorkspaceDialogProps) => {
  const existing = workspace === "new" ? null : workspace
  const [key, setKey] = useState("")
  const [name, setName] = useState(existing?.name ?? "")
  const refresh = useRefreshSession()
  const changes = ["workspaces"]
  const create = useAction("workspaces.create", { changes, quiet: true, done: `${name} is there` })
  const rename = useAction("workspaces.replace", { changes, quiet: true, done: "Renamed" })
  const error = create.error ?? rename.error
  const onSuccess = () => {
    void refresh()
    onClose()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (existing === null) return create.mutate({ payload: { key, name: name.trim() } }, { onSuccess })
    rename.mutate(
      {
        params: { id: existing.id },
        headers: { "if-match": `"${existing.version}"` },
        payload: { name: name.trim(), retention: existing.retention }
      },
      { onSuccess }
    )
  }
  return (
    <Dialog open onClose={onClose} title={existing === null ? "Make a workspace" : `Rename ${existing.name}`}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name" error={reasonFor(error, "name")}>
          <Input required value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {existing === null && (
          <Field
            label="Key"
            hint="Lower-case letters, digits and dashes. It stands in addresses and never changes."
            error={reasonFor(error, "key")}
          >
            <Input required autoCapitalize="none" value={key} onChange={(event) => setKey(event.target.value)} />
          </Field>
        )}
        <Problem>{otherProblem(error, ["name", "key"])}</Problem>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={name.trim() === "" || create.isPending || rename.isPending}>
            {existing === null ? "Make it" : "Rename"}
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

import { type FormEvent, useState } from "react"
import { useAction } from "../../api/hooks.ts"
import { useRefreshSession } from "../../api/session.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Field, Input, Problem } from "../../ui/Field.tsx"
import { otherProblem, reasonFor } from "./refusals.ts"
import styles from "./SettingsPage.module.css"
import type { Workspace } from "./WorkspacesSection.tsx"

interface WorkspaceDialogProps {
  readonly workspace: Workspace | "new"
  /** An admin of the installation: only they may say how long its points are kept. */
  readonly keepsDays: boolean
  readonly onClose: () => void
}

export const WorkspaceDialog = ({ workspace, keepsDays, onClose }: WorkspaceDialogProps) =>
  workspace === "new" ? (
    <MakeWorkspace onClose={onClose} />
  ) : (
    <ChangeWorkspace workspace={workspace} keepsDays={keepsDays} onClose={onClose} />
  )

const MakeWorkspace = ({ onClose }: { readonly onClose: () => void }) => {
  const [key, setKey] = useState("")
  const [name, setName] = useState("")
  const refresh = useRefreshSession()
  const create = useAction("workspaces.create", { changes: ["workspaces"], quiet: true, done: `${name} is there` })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const onSuccess = () => {
      void refresh()
      onClose()
    }
    create.mutate({ payload: { key, name: name.trim() } }, { onSuccess })
  }
  return (
    <Dialog open onClose={onClose} title="Make a workspace">
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name" error={reasonFor(create.error, "name")}>
          <Input required value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field
          label="Key"
          hint="Lower-case letters, digits and dashes. It stands in addresses and never changes."
          error={reasonFor(create.error, "key")}
        >
          <Input required autoCapitalize="none" value={key} onChange={(event) => setKey(event.target.value)} />
        </Field>
        <Problem>{otherProblem(create.error, ["name", "key"])}</Problem>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={name.trim() === "" || create.isPending}>
            Make it
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

const TIERS = [
  { field: "coldDays", label: "Rollups of five minutes, days" },
  { field: "rawDays", label: "As pushed, archived for replay, days" }
] as const

interface ChangeWorkspaceProps extends WorkspaceDialogProps {
  readonly workspace: Workspace
}

const ChangeWorkspace = ({ workspace, keepsDays, onClose }: ChangeWorkspaceProps) => {
  const [name, setName] = useState(workspace.name)
  const [retention, setRetention] = useState(workspace.retention)
  const refresh = useRefreshSession()
  const replace = useAction("workspaces.replace", { changes: ["workspaces", "system"], quiet: true, done: "Saved" })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const { id, version } = workspace
    const onSuccess = () => {
      void refresh()
      onClose()
    }
    replace.mutate(
      { params: { id }, headers: { "if-match": `"${version}"` }, payload: { name: name.trim(), retention } },
      { onSuccess }
    )
  }
  return (
    <Dialog open onClose={onClose} title={`Workspace ${workspace.name}`}>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name" error={reasonFor(replace.error, "name")}>
          <Input required value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        {keepsDays && (
          <div className={styles.pair}>
            {TIERS.map(({ field, label }) => (
              <Field
                key={field}
                label={label}
                hint="Empty: as the installation."
                error={reasonFor(replace.error, `retention.${field}`)}
              >
                <Input
                  type="number"
                  min={1}
                  max={365}
                  value={retention[field] ?? ""}
                  onChange={({ target: { value } }) =>
                    setRetention({ ...retention, [field]: value === "" ? null : Number(value) })
                  }
                />
              </Field>
            ))}
          </div>
        )}
        <Problem>{otherProblem(replace.error, ["name", "retention.coldDays", "retention.rawDays"])}</Problem>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={name.trim() === "" || replace.isPending}>
            Save
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

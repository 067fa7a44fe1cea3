import { type FormEvent, useState } from "react"
import { useAction } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import { Button } from "../../ui/Button.tsx"
import { ConfirmDialog } from "../../ui/ConfirmDialog.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Checkbox, Field, Input, Problem, Select } from "../../ui/Field.tsx"
import { toast } from "../../ui/toastStore.ts"
import { otherProblem, reasonFor } from "./refusals.ts"
import styles from "./SettingsPage.module.css"
import type { OneTime, User } from "./UsersSection.tsx"

const ROLES = [
  { value: "viewer", label: "viewer: sees everything but keys, users and audit" },
  { value: "operator", label: "operator: also handles alerts and incidents" },
  { value: "admin", label: "admin: does everything in this workspace" }
] as const

interface AddUserProps {
  readonly open: boolean
  readonly onClose: () => void
  /** null: the user has a password already, in another workspace. */
  readonly onAdded: (oneTime: OneTime | null) => void
}

export const AddUser = ({ open, onClose, onAdded }: AddUserProps) => {
  const [name, setName] = useState("")
  const [displayName, setDisplayName] = useState("")
  const [role, setRole] = useState<User["role"]>("viewer")
  const create = useAction("users.create", { changes: ["users"], quiet: true })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate(
      { payload: { name, displayName: displayName.trim() || name, role } },
      {
        onSuccess: ({ password }) => {
          setName("")
          setDisplayName("")
          if (password === null) toast({ title: `${name} is in this workspace now, and logs in as before` })
          onAdded(password === null ? null : { name, password })
        }
      }
    )
  }
  return (
    <Dialog open={open} onClose={onClose} title="Add a user">
      <form className={styles.form} onSubmit={submit}>
        <Field
          label="Login name"
          hint="Lower-case letters, digits and . _ @ + -. It never changes."
          error={reasonFor(create.error, "name")}
        >
          <Input required autoCapitalize="none" value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label="Name" hint="As others see it." error={reasonFor(create.error, "displayName")}>
          <Input value={displayName} placeholder={name} onChange={(event) => setDisplayName(event.target.value)} />
        </Field>
        <Field label="Role">
          <Select value={role} onChange={setRole} choices={ROLES} />
        </Field>
        <Problem>{otherProblem(create.error, ["name", "displayName"])}</Problem>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={name === "" || create.isPending}>
            Add
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

interface EditUserProps {
  readonly user: User
  readonly onClose: () => void
  readonly onReset: (oneTime: OneTime | null) => void
}

export const EditUser = ({ user, onClose, onReset }: EditUserProps) => {
  const { session } = useSession()
  const [displayName, setDisplayName] = useState(user.displayName)
  const [role, setRole] = useState(user.role)
  const [disabled, setDisabled] = useState(user.disabled)
  const [asked, setAsked] = useState<"reset" | "remove" | null>(null)
  const changes = ["users"]
  const replace = useAction("users.replace", { changes, quiet: true, done: "Saved" })
  const target = { params: { id: user.id }, headers: { "if-match": `"${user.version}"` } }
  const isSelf = user.id === session.user.id
  if (asked !== null) {
    return <AskedUser user={user} what={asked} onClose={() => setAsked(null)} onDone={onClose} onReset={onReset} />
  }
  return (
    <Dialog open onClose={onClose} title={user.name}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          replace.mutate({ ...target, payload: { displayName, role, disabled } }, { onSuccess: onClose })
        }}
      >
        <Field label="Name" error={reasonFor(replace.error, "displayName")}>
          <Input required value={displayName} onChange={(event) => setDisplayName(event.target.value)} />
        </Field>
        <Field
          label="Role"
          hint={isSelf ? "Your own: with another one you are logged out." : "Another role ends the sessions."}
        >
          <Select value={role} onChange={setRole} choices={ROLES} />
        </Field>
        <Checkbox
          label="Disabled: cannot log in, and is logged out now"
          checked={disabled}
          onChange={(event) => setDisabled(event.target.checked)}
        />
        <Problem>{otherProblem(replace.error, ["displayName"])}</Problem>
        <DialogFooter>
          <Button tone="danger" onClick={() => setAsked("remove")}>
            Remove…
          </Button>
          <Button disabled={!user.hasPassword} onClick={() => setAsked("reset")}>
            Reset the password…
          </Button>
          <Button type="submit" tone="primary" disabled={replace.isPending}>
            Save
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

interface AskedUserProps {
  readonly user: User
  readonly what: "reset" | "remove"
  readonly onClose: () => void
  readonly onDone: () => void
  readonly onReset: (oneTime: OneTime | null) => void
}

const AskedUser = ({ user, what, onClose, onDone, onReset }: AskedUserProps) => {
  const changes = ["users"]
  const reset = useAction("users.resetPassword", { changes })
  const remove = useAction("users.remove", { changes, done: `${user.name} is removed` })
  const { id, name, version } = user
  return what === "reset" ? (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Reset the password of ${name}?`}
      action="Make a one-time password"
      busy={reset.isPending}
      onConfirm={() =>
        reset.mutate(
          { params: { id } },
          { onSuccess: ({ password }) => onReset(password === null ? null : { name, password }) }
        )
      }
    >
      The present password and all sessions of the user end now. You get a one-time password to hand over.
    </ConfirmDialog>
  ) : (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Remove ${name} from this workspace?`}
      action="Remove the user"
      busy={remove.isPending}
      onConfirm={() =>
        remove.mutate({ params: { id }, headers: { "if-match": `"${version}"` } }, { onSuccess: onDone })
      }
    >
      Sessions end now. Who is in no other workspace is deleted; the audit log keeps the name.
    </ConfirmDialog>
  )
}

import { type FormEvent, useState } from "react"
import { ApiError } from "../../api/client.ts"
import { messageOf, useAction, useApi } from "../../api/hooks.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Command } from "../../ui/Feedback.tsx"
import { Field, Input } from "../../ui/Field.tsx"
import { Link } from "../../ui/Link.tsx"
import { agentCommand } from "./agentCommand.ts"
import styles from "./HostsPage.module.css"

interface AddHostProps {
  readonly open: boolean
  readonly onClose: () => void
}

interface Added {
  readonly id: string
  readonly name: string
  readonly token: string
}

/** A name, then the token, once, with what to do with it; says when the host has come. */
export const AddHost = ({ open, onClose }: AddHostProps) => {
  const [added, setAdded] = useState<Added | null>(null)
  const close = () => {
    setAdded(null)
    onClose()
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      wide={added !== null}
      keep={added !== null}
      title={added === null ? "Add a host" : `Host ${added.name}`}
    >
      {added === null ? <NameForm onAdded={setAdded} onCancel={close} /> : <Token added={added} onDone={close} />}
    </Dialog>
  )
}

const NameForm = ({
  onAdded,
  onCancel
}: {
  readonly onAdded: (added: Added) => void
  readonly onCancel: () => void
}) => {
  const [name, setName] = useState("")
  const create = useAction("hosts.create", { changes: ["hosts"], quiet: true })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    create.mutate({ payload: { name: name.trim() } }, { onSuccess: onAdded })
  }
  return (
    <form onSubmit={submit} className={styles.token}>
      <Field
        label="Name"
        hint="As the machine calls itself, for most. All its points have it as their label host."
        error={create.error === null ? null : refusalOf(create.error)}
      >
        <Input required maxLength={255} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <DialogFooter>
        <Button onClick={onCancel}>Cancel</Button>
        <Button type="submit" tone="primary" disabled={name.trim() === "" || create.isPending}>
          Add
        </Button>
      </DialogFooter>
    </form>
  )
}

const refusalOf = (error: unknown): string =>
  error instanceof ApiError && error.status === 409 ? "There is a host of this name already." : messageOf(error)

const Token = ({ added, onDone }: { readonly added: Added; readonly onDone: () => void }) => {
  const { id, name, token } = added
  const { data } = useApi("hosts.get", { params: { id } }, { refetchMillis: 3_000 })
  const hasCome = data !== undefined && data.lastSeenAt !== null
  return (
    <div className={styles.token}>
      <p>
        This token is shown once. It is good for pushing points of <b>{name}</b> and for nothing else.
      </p>
      <Command>{token}</Command>
      <p>In a clone of Lumina on that machine:</p>
      <Command>{agentCommand(name, token)}</Command>
      <p className={styles.waiting} role="status">
        {hasCome ? (
          <>
            It has pushed its first points: <Link to={`/hosts/${encodeURIComponent(name)}`}>look at {name}</Link>.
          </>
        ) : (
          "Waiting for its first points… You can close this: it will be in the list."
        )}
      </p>
      <DialogFooter>
        <Button onClick={onDone}>Done</Button>
      </DialogFooter>
    </div>
  )
}

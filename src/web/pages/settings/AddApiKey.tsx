import { type FormEvent, useState } from "react"
import { useAction } from "../../api/hooks.ts"
import type { ItemOf } from "../../api/types.ts"
import { Button } from "../../ui/Button.tsx"
import { Dialog, DialogFooter } from "../../ui/Dialog.tsx"
import { Checkbox, Field, Input, Problem, Select } from "../../ui/Field.tsx"
import { otherProblem, reasonFor } from "./refusals.ts"
import styles from "./SettingsPage.module.css"

type Scope = ItemOf<"api-keys.list">["scopes"][number]

const SCOPES: ReadonlyArray<readonly [scope: Scope, what: string]> = [
  ["ingest", "pushes points"],
  ["read", "sees everything but keys, users and audit"],
  ["operate", "reads, and handles alerts and incidents"],
  ["write", "operates, and changes rules, metrics, hosts and policy"],
  ["admin", "does everything"]
]

const LIVES = [
  { value: "90", label: "in 90 days" },
  { value: "30", label: "in 30 days" },
  { value: "7", label: "in 7 days" },
  { value: "365", label: "in a year" },
  { value: "never", label: "never" }
] as const

const DAY_MILLIS = 86_400_000

interface AddApiKeyProps {
  readonly open: boolean
  readonly onClose: () => void
  readonly onMade: (key: string) => void
}

export const AddApiKey = ({ open, onClose, onMade }: AddApiKeyProps) => {
  const [name, setName] = useState("")
  const [scopes, setScopes] = useState<ReadonlyArray<Scope>>(["ingest"])
  const [life, setLife] = useState<(typeof LIVES)[number]["value"]>("90")
  const create = useAction("api-keys.create", { changes: ["api-keys"], quiet: true })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const expiresAt = life === "never" ? null : new Date(Date.now() + Number(life) * DAY_MILLIS).toISOString()
    create.mutate(
      { payload: { name: name.trim(), scopes, expiresAt } },
      {
        onSuccess: ({ key }) => {
          setName("")
          onMade(key)
        }
      }
    )
  }
  return (
    <Dialog open={open} onClose={onClose} title="Make an API key">
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name" hint="What uses it: it stands in the audit log." error={reasonFor(create.error, "name")}>
          <Input required value={name} onChange={(event) => setName(event.target.value)} />
        </Field>
        <fieldset className={styles.scopes}>
          <legend>It may</legend>
          {SCOPES.map(([scope, what]) => (
            <Checkbox
              key={scope}
              label={
                <span className={styles.scope}>
                  <code>{scope}</code>
                  <span className={styles.muted}>{what}</span>
                </span>
              }
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((one) => one !== scope))
              }
            />
          ))}
        </fieldset>
        <Field label="It expires" error={reasonFor(create.error, "expiresAt")}>
          <Select value={life} onChange={setLife} choices={LIVES} />
        </Field>
        <Problem>{otherProblem(create.error, ["name", "expiresAt"])}</Problem>
        <DialogFooter>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="primary" disabled={name.trim() === "" || scopes.length === 0 || create.isPending}>
            Make the key
          </Button>
        </DialogFooter>
      </form>
    </Dialog>
  )
}

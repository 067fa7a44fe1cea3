import { useState } from "react"
import { useSessionActions } from "../../api/session.ts"
import { Button } from "../../ui/Button.tsx"
import { Field, Input, Problem } from "../../ui/Field.tsx"
import styles from "./LoginPage.module.css"
import { refusalOf, useSubmit } from "./submit.tsx"

interface PasswordFormProps {
  /** Of the user: managers of passwords ask for it. */
  readonly name: string
  readonly currentLabel: string
  readonly autoFocus?: boolean
  readonly onDone?: () => void
}

/** Another password: the present one, and the new one twice. */
export const PasswordForm = ({ name, currentLabel, autoFocus = false, onDone }: PasswordFormProps) => {
  const { changePassword } = useSessionActions()
  const [current, setCurrent] = useState("")
  const [next, setNext] = useState("")
  const [again, setAgain] = useState("")
  const { busy, error, submit } = useSubmit(async () => {
    await changePassword(current, next)
    onDone?.()
  })
  const isShort = next !== "" && Array.from(next.normalize("NFKC")).length < LEAST
  const differs = again !== "" && again !== next
  return (
    <form className={styles.form} onSubmit={submit}>
      <input type="hidden" name="username" autoComplete="username" value={name} />
      <Secret label={currentLabel} kind="current-password" value={current} onChange={setCurrent} focus={autoFocus} />
      <Secret
        label="New password"
        kind="new-password"
        value={next}
        onChange={setNext}
        hint={`At least ${LEAST} characters; a sentence is a good one.`}
        error={isShort && again !== "" ? `must have at least ${LEAST} characters` : null}
      />
      <Secret
        label="New password again"
        kind="new-password"
        value={again}
        onChange={setAgain}
        error={differs ? "is not the same" : null}
      />
      <Problem>{refusalOf(error)}</Problem>
      <Button type="submit" tone="primary" disabled={busy || differs || isShort || current === "" || again === ""}>
        Change the password
      </Button>
    </form>
  )
}

const LEAST = 12

interface SecretProps {
  readonly label: string
  readonly kind: "current-password" | "new-password"
  readonly value: string
  readonly onChange: (value: string) => void
  readonly hint?: string
  readonly error?: string | null
  readonly focus?: boolean
}

const Secret = ({ label, kind, value, onChange, hint, error, focus = false }: SecretProps) => (
  <Field label={label} error={error} {...(hint !== undefined && { hint })}>
    <Input
      type="password"
      autoComplete={kind}
      autoFocus={focus}
      required
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  </Field>
)

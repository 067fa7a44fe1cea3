import { type FormEvent, type ReactNode, useEffect, useState } from "react"
import { ApiError } from "../../api/client.ts"
import { messageOf } from "../../api/hooks.ts"
import { type Session, useLoginOptions, useSessionActions } from "../../api/session.ts"
import { Logo } from "../../shell/Logo.tsx"
import { Button } from "../../ui/Button.tsx"
import { Field, Input } from "../../ui/Field.tsx"
import styles from "./LoginPage.module.css"

/** Log in; with a one-time password then choose one's own. The address stays, so that a link leads where it says. */
const LoginPage = ({ session }: { readonly session: Session | null }) => {
  useEffect(() => {
    document.title = "Log in · Lumina"
  }, [])
  return (
    <main className={styles.page}>
      <div className={styles.box}>
        <h1 className={styles.brand}>
          <Logo /> Lumina
        </h1>
        {session === null ? <LogIn /> : <ChangePassword name={session.user.name} />}
      </div>
    </main>
  )
}
export default LoginPage

const LogIn = () => {
  const { logIn } = useSessionActions()
  const { data: options } = useLoginOptions()
  const [name, setName] = useState("")
  const [password, setPassword] = useState("")
  const { busy, error, submit } = useSubmit(() => logIn(name.trim(), password))
  const oidc = options?.oidc ?? null
  return (
    <>
      <form className={styles.form} onSubmit={submit}>
        <Field label="Name">
          <Input
            name="username"
            autoComplete="username"
            autoCapitalize="none"
            autoFocus
            required
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label="Password">
          <Input
            name="password"
            type="password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        <Problem error={error} />
        <Button type="submit" tone="primary" disabled={busy}>
          Log in
        </Button>
      </form>
      {oidc !== null && (
        <a className={styles.other} href={oidc.path}>
          Log in with {oidc.name}
        </a>
      )}
      <p className={styles.text}>
        First time here? The hub printed the name <code>admin</code> and a one-time password when it started.
      </p>
    </>
  )
}

const ChangePassword = ({ name }: { readonly name: string }) => {
  const { changePassword } = useSessionActions()
  const [current, setCurrent] = useState("")
  const [next, setNext] = useState("")
  const [again, setAgain] = useState("")
  const { busy, error, submit } = useSubmit(() => changePassword(current, next))
  const differs = again !== "" && again !== next
  return (
    <form className={styles.form} onSubmit={submit}>
      <p className={styles.text}>Your password was for one time. Choose your own to go on.</p>
      <input type="hidden" name="username" autoComplete="username" value={name} />
      <Secret label="One-time password" kind="current-password" value={current} onChange={setCurrent} focus />
      <Secret label="New password" kind="new-password" value={next} onChange={setNext} hint="At least 12 characters." />
      <Secret
        label="New password again"
        kind="new-password"
        value={again}
        onChange={setAgain}
        error={differs ? "is not the same" : null}
      />
      <Problem error={error} />
      <Button type="submit" tone="primary" disabled={busy || differs || again === ""}>
        Change the password
      </Button>
    </form>
  )
}

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

const Problem = ({ error }: { readonly error: unknown }): ReactNode => {
  if (error === null) return null
  const wait = error instanceof ApiError ? error.retryAfterSeconds : null
  return (
    <p className={styles.error} role="alert">
      {messageOf(error)}
      {wait !== null && ` Try again in ${wait} s.`}
    </p>
  )
}

const useSubmit = (run: () => Promise<void>) => {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  const submit = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setError(null)
    try {
      await run()
    } catch (failure) {
      setError(failure)
    } finally {
      setBusy(false)
    }
  }
  return { busy, error, submit }
}

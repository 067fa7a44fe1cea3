import { useEffect, useState } from "react"
import { usePathname, useSearch } from "wouter/use-browser-location"
import { type Session, useLoginOptions, useSessionActions } from "../../api/session.ts"
import { Logo } from "../../shell/Logo.tsx"
import { Button } from "../../ui/Button.tsx"
import { Field, Input, Problem } from "../../ui/Field.tsx"
import styles from "./LoginPage.module.css"
import { PasswordForm } from "./PasswordForm.tsx"
import { refusalOf, useSubmit } from "./submit.tsx"

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
        {session === null ? (
          <LogIn />
        ) : (
          <>
            <p className={styles.text}>Your password was for one time. Choose your own to go on.</p>
            <PasswordForm name={session.user.name} currentLabel="One-time password" autoFocus />
          </>
        )}
      </div>
    </main>
  )
}
export default LoginPage

const LOGIN_PATH = "/login"

/** By what the hub's redirect says; the hub's log has the reason. */
const PROVIDER_PROBLEMS: Readonly<Record<string, string>> = {
  oidc_unavailable: "The identity provider does not answer. Try again in a while, or log in with a password.",
  oidc_failed: "The login with the identity provider did not work. Try again; the hub's log says why.",
  oidc_refused: "You have no role here. Ask an admin for one, then log in again."
}

const LogIn = () => {
  const { logIn } = useSessionActions()
  const { data: options } = useLoginOptions()
  const [name, setName] = useState("")
  const [password, setPassword] = useState("")
  const { busy, error, submit } = useSubmit(() => logIn(name.trim(), password))
  const oidc = options?.oidc ?? null
  const path = usePathname()
  const search = useSearch()
  // The page is shown at every address, and has one of its own for what an identity provider sends back.
  const isOwn = path === LOGIN_PATH
  const problem = isOwn ? PROVIDER_PROBLEMS[new URLSearchParams(search).get("error") ?? ""] : undefined
  const returnTo = isOwn ? "/" : `${path}${search}`
  return (
    <>
      <Problem>{problem ?? null}</Problem>
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
        <Problem>{refusalOf(error)}</Problem>
        <Button type="submit" tone="primary" disabled={busy}>
          Log in
        </Button>
      </form>
      {oidc !== null && (
        <a className={styles.other} href={`${oidc.path}?returnTo=${encodeURIComponent(returnTo)}`}>
          Log in with {oidc.name}
        </a>
      )}
      <p className={styles.text}>
        First time here? The hub printed the name <code>admin</code> and a one-time password when it started.
      </p>
    </>
  )
}

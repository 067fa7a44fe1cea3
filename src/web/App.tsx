import { lazy, type ReactNode, Suspense } from "react"
import { Redirect, Route, Router, Switch, useLocation } from "wouter"
import { useSessionQuery } from "./api/session.ts"
import { Shell } from "./shell/Shell.tsx"
import { ErrorState } from "./ui/Feedback.tsx"

const Login = lazy(() => import("./pages/login/LoginPage.tsx"))

/** Who is not logged in sees the login page, then what they came for; everybody else a workspace. */
export const App = () => {
  const { data: session, error, isPending, refetch } = useSessionQuery()
  const [path] = useLocation()
  if (isPending) return null
  if (session === undefined) {
    return (
      <Centered>
        <ErrorState title="The dashboard could not start." error={error} onRetry={() => void refetch()} />
      </Centered>
    )
  }
  const first = session?.workspaces[0]
  if (session === null || session.mustChangePassword) {
    return (
      <Suspense>
        <Login session={session} />
      </Suspense>
    )
  }
  if (first === undefined) {
    return <Centered>You are in no workspace yet. Ask an admin to add you to one.</Centered>
  }
  return (
    <Switch>
      <Route path="/w/:workspace/*?">
        {({ workspace }) => {
          const membership = session.workspaces.find(({ key }) => key === workspace)
          if (membership === undefined) return <Redirect to={`/w/${first.key}`} replace />
          return (
            <Router base={`/w/${membership.key}`}>
              <Shell key={membership.key} session={session} membership={membership} />
            </Router>
          )
        }}
      </Route>
      <Route>
        <Redirect to={`/w/${first.key}${rest(path)}`} replace />
      </Route>
    </Switch>
  )
}

/** `/incidents` means that of the first workspace. */
const rest = (path: string): string => (path === "/" || path === "/login" ? "" : path)

const Centered = ({ children }: { readonly children: ReactNode }) => (
  <main style={{ maxWidth: 480, margin: "20vh auto", padding: "0 24px" }}>{children}</main>
)

import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react"
import { Route, Switch, useLocation } from "wouter"
import { makeClient } from "../api/client.ts"
import { ClientContext } from "../api/hooks.ts"
import { LiveProvider, useLiveStatus } from "../api/LiveProvider.tsx"
import { type Membership, type Session, SessionContext, useSessionActions } from "../api/session.ts"
import { RangeProvider } from "../range/RangeContext.tsx"
import { routes } from "../routes.tsx"
import { EmptyState, SkeletonRows } from "../ui/Feedback.tsx"
import { Link } from "../ui/Link.tsx"
import { Page } from "../ui/Page.tsx"
import { listenForShortcuts } from "../ui/shortcuts.ts"
import { DemoBanner } from "./DemoBanner.tsx"
import { GlobalShortcuts } from "./GlobalShortcuts.tsx"
import { PageBoundary } from "./PageBoundary.tsx"
import { Rail } from "./Rail.tsx"
import styles from "./Shell.module.css"
import { TopBar } from "./TopBar.tsx"
import { TitleProvider } from "./title.tsx"

const Palette = lazy(() => import("./Palette.tsx"))
const ShortcutsDialog = lazy(() => import("./ShortcutsDialog.tsx"))

interface ShellProps {
  readonly session: Session
  readonly membership: Membership
}

/** Everything around a page: who, where, when, and the one live connection. */
export const Shell = ({ session, membership }: ShellProps) => {
  const { forget } = useSessionActions()
  const forgetRef = useRef(forget)
  forgetRef.current = forget
  const { csrfToken } = session
  const client = useMemo(
    () => makeClient({ workspace: membership.key, csrfToken, onUnauthorized: () => forgetRef.current() }),
    [membership.key, csrfToken]
  )
  return (
    <SessionContext value={useMemo(() => ({ session, membership }), [session, membership])}>
      <ClientContext value={client}>
        <LiveProvider workspace={membership.key}>
          <RangeProvider>
            <TitleProvider>
              <Frame />
            </TitleProvider>
          </RangeProvider>
        </LiveProvider>
      </ClientContext>
    </SessionContext>
  )
}

type Overlay = "palette" | "shortcuts" | null

const Frame = () => {
  const [overlay, setOverlay] = useState<Overlay>(null)
  const main = useRef<HTMLElement>(null)
  const [path] = useLocation()
  const shown = useRef(path)
  useEffect(listenForShortcuts, [])
  // Another page: its beginning, for eyes and for readers.
  useEffect(() => {
    if (shown.current === path) return
    shown.current = path
    window.scrollTo(0, 0)
    main.current?.focus({ preventScroll: true })
  }, [path])
  const close = () => setOverlay(null)
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#main">
        Skip to content
      </a>
      <GlobalShortcuts onPalette={() => setOverlay("palette")} onHelp={() => setOverlay("shortcuts")} />
      <Rail />
      <div className={styles.content}>
        <Connection />
        <DemoBanner />
        <TopBar onSearch={() => setOverlay("palette")} onHelp={() => setOverlay("shortcuts")} />
        <main id="main" ref={main} tabIndex={-1} className={styles.main}>
          <PageBoundary key={path}>
            <Suspense fallback={<Loading />}>
              <Pages />
            </Suspense>
          </PageBoundary>
        </main>
      </div>
      <Suspense>
        {overlay === "palette" && <Palette onClose={close} />}
        {overlay === "shortcuts" && <ShortcutsDialog onClose={close} />}
      </Suspense>
    </div>
  )
}

const Pages = () => (
  <Switch>
    {routes.map(({ path, page: Component }) => (
      <Route key={path} path={path}>
        {(params) => <Component params={params} />}
      </Route>
    ))}
    <Route>
      <Page title="Not found">
        <EmptyState title="There is no such page.">
          The link may be old, or of another version. Go to the <Link to="/">overview</Link>.
        </EmptyState>
      </Page>
    </Route>
  </Switch>
)

const Loading = () => (
  <div className={styles.loading}>
    <SkeletonRows rows={8} />
  </div>
)

/** Said only when it has been so for a moment: a change of network is no news. */
const Connection = () => {
  const status = useLiveStatus()
  const [late, setLate] = useState(false)
  useEffect(() => {
    setLate(false)
    if (status !== "reconnecting") return
    const timer = window.setTimeout(() => setLate(true), 1_500)
    return () => window.clearTimeout(timer)
  }, [status])
  return (
    <div role="status">
      {late && (
        <div className={styles.banner}>
          Connection lost: reconnecting. What is shown may be old until then; nothing will be missing.
        </div>
      )}
    </div>
  )
}

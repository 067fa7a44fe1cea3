import { Suspense } from "react"
import { useSession } from "../../api/session.ts"
import { EmptyState, SkeletonRows } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Page } from "../../ui/Page.tsx"
import styles from "./SettingsPage.module.css"
import { sections } from "./sections.ts"

interface SettingsPageProps {
  readonly params: { readonly section?: string }
}

/** One page a section; the navigation has those that the person may use. */
const SettingsPage = ({ params: { section } }: SettingsPageProps) => {
  const { canAdminister } = useSession()
  const allowed = sections.filter(({ adminOnly = false }) => canAdminister || !adminOnly)
  const wanted = section === undefined ? allowed[0] : sections.find(({ id }) => id === section)
  return (
    <Page
      title={wanted?.title ?? "Settings"}
      {...(section !== undefined && { parent: { title: "Settings", to: "/settings" } })}
    >
      <div className={styles.settings}>
        <nav className={styles.nav} aria-label="Settings">
          {allowed.map(({ id, title }) => (
            <Link
              key={id}
              to={`/settings/${id}`}
              className={styles.item}
              aria-current={id === wanted?.id ? "page" : undefined}
            >
              {title}
            </Link>
          ))}
        </nav>
        <div className={styles.section}>
          <Content entry={wanted} isAllowed={wanted !== undefined && allowed.includes(wanted)} />
        </div>
      </div>
    </Page>
  )
}
export default SettingsPage

interface ContentProps {
  readonly entry: (typeof sections)[number] | undefined
  readonly isAllowed: boolean
}

const Content = ({ entry, isAllowed }: ContentProps) => {
  if (entry === undefined) {
    return <EmptyState title="There is no such setting.">Choose one of the list.</EmptyState>
  }
  if (!isAllowed) {
    return (
      <EmptyState title={`${entry.title}: for admins only.`}>
        Ask an admin of this workspace for what you need here, or for the role.
      </EmptyState>
    )
  }
  const Section = entry.page
  return (
    <Suspense fallback={<SkeletonRows rows={6} />}>
      <Section />
    </Suspense>
  )
}

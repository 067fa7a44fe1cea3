import { Command, EmptyState, ErrorState, SkeletonRows } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Section } from "../../ui/Page.tsx"
import { Time } from "../../ui/Time.tsx"
import styles from "./OverviewPage.module.css"
import { useSilentHosts } from "./useSilentHosts.ts"

const SHOWN = 10

export const SilentHosts = () => {
  const { data, error, refetch, silent } = useSilentHosts()
  return (
    <Section
      title="Silent hosts"
      aside={silent !== undefined && silent.length > 0 && <Link to="/hosts?state=silent">{silent.length}</Link>}
    >
      {error !== null && data === undefined ? (
        <ErrorState title="The hosts could not be loaded." error={error} onRetry={() => void refetch()} />
      ) : silent === undefined ? (
        <SkeletonRows rows={3} />
      ) : data?.items.length === 0 ? (
        <EmptyState title="No host yet." action={<Command>npm start</Command>}>
          Add one under <Link to="/settings/hosts">Settings</Link>, or start a hub with an agent for its own host:
        </EmptyState>
      ) : silent.length === 0 ? (
        <EmptyState title="No silent host.">
          <Link to="/hosts">{data?.items.length === 1 ? "The one host" : `All ${data?.items.length} hosts`}</Link>{" "}
          pushed within five minutes.
        </EmptyState>
      ) : (
        <ul className={styles.ranked}>
          {silent.slice(0, SHOWN).map(({ id, lastSeenAt, name }) => (
            <li key={id} className={styles.rank}>
              <Link to={`/hosts/${encodeURIComponent(name)}`}>{name}</Link>
              <span className={styles.muted}>
                last seen <Time time={lastSeenAt} />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

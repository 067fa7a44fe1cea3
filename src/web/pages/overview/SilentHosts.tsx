import { formatPart } from "../../format/number.ts"
import { Command, EmptyState, ErrorState, SkeletonRows } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Section } from "../../ui/Page.tsx"
import { Time } from "../../ui/Time.tsx"
import { pushedWords } from "../hosts/hostRows.ts"
import { useSilentHosts } from "../hosts/useHosts.ts"
import styles from "./OverviewPage.module.css"

const SHOWN = 10

export const SilentHosts = () => {
  const { error, hasNextPage, refetch, rows, silent } = useSilentHosts()
  const isUnknown = silent === undefined || (silent.length === 0 && hasNextPage)
  return (
    <Section
      title="Silent hosts"
      aside={
        silent !== undefined &&
        silent.length > 0 && <Link to="/hosts?state=silent">{formatPart(silent.length, hasNextPage)}</Link>
      }
    >
      {error !== null && isUnknown ? (
        <ErrorState title="The hosts could not be loaded." error={error} onRetry={() => void refetch()} />
      ) : silent === undefined || isUnknown ? (
        <SkeletonRows rows={3} />
      ) : rows.length === 0 ? (
        <EmptyState title="No host yet." action={<Command>npm start</Command>}>
          Add one under <Link to="/settings/hosts">Settings</Link>, or start a hub with an agent for its own host:
        </EmptyState>
      ) : silent.length === 0 ? (
        <EmptyState title="No silent host.">
          <Link to="/hosts">{pushedWords(rows)}</Link>
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

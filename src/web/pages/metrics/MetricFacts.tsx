import { useAction } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { Labels, MetricDefinition } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { classes } from "../../ui/classes.ts"
import { Skeleton } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Time } from "../../ui/Time.tsx"
import styles from "./Metrics.module.css"

interface MetricFactsProps {
  readonly metric: string
  readonly definition: MetricDefinition | undefined
  /** Of its series; undefined while that is not known. */
  readonly count: number | undefined
  readonly hasMore: boolean
  /** What it is narrowed to: a rule begins with the same. */
  readonly labels: Labels
}

/** What a metric is, and what can be made of it. */
export const MetricFacts = ({ metric, definition, count, hasMore, labels }: MetricFactsProps) => {
  const { canAdminister } = useSession()
  if (definition === undefined) return <Skeleton width={320} />
  const { displayName, receivedAt, state, unit = "" } = definition
  const named = [displayName === metric ? "" : displayName, unit].filter((text) => text !== "")
  const rule = new URLSearchParams({ metric, ...(Object.keys(labels).length > 0 && { scope: JSON.stringify(labels) }) })
  return (
    <div className={styles.facts}>
      {named.length > 0 && <span>{named.join(" · ")}</span>}
      {count !== undefined && (
        <span>
          {formatCount(count)}
          {hasMore ? "+" : ""} series
        </span>
      )}
      <span>{receivedAt === null ? "no points yet" : <Time time={receivedAt} />}</span>
      {state === "Active" ? (
        canAdminister && (
          <Link className={classes(styles.rule, styles.link)} to={`/rules/new?${rule}`}>
            Create a rule from this
          </Link>
        )
      ) : (
        <Inactive definition={definition} />
      )}
    </div>
  )
}

const Inactive = ({ definition }: { readonly definition: MetricDefinition }) => {
  const { canAdminister } = useSession()
  const replace = useAction("metric-definitions.replace", {
    changes: ["metric-definitions"],
    done: "The metric is active: rules can watch it"
  })
  const activate = () => {
    const { id, version, createdAt: _, updatedAt: __, dataStatus: ___, receivedAt: ____, ...document } = definition
    replace.mutate({
      params: { id },
      headers: { "if-match": `"${version}"` },
      payload: { ...document, state: "Active" }
    })
  }
  return (
    <span className={styles.rule}>
      {definition.state}: kept, and watched by no rule.{" "}
      {canAdminister && (
        <Button disabled={replace.isPending} onClick={activate}>
          Activate
        </Button>
      )}
    </span>
  )
}

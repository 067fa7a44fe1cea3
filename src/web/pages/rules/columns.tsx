import type { Rule } from "../../api/types.ts"
import { formatPart } from "../../format/number.ts"
import { Skeleton } from "../../ui/Feedback.tsx"
import { Link } from "../../ui/Link.tsx"
import { Severity } from "../../ui/State.tsx"
import type { Column } from "../../ui/Table.tsx"
import { EnableRule } from "./EnableRule.tsx"
import styles from "./RulesPage.module.css"
import type { RuleCounts } from "./useRuleCounts.ts"
import { scopeWords, thresholdWords } from "./words.ts"

interface Surroundings {
  readonly counts: RuleCounts
  readonly unitOf: (metric: string) => string
}

export const ruleColumns = ({ counts, unitOf }: Surroundings): ReadonlyArray<Column<Rule>> => [
  {
    id: "name",
    header: "Rule",
    width: "18%",
    phone: "title",
    cell: ({ enabled, name }) => <span className={enabled === false ? styles.off : undefined}>{name}</span>
  },
  { id: "metric", header: "Metric", width: "17%", muted: true, cell: ({ metric }) => metric },
  {
    id: "threshold",
    header: "Abnormal is",
    cell: (rule) => {
      const words = ruleWords(rule, unitOf)
      return <span title={words}>{words}</span>
    }
  },
  {
    id: "open",
    header: "Open alerts",
    width: "92px",
    align: "end",
    phone: "aside",
    cell: ({ id }) => <OpenAlerts ruleId={id} counts={counts} />
  },
  {
    id: "violations",
    header: "Violations",
    width: "92px",
    align: "end",
    cell: ({ id }) => <Violations ruleId={id} counts={counts} />
  },
  { id: "enabled", header: "Enabled", width: "76px", align: "end", cell: (rule) => <EnableRule rule={rule} /> }
]

export const ruleWords = ({ metric, scope = {}, threshold }: Rule, unitOf: Surroundings["unitOf"]): string => {
  const words = thresholdWords(threshold, unitOf(metric))
  return Object.keys(scope).length === 0 ? words : `${words} · ${scopeWords(scope)}`
}

interface CountProps {
  readonly ruleId: string
  readonly counts: RuleCounts
}

const OpenAlerts = ({ ruleId, counts }: CountProps) => {
  const open = counts.openOf(ruleId)
  if (open === undefined) return <Skeleton width={24} />
  const text = formatPart(open.count, counts.openIsPart)
  if (open.count === 0) return <span className={styles.none}>{text}</span>
  return (
    <Link to={`/alerts?rule=${ruleId}`} aria-label={`${text} open alerts`}>
      <Severity severity={open.isCritical ? "Critical" : "Warning"}>{text}</Severity>
    </Link>
  )
}

const Violations = ({ ruleId, counts }: CountProps) => {
  const count = counts.violationsOf(ruleId)
  if (count === undefined) return <Skeleton width={24} />
  const text = formatPart(count, counts.violationsArePart)
  return count === 0 ? (
    <span className={styles.none}>{text}</span>
  ) : (
    <Link to={`/violations?rule=${ruleId}`}>{text}</Link>
  )
}

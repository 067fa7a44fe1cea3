import { useApi } from "../../api/hooks.ts"
import { formatCount } from "../../format/number.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { rangeQuery, rangeRefresh } from "../../range/range.ts"
import { Link } from "../../ui/Link.tsx"
import styles from "./RuleEditor.module.css"

interface RuleNumbersProps {
  readonly ruleId: string
  readonly revision: number
  readonly isDirty: boolean
}

const MOST = 1_000

/** What the rule has led to: each number leads to what it counts. */
export const RuleNumbers = ({ ruleId, revision, isDirty }: RuleNumbersProps) => {
  const { range } = useRange()
  const open = useApi("alerts.list", {
    query: { ruleId: [ruleId], operationalStatus: ["Open", "Acknowledged"], limit: MOST }
  })
  const violations = useApi(
    "violations.list",
    { query: { ruleId: [ruleId], ...rangeQuery(range), limit: MOST } },
    { keepPrevious: true, ...rangeRefresh(range) }
  )
  return (
    <div className={styles.line}>
      <span className={styles.muted}>
        Revision {revision}
        {isDirty && ", changed here"}
      </span>
      {open.data !== undefined && (
        <Link to={`/alerts?rule=${ruleId}`}>{counted(open.data, "open alert", "open alerts")}</Link>
      )}
      {violations.data !== undefined && (
        <Link to={`/violations?rule=${ruleId}`}>
          {counted(violations.data, "violation", "violations")} in this time
        </Link>
      )}
    </div>
  )
}

interface Counted {
  readonly items: ReadonlyArray<unknown>
  readonly nextCursor: string | null
}

const counted = ({ items, nextCursor }: Counted, one: string, many: string): string =>
  `${formatCount(items.length)}${nextCursor === null ? "" : "+"} ${items.length === 1 ? one : many}`

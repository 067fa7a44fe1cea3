import { MoveDown, MoveUp } from "lucide-react"
import type { MetricDefinition, Rule, Violation } from "../../api/types.ts"
import { formatNumber } from "../../format/number.ts"
import { LabelText } from "../../ui/LabelText.tsx"
import { Link } from "../../ui/Link.tsx"
import { Severity } from "../../ui/State.tsx"
import type { Column } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { bandOf, exactValue, signedPercent } from "./words.ts"

export const violationKey = ({ dimensionKey, ruleId, ruleRevision, timestamp }: Violation): string =>
  [ruleId, ruleRevision, dimensionKey, timestamp].join("\n")

export interface Names {
  readonly definitions: ReadonlyMap<string, MetricDefinition>
  readonly rules: ReadonlyMap<string, Rule>
}

/** How every list of violations looks. Values in full: who looks here compares them. */
export const violationColumns = ({ definitions, rules }: Names): ReadonlyArray<Column<Violation>> => {
  const unitOf = (metric: string): string => definitions.get(metric)?.unit ?? ""
  return [
    {
      id: "time",
      header: "When",
      width: "168px",
      muted: true,
      cell: ({ timestamp }) => <Time time={timestamp} absolute />
    },
    {
      id: "metric",
      header: "Metric",
      phone: "title",
      cell: ({ metric, severity }) => (
        <Severity severity={severity}>
          <span title={metric}>{definitions.get(metric)?.displayName ?? metric}</span>
        </Severity>
      )
    },
    { id: "labels", header: "On", muted: true, cell: ({ labels }) => <LabelText labels={labels} /> },
    {
      id: "actual",
      header: "Value",
      width: "112px",
      align: "end",
      phone: "aside",
      cell: ({ actual, metric }) => exactValue(actual, unitOf(metric))
    },
    {
      id: "band",
      header: "Expected",
      width: "152px",
      align: "end",
      muted: true,
      cell: (violation) => bandOf(violation, unitOf(violation.metric))
    },
    {
      id: "deviation",
      header: "Beyond it",
      width: "104px",
      align: "end",
      cell: (violation) => <Deviation {...violation} />
    },
    {
      id: "rule",
      header: "Rule",
      width: "18%",
      muted: true,
      cell: ({ ruleId, ruleRevision }) => (
        <Link to={`/rules/${ruleId}?revision=${ruleRevision}`}>
          {rules.get(ruleId)?.name ?? "a deleted rule"}, revision {ruleRevision}
        </Link>
      )
    },
    {
      id: "alert",
      header: "Alert",
      width: "72px",
      cell: ({ alertId }) =>
        alertId === null ? <span title="It led to none">–</span> : <Link to={`/alerts/${alertId}`}>Alert</Link>
    }
  ]
}

const Deviation = ({ confidence, deviationPercent, direction }: Violation) => (
  <span
    title={[`${direction} the limit`, ...(confidence < 1 ? [`confidence ${formatNumber(confidence)}`] : [])].join(", ")}
    style={{ display: "inline-flex", alignItems: "center", gap: 4 }}
  >
    {direction === "Above" ? <MoveUp size={12} aria-label="above" /> : <MoveDown size={12} aria-label="below" />}
    {signedPercent(deviationPercent)}
  </span>
)

/** The second line on a phone. */
export const ViolationDetail = ({ violation, unit }: { readonly violation: Violation; readonly unit: string }) => (
  <>
    <Time time={violation.timestamp} /> · {bandOf(violation, unit)} · <LabelText labels={violation.labels} />
  </>
)

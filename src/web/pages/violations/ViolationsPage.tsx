import { useApiList } from "../../api/hooks.ts"
import type { Violation } from "../../api/types.ts"
import { useMore } from "../../api/useMore.ts"
import { formatNumber } from "../../format/number.ts"
import { useRange } from "../../range/RangeContext.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { LabelText } from "../../ui/LabelText.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page } from "../../ui/Page.tsx"
import { Severity } from "../../ui/State.tsx"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"

const columns: ReadonlyArray<Column<Violation>> = [
  {
    id: "metric",
    header: "Metric",
    phone: "title",
    cell: ({ metric, severity }) => <Severity severity={severity}>{metric}</Severity>
  },
  { id: "labels", header: "On", muted: true, cell: ({ labels }) => <LabelText labels={labels} /> },
  { id: "actual", header: "Value", width: "96px", align: "end", cell: ({ actual }) => formatNumber(actual) },
  {
    id: "limit",
    header: "Limit",
    width: "96px",
    align: "end",
    muted: true,
    cell: ({ direction, lower, upper }) => formatNumber(direction === "Above" ? upper : lower)
  },
  {
    id: "time",
    header: "When",
    width: "104px",
    align: "end",
    phone: "aside",
    muted: true,
    cell: ({ timestamp }) => <Time time={timestamp} />
  }
]

const ViolationsPage = () => {
  const { range } = useRange()
  const list = useApiList("violations.list", {
    from: String(range.from),
    ...(range.preset === null && { to: String(range.to) })
  })
  return (
    <Page title="Violations">
      <ListState
        what="The violations"
        data={list.data}
        error={list.error}
        onRetry={list.refetch}
        isEmpty={list.rows.length === 0}
        empty={<EmptyState title="No violation in this time.">Every point was inside its limits.</EmptyState>}
      >
        <Table
          main
          label="Violations"
          rows={list.rows}
          columns={columns}
          rowKey={({ dimensionKey, ruleId, timestamp }) => `${ruleId}\n${dimensionKey}\n${timestamp}`}
          phoneDetail={({ actual, labels }) => (
            <>
              {formatNumber(actual)} · <LabelText labels={labels} />
            </>
          )}
          onEnd={useMore(list)}
        />
      </ListState>
    </Page>
  )
}
export default ViolationsPage
